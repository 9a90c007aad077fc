"""A database knows whose it is, and lets one daemon in at a time."""

from __future__ import annotations

import datetime as dt

import pytest

from daemon.store import installation, schema
from daemon.store.database import InUse, Store


def test_a_database_remembers_the_keys_of_its_first_start(store: Store, now: dt.datetime) -> None:
    with store.writing() as connection:
        assert installation.keys_fingerprint(connection) is None
        installation.adopt(connection, "a" * 32, now)
        assert installation.keys_fingerprint(connection) == "a" * 32
        installation.adopt(connection, "b" * 32, now)
        assert installation.keys_fingerprint(connection) == "b" * 32


def test_one_daemon_has_a_postgresql_database_for_itself(postgresql_url: str) -> None:
    first, second = Store(postgresql_url), Store(postgresql_url)
    schema.upgrade(first)
    with first.alone():
        with pytest.raises(InUse), second.alone():
            pass
        with second.reading() as connection:
            assert installation.keys_fingerprint(connection) is None, "commands may look meanwhile"
    with second.alone(), pytest.raises(InUse), first.alone():
        pass
    first.close()
    second.close()
