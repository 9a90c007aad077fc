"""Promises: which are broken, what is being made good again, and how fast departments keep theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.requests import UNFINISHED
from daemon.store.tables import clocks, paces, recoveries, requests


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A clock that is due and still runs (UTC)."""

    request_id: int
    kind: str
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a lead has to make good since an instant (UTC), and why; it ends when the requester confirms."""

    request_id: int
    since: dt.datetime
    lead: str
    why: str


@dataclass(frozen=True, slots=True)
class Pace:
    """Within which business time four of five requests of a department get their first answer, by so many answers."""

    department: str
    usual: dt.timedelta
    counted: int
    measured_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock of an unfinished request that will be due (UTC)."""

    request_id: int
    department: str | None
    owner: str | None
    kind: str
    due_at: dt.datetime


_UNTOLD = (clocks.c.stopped_at.is_(None), clocks.c.breached_at.is_(None))
_OWED = (
    requests.c.id == clocks.c.request_id,
    requests.c.status.in_(UNFINISHED),
    # A request that waits for somebody else is not late with its resolution, whatever an old row says.
    sa.or_(requests.c.status != "waiting", clocks.c.kind.in_(["first_response", "next_response"])),
)
#: Along the index of the clocks that run unbroken, in the order of their instants; each is asked about its request.
_BREAKING = (
    sa.select(clocks.c.request_id, clocks.c.kind, clocks.c.due_at)
    .where(*_UNTOLD, sa.select(sa.literal(1)).select_from(requests).where(*_OWED).correlate(clocks).exists())
    .order_by(clocks.c.due_at)
)
_BROKEN = _BREAKING.where(
    clocks.c.due_at <= sa.bindparam("now"), clocks.c.request_id.not_in(sa.bindparam("exclude", expanding=True))
).limit(sa.bindparam("most"))
_NEXT_TO_BREAK = _BREAKING.with_only_columns(clocks.c.due_at).limit(1)


def broken(
    connection: sa.Connection, now: dt.datetime, limit: int, exclude: Collection[int] = ()
) -> list[BrokenPromise]:
    """Clocks that are due and of which nobody was told, the oldest first; not those of the requests `exclude`."""
    found = connection.execute(_BROKEN, {"now": now, "exclude": list(exclude), "most": limit})
    return [BrokenPromise(*row) for row in found]


def next_to_break(connection: sa.Connection) -> dt.datetime | None:
    """The earliest instant (UTC) at which a promise will be broken."""
    return connection.execute(_NEXT_TO_BREAK).scalar()


def note_broken(connection: sa.Connection, one: BrokenPromise, now: dt.datetime) -> bool:
    """Compare and set: True for the one caller that tells of this broken promise."""
    same = (clocks.c.request_id == one.request_id, clocks.c.kind == one.kind, clocks.c.due_at == one.due_at)
    done = connection.execute(
        clocks.update()
        .where(*same, clocks.c.breached_at.is_(None), clocks.c.stopped_at.is_(None))
        .values(breached_at=now)
    )
    return bool(done.rowcount)


def recovery_of(connection: sa.Connection, request_id: int) -> Recovery | None:
    """What is being made good about this request."""
    row = connection.execute(sa.select(recoveries).where(recoveries.c.request_id == request_id)).one_or_none()
    return Recovery(*row) if row else None


def recoveries_open(connection: sa.Connection) -> list[Recovery]:
    """All that is being made good, the oldest first."""
    return [Recovery(*row) for row in connection.execute(sa.select(recoveries).order_by(recoveries.c.since))]


def begin_recovery(connection: sa.Connection, one: Recovery) -> bool:
    """Write a recovery down; False if one is going on about this request already."""
    if recovery_of(connection, one.request_id) is not None:
        return False
    connection.execute(recoveries.insert(), {name: getattr(one, name) for name in Recovery.__slots__})
    return True


def end_recovery(connection: sa.Connection, request_id: int) -> bool:
    """Forget a recovery, whose history is in the ledger; False if there was none."""
    return bool(connection.execute(recoveries.delete().where(recoveries.c.request_id == request_id)).rowcount)


def running(connection: sa.Connection, now: dt.datetime) -> list[RunningClock]:
    """Clocks that are due after `now`, of requests that wait for nobody else, the soonest first."""
    query = (
        sa.select(clocks.c.request_id, requests.c.department, requests.c.owner, clocks.c.kind, clocks.c.due_at)
        .where(*_UNTOLD, *_OWED, clocks.c.due_at > now, requests.c.status != "waiting")
        .order_by(clocks.c.due_at, clocks.c.request_id)
    )
    return [RunningClock(*row) for row in connection.execute(query)]


def kept_counts(connection: sa.Connection, since: dt.datetime) -> dict[tuple[str | None, str], int]:
    """How many clocks have stopped since an instant (UTC), by department and kind."""
    query = (
        sa.select(requests.c.department, clocks.c.kind, sa.func.count())
        .join(requests, requests.c.id == clocks.c.request_id)
        .where(clocks.c.stopped_at >= since)
        .group_by(requests.c.department, clocks.c.kind)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def latest_answers(
    connection: sa.Connection, department: str, since: dt.datetime, limit: int
) -> list[tuple[dt.datetime, dt.datetime]]:
    """From when to when (UTC) the last requests of a department waited for their first answer."""
    query = (
        sa.select(clocks.c.started_at, clocks.c.stopped_at)
        .join(requests, requests.c.id == clocks.c.request_id)
        .where(clocks.c.kind == "first_response", clocks.c.stopped_at >= since, requests.c.department == department)
        .order_by(clocks.c.stopped_at.desc())
        .limit(limit)
    )
    return [(row.started_at, row.stopped_at) for row in connection.execute(query)]


def paces_measured(connection: sa.Connection) -> dict[str, Pace]:
    """The pace of each department of which one is known."""
    rows = connection.execute(sa.select(paces))
    return {
        row.department: Pace(row.department, dt.timedelta(seconds=row.usual_seconds), row.counted, row.measured_at)
        for row in rows
    }


def measure(connection: sa.Connection, measured: Sequence[Pace]) -> None:
    """Keep these paces in place of those before."""
    connection.execute(paces.delete())
    rows = [
        {
            "department": one.department,
            "usual_seconds": round(one.usual.total_seconds()),
            "counted": one.counted,
            "measured_at": one.measured_at,
        }
        for one in measured
    ]
    if rows:
        connection.execute(paces.insert(), rows)
