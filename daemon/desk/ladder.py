"""The escalation ladder: at which instant which rung is due, whom it tells, and who is told instead of the absent.
 Decides; touches nothing. Does not know which rungs were climbed already: that is written where they are
climbed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind, due

if TYPE_CHECKING:
    from config.settings import Rung

Role = Literal["owner", "deputy", "lead", "next_lead", "escalation", "operator"]
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


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody whom a rung tells (address in lower case), as what, and in whose place ("" for nobody's)."""

    role: Role
    address: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who stands behind the roles of a ladder today: lower-case addresses, None where nobody is named.

    deputies: by whose they are. away: who is not there today. operators: who is told if nobody else is left.
    """

    owner: str | None
    lead: str
    next_lead: str | None = None
    escalation: str | None = None
    deputies: Mapping[str, str] = field(default_factory=dict)
    away: Collection[str] = ()
    operators: Sequence[str] = ()


def whom_to_tell(tell: Sequence[Role], people: People) -> tuple[Told, ...]:
    """Whom a rung tells, each person once, in the order of the rung; the first is the one who is asked to act.

    Where nobody stands behind a role, the lead is told: no rung is silent. Nobody is told who is away: their deputy is
    in their place, or the next one up who is there, and at the very last the operators.
    """
    told: dict[str, Told] = {}
    for role in tell:
        for one in _there(_named(role, people), people):
            told.setdefault(one.address, one)
    return tuple(told.values())


def _named(role: Role, people: People) -> Told:
    """Whom this role means, there or not."""
    owner = people.owner
    address = {
        "owner": owner,
        "deputy": people.deputies.get(owner) if owner else None,
        "lead": people.lead,
        "next_lead": people.next_lead or people.escalation,
        "escalation": people.escalation,
    }.get(role)
    return Told(role, address) if address else Told("lead", people.lead)


def _there(one: Told, people: People) -> Iterator[Told]:
    """This person, or whoever is told in their place."""
    if one.address not in people.away:
        yield one
        return
    for role, address in _in_their_place(one, people):
        if address and address not in people.away:
            yield Told(role, address, one.address)
            return
    yield from (Told("operator", address, one.address) for address in people.operators)


def _in_their_place(one: Told, people: People) -> Iterator[tuple[Role, str | None]]:
    up: tuple[Role, ...] = ("lead", "next_lead", "escalation")
    yield "deputy", people.deputies.get(one.address)
    for role in up[up.index(one.role) + 1 :] if one.role in up else up:
        address = _named(role, people).address
        yield role, address
        yield "deputy", people.deputies.get(address)


def _instant(rung: Rung, clock: Clock, calendar: BusinessCalendar) -> datetime:
    at = rung.at
    length = clock.target * at.share if at.share is not None else clock.target + (at.offset or _NOTHING)
    return due(clock.started_at, max(length, _NOTHING), calendar, clock.pauses)
