"""What is known of each watched mailbox: its UIDVALIDITY and when it was last scanned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.tables import mailboxes


@dataclass(frozen=True, slots=True)
class KnownMailbox:
    """One watched mailbox as of its last successful scan (instants in UTC).

    `compared_at`: when every UID was last compared with the database; `late_found`: how many mails such comparisons
    have found that no scan had seen.
    """

    name: str
    uidvalidity: int
    first_scan_at: dt.datetime
    scanned_at: dt.datetime
    compared_at: dt.datetime | None = None
    late_found: int = 0


def find(connection: sa.Connection, name: str) -> KnownMailbox | None:
    """The mailbox called `name`, or None if it was never scanned."""
    row = connection.execute(sa.select(mailboxes).where(mailboxes.c.name == name)).one_or_none()
    return KnownMailbox(**row._mapping) if row else None


def every(connection: sa.Connection) -> list[KnownMailbox]:
    """All mailboxes that were ever scanned."""
    rows = connection.execute(sa.select(mailboxes).order_by(mailboxes.c.name))
    return [KnownMailbox(**row._mapping) for row in rows]


def scanned(
    connection: sa.Connection, name: str, uidvalidity: int, now: dt.datetime, *, full: bool = False, late: int = 0
) -> None:
    """Note a successful scan, the first one included; `full`: of every UID, of which `late` had been overlooked."""
    values: dict[str, object] = {"uidvalidity": uidvalidity, "scanned_at": now}
    if full:
        values["compared_at"] = now
    done = connection.execute(
        mailboxes.update()
        .where(mailboxes.c.name == name)
        .values(values | {"late_found": mailboxes.c.late_found + late})
    )
    if not done.rowcount:
        connection.execute(mailboxes.insert().values(values | {"name": name, "first_scan_at": now, "late_found": late}))
