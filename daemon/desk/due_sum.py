"""How a due time came about: every stretch of working time that was counted, and every one that was not.

Decides nothing: it adds up again what `daemon.desk.clocks` promised, so that anybody can check it with a calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import WAITS, Clock, due
from daemon.desk.holdings import Line
from daemon.desk.request import Status

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_STANDING = frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Standstill:
    """From when to when the resolution clock stood, and why (UTC)."""

    begins: datetime
    ends: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of the sum (UTC): `counted` of business time, `total` so far; `why` it was not counted, or ""."""

    begins: datetime
    ends: datetime
    counted: timedelta
    total: timedelta
    why: str = ""


@dataclass(frozen=True, slots=True)
class DueSum:
    """The sum of one clock; `due_at` as it comes out now (UTC)."""

    clock: Clock
    steps: tuple[Step, ...]
    due_at: datetime


def standstills(lines: Iterable[Line]) -> list[Standstill]:
    """When a request waited, or stood resolved, and was taken up again, as its ledger tells it."""
    found: list[Standstill] = []
    since: Line | None = None
    for line in lines:
        if line.what != "status":
            continue
        if since is not None and (line.to_value not in _STANDING or since.to_value == Status.WAITING):
            found.append(Standstill(since.at, line.at, f"{since.to_value}: {since.why}"))
            since = None
        if line.to_value in _STANDING:
            since = since or line
    return found


def add_up(clock: Clock, calendar: BusinessCalendar, stood: Iterable[Standstill]) -> DueSum:
    """The sum of a clock in its department's calendar; the answers never stand still and run on."""
    pauses = [one for one in stood if one.ends > clock.started_at] if clock.kind in WAITS else []
    due_at = due(clock.started_at, clock.target, calendar, [(one.begins, one.ends) for one in pauses])
    steps = sorted(_stretches(clock.started_at, due_at, calendar, pauses), key=lambda step: (step[0], step[1]))
    total, summed = _NOTHING, []
    for begins, ends, why in steps:
        counted = _NOTHING if why else ends - begins
        total += counted
        summed.append(Step(begins, ends, counted, total, why))
    return DueSum(clock, tuple(summed), due_at)


def _stretches(
    start: datetime, end: datetime, calendar: BusinessCalendar, pauses: list[Standstill]
) -> Iterator[tuple[datetime, datetime, str]]:
    at = start
    for pause in sorted(pauses, key=lambda one: one.begins):
        if pause.begins >= end:
            continue
        yield from _open_and_closed(at, max(at, pause.begins), calendar)
        yield pause.begins, pause.ends, pause.why
        at = max(at, pause.ends)
    yield from _open_and_closed(at, end, calendar)


def _open_and_closed(
    start: datetime, end: datetime, calendar: BusinessCalendar
) -> Iterator[tuple[datetime, datetime, str]]:
    opened = calendar.open_intervals(start, end)
    yield from ((begins, ends, "") for begins, ends in opened)
    day = calendar.local(start).date() + _DAY
    while day < calendar.local(end).date():
        midnight, next_one = (datetime.combine(one, time(), calendar.zone).astimezone(UTC) for one in (day, day + _DAY))
        if not calendar.open_intervals(midnight, next_one):
            yield midnight, next_one, "closed all day"
        day += _DAY
