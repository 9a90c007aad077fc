"""Requests that have gathered mails of which their owner has not heard yet."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from daemon.store.tables import untold

_DUE = (
    sa.select(untold.c.request_id, untold.c.due_at)
    .where(untold.c.due_at <= sa.bindparam("now"))
    .order_by(untold.c.request_id)
)


def expect(connection: sa.Connection, request_id: int, due_at: dt.datetime) -> None:
    """Its owner hears of them at this instant (UTC), unless one is known already."""
    if not is_expected(connection, request_id):
        connection.execute(untold.insert().values(request_id=request_id, due_at=due_at))


def is_expected(connection: sa.Connection, request_id: int) -> bool:
    """Whether its owner has still to hear of mails that it has gathered."""
    return connection.execute(sa.select(untold.c.due_at).where(untold.c.request_id == request_id)).first() is not None


def told(connection: sa.Connection, request_id: int) -> bool:
    """Its owner has heard of them; whether there was anything to hear of."""
    return bool(connection.execute(untold.delete().where(untold.c.request_id == request_id)).rowcount)


def due(connection: sa.Connection, now: dt.datetime) -> list[tuple[int, dt.datetime]]:
    """The requests whose owner is to hear by now (UTC), and since when."""
    return [(row.request_id, row.due_at) for row in connection.execute(_DUE, {"now": now})]
