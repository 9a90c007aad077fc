"""Which keys this database has lived with: with others, every mail of the past would look like a new one."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from daemon.store.tables import installation


def keys_fingerprint(connection: sa.Connection) -> str | None:
    """The fingerprint of the keys that were in use when the daemon first started on this database; None: never."""
    return connection.execute(sa.select(installation.c.keys_fingerprint)).scalar()


def adopt(connection: sa.Connection, fingerprint: str, now: dt.datetime) -> None:
    """Keep the fingerprint of a first start (`now` in UTC), in place of any other."""
    connection.execute(installation.delete())
    connection.execute(installation.insert(), {"id": 1, "keys_fingerprint": fingerprint, "first_started_at": now})
