"""A report in words: the tables and sentences that leads read on the screen and by mail.

Turns numbers into text in English, as all mails to staff; decides nothing and counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from daemon.desk.facts import Table
from daemon.desk.readback import clean_line
from daemon.desk.report import Attained, Report

#: So many rows of a table are shown; below the table it is said how many there are.
MOST = 12

_BAR = 10


def percent(share: float) -> str:
    """A share from 0 to 1: `86 %`; never 100 % where something is missing."""
    return f"{int(100 * share)} %"


def say_hours_of(length: timedelta) -> str:
    """A length of business time in hours and minutes: `7:30 h`."""
    minutes = round(length / timedelta(minutes=1))
    return f"{minutes // 60}:{minutes % 60:02d} h"


def say_clock(kind: str) -> str:
    """The name of a clock: `first response`."""
    return kind.replace("_", " ")


def summary(report: Report) -> str:
    """The report in one sentence."""
    promises, kept = (sum(getattr(one, name) for one in report.attained) for name in ("promises", "kept"))
    if not promises:
        return "No promise was due."
    return f"{kept} of {promises} promises were kept ({percent(kept / promises)})."


def tables(
    report: Report, zone: ZoneInfo, expected: Sequence[tuple[str, str]] = (), recoveries: Sequence[tuple[str, str]] = ()
) -> tuple[Table, ...]:
    """The tables of a report, times by the clock of a zone; those without rows are left out.

    expected, recoveries: what will probably be late, and what is being made good, each as label and words.
    """
    found = (
        Table("Promises kept", "", tuple(map(_attained, report.attained))),
        Table("By group of requesters", "", tuple(map(_attained, report.by_group))),
        _cut("Promises broken", "Who had the request when it was due.", _breaches(report, zone)),
        _cut("Will probably be late", "At the pace of the last four weeks.", expected),
        _cut("To make good", "Until the requester confirms.", recoveries),
        _cut("Waiting for somebody else", "Business time, by reason.", list(_waited(report))),
        _cut("Handed from one to another", "", list(_handovers(report))),
        _cut("Each department's part of what several had", "Resolved requests; its own business time.", _parts(report)),
        _cut("Oldest open requests", "", list(_oldest(report, zone))),
    )
    return tuple(one for one in found if one.rows)


def weeks_in_words(shares: Sequence[float | None]) -> str:
    """The same as a chart says: `86 %, -, 100 %`."""
    return ", ".join("-" if share is None else percent(share).replace(" ", "\N{NO-BREAK SPACE}") for share in shares)


def _cut(heading: str, about: str, rows: Sequence[tuple[str, str]]) -> Table:
    if len(rows) > MOST:
        about = f"{about} The first {MOST} of {len(rows)}.".strip()
    return Table(heading, about, tuple((clean_line(label, 60), clean_line(said, 200)) for label, said in rows[:MOST]))


def _attained(one: Attained) -> tuple[str, str]:
    full = int(_BAR * one.share)
    bar = "#" * full + "." * (_BAR - full)
    return (one.by, f"[{bar}] {percent(one.share):>5}  {one.kept} of {one.promises}, {say_clock(one.clock)}")


def _breaches(report: Report, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        (
            one.reference,
            f"{say_clock(one.clock)} due {_moment(one.due_at, zone)}, {say_hours_of(one.late)} late"
            f"{'' if one.stopped_at else ' so far'}; it was with {one.holder}",
        )
        for one in report.breaches
    ]


def _waited(report: Report) -> Iterator[tuple[str, str]]:
    for one in report.waited:
        count = f"{one.requests} request{'s' * (one.requests != 1)}"
        yield one.department, f"{say_hours_of(one.length)} in {count}: {one.reason or 'no reason was given'}"


def _handovers(report: Report) -> Iterator[tuple[str, str]]:
    for one in report.handovers:
        yield one.before, f"to {one.after}: {one.count}"


def _parts(report: Report) -> list[tuple[str, str]]:
    return [
        (
            one.department,
            f"{one.requests} request{'s' * (one.requests != 1)}, usually {say_hours_of(one.usual)}, at most "
            f"{say_hours_of(one.longest)}"
            + (f"; {one.within} within the {say_hours_of(one.target)} agreed" if one.target is not None else ""),
        )
        for one in report.parts
    ]


def _oldest(report: Report, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    for one in report.oldest:
        yield one.reference, f"since {_moment(one.opened_at, zone)}, {one.holder}: {one.subject}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M}"
