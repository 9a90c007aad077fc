"""Shares: how much of the time that a clock ran was spent with whom.

Each department's part of the whole, in its own business time and without the time in which the request waited for
somebody else: what departments can agree on among themselves. Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, Pause
from daemon.desk.holdings import Holding
from daemon.desk.request import TRIAGE

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Share:
    """How long one owner (None: nobody) of one department had a request while a clock ran, in business time."""

    department: str
    owner: str | None
    length: timedelta


def shares(
    clock: Clock,
    held: Iterable[Holding],
    now: datetime,
    calendar_of: Callable[[str | None], BusinessCalendar],
) -> tuple[Share, ...]:
    """The shares of a clock, in the order in which people had the request; somebody who had it twice stands once.

    A clock that runs is counted until `now` (UTC). calendar_of: by department, None for triage.
    """
    found: dict[tuple[str, str | None], timedelta] = {}
    ends = clock.stopped_at or now
    for one in sorted(held, key=lambda holding: holding.since):
        begins, until = max(one.since, clock.started_at), min(one.until or ends, ends)
        calendar = calendar_of(None if one.department == TRIAGE else one.department)
        worked = sum((calendar.between(*part) for part in _without(begins, until, clock.pauses)), _NOTHING)
        if begins < until:
            key = (one.department, one.owner)
            found[key] = found.get(key, _NOTHING) + worked
    return tuple(Share(department, owner, length) for (department, owner), length in found.items())


def holder_at(held: Iterable[Holding], at: datetime) -> Holding | None:
    """Who had the request at this instant (UTC); None if nobody did, as while it was resolved."""
    return next((one for one in held if one.since <= at and (one.until is None or at < one.until)), None)


def _without(begins: datetime, ends: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    parts, at = [], begins
    for stood, ran_on in sorted(pauses):
        if stood > at:
            parts.append((at, min(stood, ends)))
        at = max(at, ran_on)
    return [(start, end) for start, end in [*parts, (at, ends)] if start < end]
