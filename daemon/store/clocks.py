"""Clocks of requests and the rungs that wait to be fired.

Both are an index of what to look at next: due times are computed by `daemon.desk` and only kept here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.requests import UNFINISHED
from daemon.store.tables import clocks, requests, rungs


@dataclass(frozen=True, slots=True)
class StoredClock:
    """One clock of a request (instants in UTC, target in seconds of business time)."""

    kind: str
    started_at: dt.datetime
    target_seconds: int
    due_at: dt.datetime
    stopped_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class PlannedRung:
    """A rung with its instant; `tell` are roles (owner, lead, escalation)."""

    clock: str
    number: int
    kind: str
    tell: tuple[str, ...]
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class WaitingRung(PlannedRung):
    """A rung that has not fired."""

    id: int
    request_id: int


#: Clocks that stand still while a request waits; a test keeps them equal to those of the desk.
STANDS_STILL = ("resolution", "update")

_START = clocks.insert()
_PLAN = rungs.insert()


def start_all(connection: sa.Connection, started: Iterable[tuple[int, StoredClock]]) -> None:
    """Start (request, clock) of new requests."""
    rows = [{n: getattr(clock, n) for n in StoredClock.__slots__} | {"request_id": number} for number, clock in started]
    if rows:
        connection.execute(_START, rows)


def lay_out_again(connection: sa.Connection, request_id: int, changed: Iterable[StoredClock]) -> None:
    """Give clocks of a request new targets and due times; a clock that stands keeps its stop."""
    for clock in changed:
        values = {
            "started_at": clock.started_at,
            "target_seconds": clock.target_seconds,
            "due_at": clock.due_at,
        }
        same = (clocks.c.request_id == request_id, clocks.c.kind == clock.kind)
        if not connection.execute(clocks.update().where(*same).values(values)).rowcount:
            connection.execute(clocks.insert(), values | {"request_id": request_id, "kind": clock.kind})


def stop(connection: sa.Connection, request_id: int, kind: str, at: dt.datetime) -> bool:
    """Stop a running clock; False if it stood already."""
    done = connection.execute(
        clocks.update()
        .where(clocks.c.request_id == request_id, clocks.c.kind == kind, clocks.c.stopped_at.is_(None))
        .values(stopped_at=at)
    )
    return bool(done.rowcount)


def restart(connection: sa.Connection, request_id: int, kind: str) -> None:
    """Let a stopped clock run on with its old due time (a reopened request keeps its promise)."""
    connection.execute(
        clocks.update().where(clocks.c.request_id == request_id, clocks.c.kind == kind).values(stopped_at=None)
    )


def of_request(connection: sa.Connection, request_id: int) -> list[StoredClock]:
    """The clocks of a request."""
    query = sa.select(clocks).where(clocks.c.request_id == request_id).order_by(clocks.c.due_at)
    return [
        StoredClock(**{name: row._mapping[name] for name in StoredClock.__slots__}) for row in connection.execute(query)
    ]


def of_requests(connection: sa.Connection, ids: Sequence[int]) -> dict[int, list[StoredClock]]:
    """The clocks of many requests, by request."""
    found: dict[int, list[StoredClock]] = {number: [] for number in ids}
    query = sa.select(clocks).where(clocks.c.request_id.in_(list(ids))).order_by(clocks.c.due_at)
    for row in connection.execute(query):
        found[row.request_id].append(StoredClock(**{name: row._mapping[name] for name in StoredClock.__slots__}))
    return found


def plan_all(connection: sa.Connection, plan: int, planned: Iterable[tuple[int, PlannedRung]]) -> None:
    """Lay out (request, rung) of requests whose plan has this number."""
    rows = [
        {
            "request_id": number,
            "plan": plan,
            "clock": rung.clock,
            "number": rung.number,
            "kind": rung.kind,
            "tell": list(rung.tell),
            "due_at": rung.due_at,
        }
        for number, rung in planned
    ]
    if rows:
        connection.execute(_PLAN, rows)


def begin(connection: sa.Connection, request_id: int, clock: StoredClock) -> int:
    """Start a clock that a request did not have, or had before; the number of the plan for its rungs.

    Rungs of an earlier run that never fired are forgotten.
    """
    same = (clocks.c.request_id == request_id, clocks.c.kind == clock.kind)
    values = {name: getattr(clock, name) for name in StoredClock.__slots__} | {"breached_at": None}
    if not connection.execute(clocks.update().where(*same).values(values)).rowcount:
        connection.execute(clocks.insert(), values | {"request_id": request_id})
    waits = (rungs.c.request_id == request_id, rungs.c.clock == clock.kind, rungs.c.fired_at.is_(None))
    connection.execute(rungs.delete().where(*waits))
    connection.execute(requests.update().where(requests.c.id == request_id).values(plan=requests.c.plan + 1))
    plan: int = connection.execute(sa.select(requests.c.plan).where(requests.c.id == request_id)).scalar_one()
    return plan


def set_due(connection: sa.Connection, request_id: int, clock: StoredClock, moved: Iterable[PlannedRung]) -> None:
    """Give a clock another target and due time, and the rungs of it that have not fired other instants.

    A rung that has fired stays fired.
    """
    connection.execute(
        clocks.update()
        .where(clocks.c.request_id == request_id, clocks.c.kind == clock.kind)
        .values(target_seconds=clock.target_seconds, due_at=clock.due_at)
    )
    for rung in moved:
        same = (rungs.c.request_id == request_id, rungs.c.clock == rung.clock, rungs.c.number == rung.number)
        connection.execute(rungs.update().where(*same, rungs.c.fired_at.is_(None)).values(due_at=rung.due_at))


def drop_waiting(connection: sa.Connection, request_id: int, but: Collection[str] = ()) -> None:
    """Forget the rungs of a request that never fired, `but` those of these clocks: another plan replaces them."""
    waits = (rungs.c.request_id == request_id, rungs.c.fired_at.is_(None), rungs.c.clock.not_in(list(but)))
    connection.execute(rungs.delete().where(*waits))


_RUNS = (
    requests.c.id == rungs.c.request_id,
    clocks.c.request_id == rungs.c.request_id,
    clocks.c.kind == rungs.c.clock,
    clocks.c.stopped_at.is_(None),
    requests.c.status.in_(UNFINISHED),
    sa.or_(requests.c.status != "waiting", rungs.c.clock.not_in(STANDS_STILL)),
)
#: Beginning with the unfinished requests: of the finished ones, rungs that never fired stay for good.
_WAITING = sa.select(rungs).where(rungs.c.fired_at.is_(None), *_RUNS)
_DUE = (
    _WAITING.where(
        rungs.c.due_at <= sa.bindparam("now"), rungs.c.request_id.not_in(sa.bindparam("exclude", expanding=True))
    )
    .order_by(rungs.c.due_at, rungs.c.id)
    .limit(sa.bindparam("most"))
)
_FIRST = _WAITING.with_only_columns(sa.func.min(rungs.c.due_at))
#: Along the index of their instants, and no further than to the first that waits.
_NEXT = (
    sa.select(rungs.c.due_at)
    .where(rungs.c.fired_at.is_(None), rungs.c.due_at > sa.bindparam("after"))
    .where(sa.select(sa.literal(1)).select_from(requests, clocks).where(*_RUNS).correlate(rungs).exists())
    .order_by(rungs.c.due_at)
    .limit(1)
)


def due(
    connection: sa.Connection, now: dt.datetime, limit: int = 50, exclude: Collection[int] = ()
) -> list[WaitingRung]:
    """Rungs of running clocks of unfinished requests (but `exclude`) whose instant has come, oldest first."""
    found = connection.execute(_DUE, {"now": now, "exclude": list(exclude), "most": limit})
    return [_rung(row) for row in found]


def rung(connection: sa.Connection, rung_id: int) -> WaitingRung | None:
    """The rung with this number, fired or not."""
    row = connection.execute(sa.select(rungs).where(rungs.c.id == rung_id)).one_or_none()
    return _rung(row) if row else None


def _rung(row: sa.Row[tuple[object, ...]]) -> WaitingRung:
    return WaitingRung(
        id=row.id,
        request_id=row.request_id,
        clock=row.clock,
        number=row.number,
        kind=row.kind,
        tell=tuple(row.tell),
        due_at=row.due_at,
    )


def first_due(connection: sa.Connection) -> dt.datetime | None:
    """The earliest instant at which a rung wants to fire; it may be over."""
    return connection.execute(_FIRST).scalar()


def next_due(connection: sa.Connection, after: dt.datetime) -> dt.datetime | None:
    """The earliest instant after this one (UTC) at which a rung wants to fire."""
    return connection.execute(_NEXT, {"after": after}).scalar()


def fire(connection: sa.Connection, rung_id: int, now: dt.datetime) -> bool:
    """Compare and set: True for the one caller that fires this rung, False for everybody after."""
    done = connection.execute(
        rungs.update().where(rungs.c.id == rung_id, rungs.c.fired_at.is_(None)).values(fired_at=now)
    )
    return bool(done.rowcount)


def fired(connection: sa.Connection) -> int:
    """How many rungs have fired since the beginning."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(rungs).where(rungs.c.fired_at.is_not(None))
    ).scalar_one()
