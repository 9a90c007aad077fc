"""Appointments: what happens to a request at an instant unless somebody is quicker.

wait_over: it waits no longer. close: it has been quiet for long enough. accept: its owner has not taken it. tell: a
rung is told to somebody who was not to be disturbed before. Each is kept once, by compare and set.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from daemon.store.tables import appointments

Kind = Literal["wait_over", "close", "accept", "tell"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment of a request, due at an instant (UTC); `about`: whom or what it is about, as its kind needs."""

    kind: Kind
    due_at: dt.datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class Waiting(Appointment):
    """An appointment that is still to be kept."""

    id: int = 0
    request_id: int = 0


_MAKE = appointments.insert()
_OPEN = appointments.c.kept_at.is_(None)
_DUE = (
    sa.select(appointments)
    .where(_OPEN, appointments.c.due_at <= sa.bindparam("now"))
    .where(appointments.c.kind.in_(sa.bindparam("kinds", expanding=True)))
    .where(appointments.c.request_id.not_in(sa.bindparam("exclude", expanding=True)))
    .order_by(appointments.c.due_at, appointments.c.id)
    .limit(sa.bindparam("most"))
)
_NEXT = sa.select(sa.func.min(appointments.c.due_at)).where(_OPEN)


def make(connection: sa.Connection, request_id: int, one: Appointment) -> None:
    """Make an appointment."""
    make_all(connection, [(request_id, one)])


def make_all(connection: sa.Connection, made: Iterable[tuple[int, Appointment]]) -> None:
    """Make (request, appointment)."""
    rows = [{"request_id": number, "kind": one.kind, "about": one.about, "due_at": one.due_at} for number, one in made]
    if rows:
        connection.execute(_MAKE, rows)


def cancel(connection: sa.Connection, request_id: int, kind: Kind) -> bool:
    """Strike the appointments of this kind that a request still has; whether it had any."""
    mine = (appointments.c.request_id == request_id, appointments.c.kind == kind, _OPEN)
    return bool(connection.execute(appointments.delete().where(*mine)).rowcount)


def due(
    connection: sa.Connection,
    now: dt.datetime,
    limit: int = 50,
    exclude: Collection[int] = (),
    *,
    kinds: Collection[Kind],
) -> list[Waiting]:
    """Appointments of these kinds whose instant has come, but for the requests `exclude`; the oldest first."""
    asked = {"now": now, "kinds": sorted(kinds), "exclude": list(exclude), "most": limit}
    return [_value(row) for row in connection.execute(_DUE, asked)]


def of_request(connection: sa.Connection, request_id: int) -> list[Waiting]:
    """The appointments that a request still has, the next first."""
    query = sa.select(appointments).where(_OPEN, appointments.c.request_id == request_id)
    return [_value(row) for row in connection.execute(query.order_by(appointments.c.due_at, appointments.c.id))]


def next_due(connection: sa.Connection) -> dt.datetime | None:
    """The earliest instant at which an appointment is to be kept."""
    return connection.execute(_NEXT).scalar()


def keep(connection: sa.Connection, number: int, now: dt.datetime) -> bool:
    """Compare and set: True for the one caller that keeps this appointment, False for everybody after."""
    done = connection.execute(appointments.update().where(appointments.c.id == number, _OPEN).values(kept_at=now))
    return bool(done.rowcount)


def _value(row: sa.Row[tuple[object, ...]]) -> Waiting:
    return Waiting(kind=row.kind, due_at=row.due_at, about=row.about, id=row.id, request_id=row.request_id)
