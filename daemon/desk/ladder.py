"""The escalation ladder: at which instant which rung is due, and whom it tells.
 Decides; touches nothing. Does not know which rungs were climbed already: that is written where they are
climbed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind, due

if TYPE_CHECKING:
    from config.settings import Rung

Role = Literal["owner", "lead", "escalation"]
RungKind = Literal["reminder", "warning", "escalation"]

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class RungDue:
    """One rung of one request, with its instant (UTC). index: its place in the ladder, from 0."""

    clock: ClockKind
    index: int
    kind: RungKind
    due_at: datetime
    tell: tuple[Role, ...]


def rungs_of(ladder: Sequence[Rung], clocks: Iterable[Clock], calendar: BusinessCalendar) -> tuple[RungDue, ...]:
    """The rungs of every running clock, the earliest first.

    A rung before the due time is never due before its clock started, and one while the department is closed
    is due when it opens.
    """
    running = {clock.kind: clock for clock in clocks if clock.is_running}
    found = [
        RungDue(clock.kind, index, rung.kind, _instant(rung, clock, calendar), tuple(rung.tell))
        for index, rung in enumerate(ladder)
        if (clock := running.get(ClockKind(rung.clock)))
    ]
    return tuple(sorted(found, key=lambda one: (one.due_at, one.index)))


def whom_to_tell(
    tell: Sequence[Role], *, owner: str | None, lead: str, escalation: str | None
) -> tuple[tuple[Role, str], ...]:
    """The roles of a rung with their addresses (lower case), each address once, in the order of the rung.

    Where there is no owner, or nobody named for escalations, the lead is told in their place: no rung is
    silent.
    """
    the_lead: tuple[Role, str] = ("lead", lead)
    people: dict[Role, tuple[Role, str]] = {
        "owner": ("owner", owner) if owner else the_lead,
        "lead": the_lead,
        "escalation": ("escalation", escalation) if escalation else the_lead,
    }
    told: dict[str, Role] = {}
    for role, address in (people[one] for one in tell):
        told.setdefault(address.lower(), role)
    return tuple((role, address) for address, role in told.items())


def _instant(rung: Rung, clock: Clock, calendar: BusinessCalendar) -> datetime:
    at = rung.at
    length = clock.target * at.share if at.share is not None else clock.target + (at.offset or _NOTHING)
    return due(clock.started_at, max(length, _NOTHING), calendar, clock.pauses)
