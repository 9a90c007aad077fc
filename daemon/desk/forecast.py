"""Forecast: which promises will probably be broken, from how much there is to do and how fast it went lately.

The reckoning is one that a lead can repeat on paper: so many hours were open lately, in them so many requests were
done; if those that wait are done in the order in which they are due, at the same pace, this one's turn comes then.
Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.desk.business_time import BusinessCalendar

#: With fewer than so many done the pace is a guess, and nobody is warned by a guess.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """A promise that is still to be kept (UTC)."""

    request_id: int
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Miss:
    """A promise that will probably be broken: when it is due and when it will probably be kept (UTC)."""

    request_id: int
    kind: str
    due_at: datetime
    expected_at: datetime


def pace(done: int, since: datetime, now: datetime, calendar: BusinessCalendar) -> timedelta | None:
    """The business time that each of the `done` took since then; None where that cannot be known."""
    worked = calendar.between(since, now)
    return worked / done if done >= FEWEST and worked > timedelta(0) else None


def misses(waiting: Sequence[Waiting], each: timedelta, now: datetime, calendar: BusinessCalendar) -> tuple[Miss, ...]:
    """Those of the waiting promises that will probably be broken, the soonest due first.

    waiting: of one department and one clock. each: the business time that one takes.
    """
    found = []
    at = now
    for one in sorted(waiting, key=lambda each_one: (each_one.due_at, each_one.request_id)):
        at = calendar.add(at, each)
        if at > one.due_at:
            found.append(Miss(one.request_id, one.kind, one.due_at, at))
    return tuple(found)


def usual(lengths: Sequence[timedelta]) -> timedelta | None:
    """The length that four of five do not exceed (the 80th percentile, nearest rank); None where too few are known."""
    if len(lengths) < FEWEST:
        return None
    return sorted(lengths)[-(-len(lengths) * 4 // 5) - 1]
