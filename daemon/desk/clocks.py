"""Clocks: what was promised, in business time, until when, and what stops it.

Every request carries two: the first answer of a person, and the resolution. Where the SLA policy says so, two more run
later: the next response, when the requester writes again, and the update, from one answer to the next. An automatic
mail, whoever's, stops none of them. Decides; touches nothing, and does not know what time it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.request import Priority

if TYPE_CHECKING:
    from config.settings import SlaPolicy

Pause = tuple[datetime, datetime]
"""From when to when a request waited for somebody outside its department (UTC)."""


class ClockKind(StrEnum):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    UPDATE = "update"
    RESOLUTION = "resolution"


#: Those that run from the beginning.
FROM_THE_START = (ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION)

#: Those that stand still while a request waits for somebody outside its department.
WAITS = frozenset({ClockKind.UPDATE, ClockKind.RESOLUTION})

#: Those that an answer of a person stops. A resolution stops every one.
STOPPED_BY_ANSWER = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.UPDATE)


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise of one request. Instants are UTC; `target` is business time, pauses left out."""

    kind: ClockKind
    started_at: datetime
    target: timedelta
    due_at: datetime
    stopped_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether what was promised is still to come."""
        return self.stopped_at is None


def due(opened_at: datetime, target: timedelta, calendar: BusinessCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """The instant (UTC) at which `target` of business time has gone by since `opened_at`, pauses left out."""
    at, left = opened_at, target
    for begins, ends in sorted(pauses):
        if begins > at:
            worked = calendar.between(at, begins)
            if worked >= left:
                break
            left -= worked
        at = max(at, ends)
    return calendar.add(at, left)


def targets_of(policy: SlaPolicy, priority: Priority, group: str = "") -> dict[ClockKind, timedelta]:
    """What the policy promises for this priority to a requester of this group ("" for none), by clock.

    A clock for which it promises nothing is left out.
    """
    other = policy.groups.get(group)
    targets = {}
    for kind in ClockKind:
        by_priority = (getattr(other, kind) if other else None) or getattr(policy, kind)
        if by_priority is not None:
            targets[kind] = by_priority[priority.value]
    return targets


def set_clocks(
    targets: Mapping[ClockKind, timedelta], opened_at: datetime, calendar: BusinessCalendar
) -> tuple[Clock, ...]:
    """The clocks of a request that came in at `opened_at` (UTC), the first response first."""
    return tuple(start_clock(kind, targets[kind], opened_at, calendar) for kind in FROM_THE_START)


def start_clock(kind: ClockKind, target: timedelta, at: datetime, calendar: BusinessCalendar) -> Clock:
    """A clock that begins to run at `at` (UTC)."""
    return Clock(kind=kind, started_at=at, target=target, due_at=due(at, target, calendar))
