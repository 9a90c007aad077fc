"""Addresses to which no automatic mail goes for a while, because mail of ours came back from there for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.tables import unreachable


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An address in lower case, since when and until when (UTC), and what the mail server said."""

    address: str
    since: dt.datetime
    until: dt.datetime
    why: str

    def __str__(self) -> str:
        return (
            f"Mail to {self.address} came back on {self.since:%d %b %Y}; no automatic mail goes there until "
            f"{self.until:%d %b %Y}, unless somebody lifts it (`postroom unreachable lift`)."
        )


_OF = sa.select(unreachable).where(
    unreachable.c.address.in_(sa.bindparam("addresses", expanding=True)), unreachable.c.until > sa.bindparam("now")
)


def of_these(connection: sa.Connection, addresses: Sequence[str], now: dt.datetime) -> dict[str, Unreachable]:
    """Those of these addresses (lower case) that are unreachable at this instant (UTC)."""
    rows = connection.execute(_OF, {"addresses": list(addresses), "now": now})
    return {row.address: Unreachable(**row._mapping) for row in rows}


def listing(connection: sa.Connection, now: dt.datetime) -> list[Unreachable]:
    """All that are unreachable at this instant (UTC), by address."""
    query = sa.select(unreachable).where(unreachable.c.until > now).order_by(unreachable.c.address)
    return [Unreachable(**row._mapping) for row in connection.execute(query)]


def note(connection: sa.Connection, one: Unreachable) -> None:
    """Mail came back from there; what was known of the address before is replaced."""
    lift(connection, one.address)
    values = {name: getattr(one, name) for name in Unreachable.__slots__}
    connection.execute(unreachable.insert().values(values))


def lift(connection: sa.Connection, address: str) -> bool:
    """Automatic mail may go there again; whether it might not before."""
    return bool(connection.execute(unreachable.delete().where(unreachable.c.address == address)).rowcount)
