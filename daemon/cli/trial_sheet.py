"""Shows a trial, of a replay or of the shadow: for people, for machines, and as a page to hand on."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from config.settings import Settings
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, console, print_json, print_table, safe
from daemon.desk.trial import EFFECTS, Effect, Share, Trial, Tried, compare, say_share

#: How an effect is said of one request, and in which colour.
SAID: Mapping[Effect, tuple[str, str]] = {
    "worse": ("worse", "bold red"),
    "better": ("better", "green"),
    "as good": ("as good or as bad", "yellow"),
    "undecided": ("not decided by people yet", "dim"),
}


@dataclass(frozen=True, slots=True)
class Sides:
    """What was compared: a title, a sentence for each side, and (reference, why) of what was left out.

    days: over how many days the requests are spread. quarrels: a sentence for each two rules of the candidate
    that disagree with equal right, and about how many requests.
    """

    title: str
    live: str
    candidate: str
    days: float
    left_out: Sequence[tuple[str, str]] = ()
    quarrels: Mapping[str, int] = field(default_factory=dict)


how_many = click.option("--show", "shown", default=100, show_default=True, help="How many changed requests are listed.")
as_page = click.option("--html", "page", type=click.Path(path_type=Path), help="Also write a report to this file.")


def weigh(settings: Settings, tried: Sequence[Tried], against: Sequence[str] = ()) -> Trial:
    """Compare both sides by the gate of the settings. against: what else speaks against the candidate."""
    gate = settings.replay
    least = settings.routing.promise if gate.precision is None else gate.precision
    return compare(tried, settings.departments, recall_points=gate.recall_points, least_precision=least, also=against)


def days_of(tried: Sequence[Tried], now: dt.datetime) -> float:
    """Over how many days, at least one, these requests are spread until now (UTC)."""
    return max(1.0, max((now - one.received_at for one in tried), default=dt.timedelta()) / dt.timedelta(days=1))


def show(sides: Sides, trial: Trial, shown: int, page: Path | None, *, machine: bool) -> int:
    """Say everything in the form that was asked for; the exit status says whether the gate holds."""
    if page is not None:
        write_page(page, sides, trial)
    if machine:
        print_json(as_document(sides, trial))
    else:
        print_trial(sides, trial, shown)
        if page is not None:
            console().print(safe(f"The report is in {page}."))
    return OK if trial.gate.holds else NOT_AS_IT_SHOULD_BE


def print_trial(sides: Sides, trial: Trial, shown: int) -> None:
    """Everything for people at a terminal; of the changed requests the first `shown`."""
    out = console()
    out.print(safe(sides.title, "bold"))
    out.print(safe(f"live:      {sides.live}\ncandidate: {sides.candidate}\n"))
    out.print(safe(summary(trial), "bold"))
    if trial.changed:
        out.print()
        _print_matrix(trial)
    out.print()
    _print_departments(trial, sides.days)
    out.print(safe(precision(trial)))
    for sentence, count in sides.quarrels.items():
        out.print(safe(f"Disagreement about {say_requests(count)}: {sentence}.", "red"))
    for reference, why in sides.left_out:
        out.print(safe(f"Left out: {reference}: {why}", "yellow"))
    if trial.changed[:shown]:
        out.print()
        _print_changed(trial.changed[:shown])
    if len(trial.changed) > shown:
        out.print(
            safe(f"\n{len(trial.changed) - shown} more go elsewhere; --show {len(trial.changed)} shows them all.")
        )
    out.print()
    out.print(verdict(trial))


def summary(trial: Trial) -> str:
    """How many change, and whether for the better, in a sentence or two."""
    changed = len(trial.changed)
    if not trial.tried:
        return "There are no requests in this time."
    share = f"{changed} of {trial.tried} requests go elsewhere ({100 * changed / trial.tried:.1f} %)"
    told = [f"{trial.effects[effect]} {SAID[effect][0]}" for effect in EFFECTS if trial.effects[effect]]
    return f"{share}: {', '.join(told)}." if told else f"{share}."


def precision(trial: Trial) -> str:
    """How many of the automatic routes were right, on both sides."""
    return (
        f"Right without a person: live {say_share(trial.precision_before)}, "
        f"candidate {say_share(trial.precision_after)} of the automatic routes that people have decided about."
    )


def say_requests(count: int) -> str:
    """Such as `1 request` or `12 requests`."""
    return f"{count} request{'' if count == 1 else 's'}"


def verdict(trial: Trial) -> Text:
    """Whether the gate holds, and every reason against it."""
    if trial.gate.holds:
        return safe("The gate holds.", "bold green")
    reasons = "\n".join(f"- {sentence}" for sentence in trial.gate.against)
    return safe(f"The gate does not hold:\n{reasons}", "bold red")


def _print_matrix(trial: Trial) -> None:
    """The columns are numbered as the rows are: names above them would not fit beside each other."""
    busy = [p for p in trial.places if any(n for pair, n in trial.matrix.items() if p in pair)]
    rows = []
    for number, here in enumerate(busy, 1):
        cells = [trial.matrix.get((here, there), 0) for there in busy]
        moved = (_moved(n, here == there) for n, there in zip(cells, busy, strict=True))
        rows.append([safe(f"{number} {here}"), *moved])
    numbers = [str(number) for number in range(1, len(busy) + 1)]
    print_table("From where (rows, live) to where (columns, candidate)", ["", *numbers], rows)


def _moved(count: int, stays: bool) -> Text:
    return safe(count or "·", "dim" if stays or not count else "bold")


def _print_departments(trial: Trial, days: float) -> None:
    weeks = days / 7
    print_table(
        "What it means for each: live -> candidate",
        ["", "load", "change", "per week", "recall", "points", "decided"],
        [
            (
                row.place,
                f"{row.load_before} -> {row.load_after}",
                _signed(row.load_after - row.load_before, 0),
                _signed((row.load_after - row.load_before) / weeks, 1),
                f"{_percent(row.recall_before)} -> {_percent(row.recall_after)}" if row.recall_before.whole else "",
                _signed(row.points, 1) if row.recall_before.whole else "",
                row.recall_before.whole or "",
            )
            for row in trial.departments
        ],
    )


def _signed(number: float, digits: int) -> str:
    return f"{number:+.{digits}f}" if number else "0"


def _percent(share: Share) -> str:
    return "" if share.value is None else f"{100 * share.value:.1f} %"


def _print_changed(changed: Sequence[Tried]) -> None:
    out = console()
    for one in changed:
        said, colour = SAID[one.effect]
        left = f"; people left it with {one.decided} ({one.decided_by})" if one.decided else ""
        out.print(safe(f"{one.reference}  {one.subject or '(no subject)'}", "bold"))
        out.print(safe(f"  {one.sender}  {one.received_at:%Y-%m-%d %H:%M} UTC"))
        out.print(safe(f"  {said}{left}", colour))
        out.print(safe(f"  live:      {one.live.place}, because {one.live.reason}"))
        out.print(safe(f"  candidate: {one.candidate.place}, because {one.candidate.reason}"))


def as_document(sides: Sides, trial: Trial) -> dict[str, Any]:
    """The same for machines."""
    return {
        "title": sides.title,
        "live": sides.live,
        "candidate": sides.candidate,
        "days": round(sides.days, 3),
        "requests": trial.tried,
        "changed": len(trial.changed),
        "effects": dict(trial.effects),
        "matrix": [{"from": here, "to": there, "requests": n} for (here, there), n in sorted(trial.matrix.items())],
        "departments": [asdict(row) | {"points": round(row.points, 3)} for row in trial.departments],
        "precision_live": _share(trial.precision_before),
        "precision_candidate": _share(trial.precision_after),
        "gate": {"holds": trial.gate.holds, "against": list(trial.gate.against)},
        "left_out": [{"request": reference, "why": why} for reference, why in sides.left_out],
        "disagreements": [{"rules": sentence, "requests": n} for sentence, n in sides.quarrels.items()],
        "changes": [asdict(one) | {"effect": one.effect} for one in trial.changed],
    }


def _share(share: Share) -> dict[str, Any]:
    return asdict(share) | {"value": share.value}


def write_page(path: Path, sides: Sides, trial: Trial) -> None:
    """Write the report as one HTML file that only its owner can read; it holds people's subjects."""
    from daemon.trial_page import page  # noqa: PLC0415 - jinja2 only where a page is wanted

    notes = [
        *(f"Disagreement about {say_requests(n)}: {sentence}." for sentence, n in sides.quarrels.items()),
        *(f"Left out: {reference}: {why}" for reference, why in sides.left_out),
    ]
    write_private(path, page(sides.title, sides.live, sides.candidate, summary(trial), precision(trial), notes, trial))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all; a trouble ends the command with a sentence."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Ends(f"The report cannot be written to {path} ({error.strerror}); name another file.") from error
