"""`postroom train`: learn from labelled mails, say how good it is, and put the model into service."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from classifier import registry
from classifier.evaluate import Report
from classifier.examination import evidence_of
from classifier.examples import Example, ExamplesRefused
from classifier.gate import part
from classifier.text import Text
from classifier.threshold import PROMISES, Threshold
from config.settings import Settings
from daemon.cli import sources
from daemon.cli.room import database_sentences, store_of
from daemon.cli.sheet import (
    NOT_AS_IT_SHOULD_BE,
    OK,
    Ends,
    Sheet,
    account,
    as_json,
    console,
    print_json,
    print_table,
    safe,
)
from daemon.cli.train_check import show_check
from daemon.logs import set_up
from daemon.premises import utc_now
from daemon.promoting import NotPromoted, promote
from daemon.store import schema
from daemon.store.database import Store


@click.command("train")
@sources.paths
@sources.from_imap
@sources.history
@sources.starter
@click.option("--seed", default=1, show_default=True, help="Equal examples and seed give an equal model.")
@click.option(
    "--promote/--no-promote",
    "promotes",
    default=True,
    show_default=True,
    help="Put the model into service, if the gate lets it pass.",
)
@click.option("--check", "only_check", is_flag=True, help="Only look at the texts: what is wrong, what is missing.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    paths: tuple[str, ...],
    fields: tuple[str, ...],
    history: bool,
    starter: bool,
    seed: int,
    promotes: bool,
    only_check: bool,
    machine: bool,
) -> int:
    """Train from labelled mails and put the model into service.

    SOURCE is a table (.csv, .jsonl, .parquet with department, subject, text), or old mail: a folder that holds
    one folder, Maildir or mbox file per department, or PATH=DEPARTMENT for mail of one. Without any source it
    learns from our own past requests, the starter corpus and the departments' descriptions. A running daemon
    takes the model with `systemctl reload postroom`.
    """
    settings = sheet.settings()
    named = sources.Named(paths, fields, history, starter)
    if only_check:
        return show_check(settings, sources.gather_all(sheet, settings, named), seed, machine=machine)
    examples = sources.gather(sheet, settings, named)
    root = settings.classifier.folder
    promises = sorted({*PROMISES, settings.routing.promise})
    past = sources.past_mail(sheet, settings, named)
    report, version = _train(examples, past, seed, promises, root, quiet=machine)
    refusal = _promote(sheet, settings, version) if promotes else ""
    promoted = promotes and not refusal
    if machine:
        print_json({"version": version, "promoted": promoted, "refusal": refusal, "report": report})
    else:
        _print(settings, report, version, promoted, root)
        if all(one.made_up for one in examples):
            console().print("All of these texts were made up: the figures say little about the mail that you will get.")
    if refusal:
        click.echo(f"{refusal}\nSee `postroom models diff {version}`.", err=True)
    return NOT_AS_IT_SHOULD_BE if refusal else OK


def _train(
    examples: list[Example], past: list[Text], seed: int, promises: list[float], root: Path, *, quiet: bool
) -> tuple[Report, str]:
    from classifier.train import Step, train  # noqa: PLC0415 - scikit-learn takes seconds to import

    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console(), disable=quiet)
    try:
        with bar:
            task = bar.add_task("learning", total=None)

            def progress(step: Step) -> None:
                bar.update(task, completed=step.done, total=step.total, description=step.doing)

            parted = part(examples)
            trained = train(parted.to_learn, seed=seed, promises=promises, progress=progress, unlabelled=past)
        version = registry.publish(trained, root, utc_now(), who=account(), evidence=evidence_of(parted))
    except (ExamplesRefused, registry.ModelRefused) as error:
        raise Ends(str(error)) from error
    except OSError as error:
        raise Ends(f"The model cannot be stored in {root}: {error.strerror}.") from error
    return trained.report, version


def _promote(sheet: Sheet, settings: Settings, version: str) -> str:
    """Put the model into service if the gate lets it pass; why it does not, "" if it does."""
    set_up("warning", "console", sys.stderr)
    store = store_of(sheet, settings)
    try:
        with database_sentences(store):
            ready = _is_begun(store)
            if ready:
                schema.require_newest(store)
            promote(settings, store if ready else None, version, actor=account(), now=utc_now())
    except registry.ModelRefused as error:
        raise Ends(str(error)) from error
    except NotPromoted as error:
        return str(error)
    finally:
        store.close()
    return ""


def _is_begun(store: Store) -> bool:
    """Whether the daemon has ever made its tables; before, there is no model that could be lost, and no ledger."""
    if store.is_sqlite and not Path(store.url.database or "").exists():  # to look at it would make an empty one
        return False
    return schema.current(store) is not None


def _print(settings: Settings, report: Report, version: str, promote: bool, root: Path) -> None:
    out = console()
    figures = report.figures
    print_table(
        f"Model {version}: {figures.n} texts, each judged by a model that had not seen it",
        ["department", "texts", "precision", "recall", "F1"],
        [
            (d.department, d.examples, f"{d.precision:.2f}", f"{d.recall:.2f}", f"{d.f1:.2f}")
            for d in figures.departments
        ],
    )
    out.print(
        f"macro-F1 {figures.macro_f1:.3f}, accuracy {figures.accuracy:.3f}, "
        f"calibration error {figures.calibration_error:.3f}\n"
    )
    if report.unlabelled:
        out.print(f"{report.unlabelled} past requests without a label taught along: with them it does better.\n")
    promise = settings.routing.promise
    chosen = min((one.promise for one in report.thresholds if one.promise >= promise), default=None)
    for threshold in report.thresholds:
        out.print(_promise_line(threshold, "" if threshold.promise != chosen else _mark(chosen, promise)))
    missing = sorted(set(settings.departments) - {d.department for d in figures.departments})
    if missing:
        out.print(safe(f"No texts for {', '.join(missing)}: the model never routes there; rules and people do."))
    state = (
        "in service; `systemctl reload postroom` lets a running daemon take it" if promote else "stored, not in service"
    )
    out.print(safe(f"Model {version} is {state} ({root})."))


def _mark(chosen: float, promise: float) -> str:
    return " <- your promise" if chosen == promise else f" <- it is asked for your promise of {promise:g}"


def _promise_line(threshold: Threshold, mark: str) -> str:
    if threshold.value is None:
        return (
            f"promise {threshold.promise:.2f}: these texts cannot support it; the model would never route alone{mark}"
        )
    return (
        f"promise {threshold.promise:.2f}: acts alone from {threshold.value:.3f}, on {threshold.coverage:.0%} of them, "
        f"right in {threshold.precision:.1%} (at least {threshold.bound:.1%} with 95 % confidence){mark}"
    )
