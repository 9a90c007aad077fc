"""`postroom evaluate`: how well a model would do that learns from these mails, with the uncertainty of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifier import registry
from classifier.examples import Example, ExamplesRefused
from classifier.threshold import PROMISES
from config.settings import Settings
from daemon.cli import sources
from daemon.cli.progress import bar
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.cli.trial_sheet import as_page, write_private
from daemon.evaluation_page import between, page, percent, shown
from daemon.mail.language import language_of

if TYPE_CHECKING:
    from classifier.curve import Stage
    from classifier.evaluation import Evaluation, Slice
    from classifier.gate import Comparison
    from classifier.train import Judged

_TITLE = "What a model would do that learns from these mails"


@click.command("evaluate")
@click.option("--seed", default=1, show_default=True, help="Equal examples and seed give equal figures.")
@click.option("--curve", is_flag=True, help="Also the learning curve: what fewer texts would have taught.")
@as_page
@as_json
@click.pass_obj
@sources.paths
@sources.from_imap
@sources.history
@sources.starter
def command(
    sheet: Sheet,
    paths: tuple[str, ...],
    fields: tuple[str, ...],
    history: bool,
    starter: bool,
    seed: int,
    curve: bool,
    page: Path | None,
    machine: bool,
) -> None:
    """Say how well a model would do that learns from these mails; nothing is stored, nothing changes.

    SOURCE is what `postroom train` takes. Each text is judged by a model that has learnt neither it nor a text
    like it, as in training, so these are the figures that a model of all of them would have.
    """
    settings = sheet.settings()
    examples = sources.gather(sheet, settings, sources.Named(paths, fields, history, starter))
    judged, found = _evaluated(settings, examples, seed)
    stages = _stages(examples, seed) if curve else ()
    champion = _beside_champion(settings, judged, found)
    if page is not None:
        write_private(page, _page(settings, found, stages, champion))
    if machine:
        print_json(_document(settings, found, stages, champion))
        return
    _print(settings, found, stages, champion)
    if page is not None:
        console().print(safe(f"The report is in {page}."))


def _evaluated(settings: Settings, examples: Sequence[Example], seed: int) -> tuple[Judged, Evaluation]:
    from classifier.evaluation import evaluate  # noqa: PLC0415
    from classifier.train import judge  # noqa: PLC0415 - scikit-learn takes seconds to import

    promise = settings.routing.promise
    try:
        with bar("judging each text by the others") as progress:
            judged = judge(examples, seed=seed, progress=lambda step: progress(step.done, step.total))
    except ExamplesRefused as error:
        raise Ends(str(error)) from error
    promises = sorted({*PROMISES, promise})
    return judged, evaluate(judged, promise=promise, promises=promises, language_of=language_of, seed=seed)


def _stages(examples: Sequence[Example], seed: int) -> tuple[Stage, ...]:
    from classifier.curve import learning_curve  # noqa: PLC0415

    with bar("learning from fewer texts") as progress:
        return learning_curve(examples, lambda step: progress(step.done, step.total), seed=seed)


def _beside_champion(settings: Settings, judged: Judged, found: Evaluation) -> Comparison | str:
    """The comparison with the model in service, or a sentence why there is none."""
    from classifier.examination import examine_judged  # noqa: PLC0415
    from classifier.gate import TooFewTexts  # noqa: PLC0415

    try:
        champion = registry.champion(settings.classifier.folder)
        if champion is None:
            return "No model is in service yet."
        return examine_judged(champion, judged, found, found.promise)
    except TooFewTexts:
        return (
            "The model in service has learnt nearly all of these texts, so that it cannot be asked about them; "
            "give mail that came later."
        )
    except registry.ModelRefused as error:
        return f"The model in service cannot be asked: {error}"


def _confidential(settings: Settings) -> frozenset[str]:
    return frozenset(slug for slug, department in settings.departments.items() if department.confidential)


def _points(stages: Sequence[Stage]) -> list[tuple[int, float, float]]:
    return [(one.learnt, one.figures.macro_f1, one.figures.accuracy) for one in stages]


def _page(settings: Settings, found: Evaluation, stages: Sequence[Stage], champion: Comparison | str) -> str:
    return page(_TITLE, found, _points(stages), champion, _confidential(settings))


# ---- for machines


def _document(
    settings: Settings, found: Evaluation, stages: Sequence[Stage], champion: Comparison | str
) -> dict[str, object]:
    hidden = _confidential(settings)
    return {
        "texts": found.figures.n,
        "figures": found.figures,
        "macro_f1": found.macro_f1,
        "departments": [_department(found, number) for number in range(len(found.rows))],
        "calibration": found.bins,
        "coverage": found.points,
        "promise": found.promise,
        "thresholds": found.thresholds,
        "promise_tried": {"kept": found.kept.holds(found.promise), "halves": found.kept},
        "matrix": found.matrix,
        "languages": found.languages,
        "groups": found.groups,
        "months": found.months,
        "newest": found.newest,
        "curve": stages,
        "champion": champion,
        "errors": [
            {
                "source": one.example.source,
                "subject": shown(one, hidden)[0],
                "words": shown(one, hidden)[1],
                "department": one.example.department,
                "said": one.said,
                "confidence": one.confidence,
                "chance_of_department": one.truth_chance,
                "alone": one.alone,
            }
            for one in found.wrong
        ],
    }


def _department(found: Evaluation, number: int) -> dict[str, object]:
    row = found.rows[number]
    shares = {"precision": row.precision, "recall": row.recall, "alone": row.alone, "alone_right": row.alone_right}
    told = {name: {"value": one.value, "least": one.least, "most": one.most} for name, one in shares.items()}
    return {"department": row.department, "examples": row.examples, "f1": row.f1, **told}


# ---- for people


def _print(settings: Settings, found: Evaluation, stages: Sequence[Stage], champion: Comparison | str) -> None:
    out = console()
    print_table(
        f"{found.figures.n} texts, each judged by a model that had not seen it (in brackets: 95 % confidence)",
        ["department", "texts", "precision", "recall", "F1", "routed alone", "of these right"],
        [
            (
                row.department,
                row.examples,
                between(row.precision),
                between(row.recall),
                f"{row.f1.value:.3f} ({row.f1.least:.3f}-{row.f1.most:.3f})",
                percent(row.alone.value),
                between(row.alone_right),
            )
            for row in found.rows
        ],
    )
    macro = found.macro_f1
    out.print(
        f"macro-F1 {macro.value:.3f} ({macro.least:.3f}-{macro.most:.3f}), right in {between(found.accuracy)}, "
        f"calibration error {found.figures.calibration_error:.3f}\n"
    )
    out.print(safe(verdict(found), "bold"))
    _print_slices("language", found.languages)
    _print_slices("group", found.groups)
    _print_slices("month", found.months)
    out.print(safe(newest(found)))
    if stages:
        rows = [(n, f"{f1:.3f}", percent(accuracy)) for n, f1, accuracy in _points(stages)]
        out.print()
        print_table("Learning curve", ["texts learnt from", "macro-F1", "right"], rows)
    out.print()
    out.print(safe(beside(champion)))
    _print_mix_ups(found)
    _print_errors(settings, found)


def verdict(found: Evaluation) -> str:
    """What the promise means for these texts, and what became of it when it was tried."""
    chosen, kept = found.chosen, found.kept
    if chosen.value is None:
        return (
            f"A promise of {percent(found.promise)} cannot be supported by these texts: "
            "the model would never act alone."
        )
    said = (
        f"With a promise of {percent(found.promise)} the model acts alone from {chosen.value:.3f}: on "
        f"{percent(chosen.coverage)} of the texts, right in {percent(chosen.precision)} of them."
    )
    if not kept.alone_right.whole:
        return f"{said} Half of the texts are too few to try it on the other half."
    how = "kept" if kept.holds(found.promise) else "BROKEN beyond chance"
    return f"{said} Tried by halves: {between(kept.alone)} alone, right in {between(kept.alone_right)}: {how}."


def newest(found: Evaluation) -> str:
    """How the newest texts fared by what older ones had taught."""
    if found.newest is None:
        return (
            "The newest texts were not judged by older ones: too few say when they came (received_at), or too few "
            "are later than the others."
        )
    one = found.newest
    said = (
        f"The {one.figures.n} texts since {one.since:%Y-%m-%d}, by a model of the {one.learnt} older ones: right in "
        f"{percent(one.figures.accuracy)}, macro-F1 {one.figures.macro_f1:.3f}"
    )
    if one.threshold is None:
        return f"{said}; the older ones cannot support the promise."
    return (
        f"{said}; {between(one.alone)} alone at the threshold of the older ones, right in {between(one.alone_right)}."
    )


def beside(champion: Comparison | str) -> str:
    """How the model in service does on texts that are new to both."""
    if isinstance(champion, str):
        return champion
    said = (
        f"Beside the model in service, on {champion.n} texts new to both: macro-F1 "
        f"{champion.macro_f1.before:.3f} there, {champion.macro_f1.after:.3f} here; "
        f"alone {percent(champion.coverage.before)} there, {percent(champion.coverage.after)} here."
    )
    against = "".join(f"\n- {sentence}" for sentence in champion.against)
    return f"{said} Against this one speaks:{against}" if against else f"{said} Nothing speaks against this one."


def _print_slices(what: str, rows: Sequence[Slice]) -> None:
    if rows:
        told = [
            (one.name, one.right.whole, between(one.right), percent(one.alone.value), between(one.alone_right))
            for one in rows
        ]
        console().print()
        print_table("", [what, "texts", "right", "routed alone", "of these right"], told)
        console().print()


def _print_mix_ups(found: Evaluation) -> None:
    names = [row.department for row in found.rows]
    pairs = [
        (count, names[here], names[there])
        for here, row in enumerate(found.matrix)
        for there, count in enumerate(row)
        if here != there and count
    ]
    rows = [(here, there, count) for count, here, there in sorted(pairs, key=lambda pair: (-pair[0], *pair[1:]))[:10]]
    if not rows:
        return
    console().print()
    print_table("Most often taken for another (all of it: --html)", ["handled by", "taken for", "texts"], rows)


def _print_errors(settings: Settings, found: Evaluation) -> None:
    hidden = _confidential(settings)
    rows = [
        (
            one.example.department,
            one.said,
            percent(one.confidence),
            " / ".join(filter(None, shown(one, hidden)))[:90],
            one.example.source,
        )
        for one in found.wrong
    ]
    if not rows:
        console().print("\nThere are no errors.")
        return
    console().print()
    print_table("The most instructive errors", ["handled by", "model says", "sure", "text", "source"], rows)
