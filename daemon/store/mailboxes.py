"""What is known of each watched mailbox: its UIDVALIDITY and when it was last scanned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.tables import mailboxes


@dataclass(frozen=True, slots=True)
class KnownMailbox:
    """One watched mailbox as of its last successful scan (instants in UTC)."""

    name: str
    uidvalidity: int
    first_scan_at: dt.datetime
    scanned_at: dt.datetime


def find(connection: sa.Connection, name: str) -> KnownMailbox | None:
    """The mailbox called `name`, or None if it was never scanned."""
    row = connection.execute(sa.select(mailboxes).where(mailboxes.c.name == name)).one_or_none()
    return KnownMailbox(**row._mapping) if row else None


def every(connection: sa.Connection) -> list[KnownMailbox]:
    """All mailboxes that were ever scanned."""
    rows = connection.execute(sa.select(mailboxes).order_by(mailboxes.c.name))
    return [KnownMailbox(**row._mapping) for row in rows]


def scanned(connection: sa.Connection, name: str, uidvalidity: int, now: dt.datetime) -> None:
    """Note a successful scan, the first one included."""
    done = connection.execute(
        mailboxes.update().where(mailboxes.c.name == name).values(uidvalidity=uidvalidity, scanned_at=now)
    )
    if not done.rowcount:
        connection.execute(
            mailboxes.insert().values(name=name, uidvalidity=uidvalidity, first_scan_at=now, scanned_at=now)
        )
