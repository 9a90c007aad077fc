"""Absences: who has said by an automatic reply that they are away, and until when."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from daemon.store.tables import absences

_AWAY = sa.select(absences.c.address).where(absences.c.until > sa.bindparam("now"))


def away(connection: sa.Connection, now: dt.datetime) -> frozenset[str]:
    """The addresses (lower case) of those who are away at this instant (UTC) by their own automatic replies."""
    return frozenset(connection.execute(_AWAY, {"now": now}).scalars())


def leave(connection: sa.Connection, address: str, since: dt.datetime, until: dt.datetime, evidence: str) -> None:
    """This person is away until then; what was known before is replaced."""
    back(connection, address)
    values = {"address": address, "since": since, "until": until, "evidence": evidence}
    connection.execute(absences.insert().values(values))


def back(connection: sa.Connection, address: str) -> bool:
    """This person is there again; whether they were thought to be away."""
    return bool(connection.execute(absences.delete().where(absences.c.address == address)).rowcount)
