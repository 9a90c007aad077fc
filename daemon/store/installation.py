"""Which keys this database has lived with, and how often it was restored.

With other keys every mail of the past would look like a new one. With each restore an epoch begins: what happened
before it may have been said already by the database that was lost.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.tables import installation


@dataclass(frozen=True, slots=True)
class Installation:
    """The one row. Mails about what came before `quiet_before` (UTC) are put into the state `quiet_as`, not sent."""

    keys_fingerprint: str
    first_started_at: dt.datetime
    epoch: int
    quiet_before: dt.datetime | None
    quiet_as: str | None


def find(connection: sa.Connection) -> Installation | None:
    """The row, or None where no daemon has started yet."""
    columns = [installation.c[name] for name in Installation.__slots__]
    row = connection.execute(sa.select(*columns)).one_or_none()
    return Installation(**row._mapping) if row else None


def keys_fingerprint(connection: sa.Connection) -> str | None:
    """The fingerprint of the keys that were in use when the daemon first started on this database; None: never."""
    return connection.execute(sa.select(installation.c.keys_fingerprint)).scalar()


def adopt(connection: sa.Connection, fingerprint: str, now: dt.datetime) -> None:
    """Keep the fingerprint of a first start (`now` in UTC), in place of any other."""
    values = {"keys_fingerprint": fingerprint, "first_started_at": now}
    if not connection.execute(installation.update().values(values)).rowcount:
        connection.execute(installation.insert().values(id=1, **values))


def begin_epoch(connection: sa.Connection, epoch: int, quiet_before: dt.datetime, quiet_as: str) -> None:
    """From now on nothing is said about what came before an instant (UTC); a daemon has started here before."""
    connection.execute(installation.update().values(epoch=epoch, quiet_before=quiet_before, quiet_as=quiet_as))
