"""A database knows whose it is, and lets one daemon in at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from daemon.store import installation, schema
from daemon.store.alone import InUse
from daemon.store.database import Store
from tests.servers.postgres import Postgres


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server of this test alone, which it may kill."""
    with Postgres.create() as server:
        yield server


def test_a_database_remembers_the_keys_of_its_first_start(store: Store, now: dt.datetime) -> None:
    with store.writing() as connection:
        assert installation.keys_fingerprint(connection) is None
        installation.adopt(connection, "a" * 32, now)
        assert installation.keys_fingerprint(connection) == "a" * 32
        installation.adopt(connection, "b" * 32, now)
        assert installation.keys_fingerprint(connection) == "b" * 32


def test_a_daemon_takes_its_database_again_after_a_restart_of_the_server_and_no_other_gets_it(
    own_server: Postgres, now: dt.datetime
) -> None:
    url = own_server.new_database()
    first, second = Store(url), Store(url)
    schema.upgrade(first)
    with first.alone():
        own_server.kill()
        own_server.start()
        with first.writing() as connection:
            installation.adopt(connection, "a" * 32, now)
        with pytest.raises(InUse), second.alone():
            pass
        own_server.stop()
        own_server.start()
        first.make_sure_it_is_alone()
        with pytest.raises(InUse), second.alone():
            pass
    with second.alone():
        pass
    first.close()
    second.close()


def test_a_daemon_whose_database_another_one_has_taken_meanwhile_writes_nothing_more(
    own_server: Postgres, now: dt.datetime
) -> None:
    url = own_server.new_database()
    first, second = Store(url), Store(url)
    schema.upgrade(first)
    with first.alone():
        with first.reading() as before:
            before.exec_driver_sql("SELECT 1")  # a session of the pool
        own_server.kill()
        own_server.start()
        with second.alone():
            with (
                pytest.raises(sa.exc.OperationalError, match="Another Postroom has taken"),
                first.writing() as connection,
            ):
                installation.adopt(connection, "a" * 32, now)
            with pytest.raises(InUse) as ended:
                first.make_sure_it_is_alone()
            with second.reading() as connection:
                assert installation.keys_fingerprint(connection) is None
    first.close()
    second.close()

    assert str(ended.value) == (
        f"Another Postroom has taken {url} while the connection to the database was broken; this one ends, so that "
        "nothing is done twice. Stop one of the two, or give it its own database."
    )


def test_a_daemon_takes_its_database_from_a_session_of_its_own_that_the_server_believes_alive(
    own_server: Postgres,
) -> None:
    """A link that was cut silently: the server keeps the session, and its lock, for half a minute."""
    url = own_server.new_database()
    first, second = Store(url), Store(url)
    schema.upgrade(first)
    with first.alone():
        lock = first._alone
        assert lock is not None
        silent, lock._session = lock._session, None
        assert silent is not None

        first.make_sure_it_is_alone()

        with pytest.raises(sa.exc.OperationalError):
            silent.exec_driver_sql("SELECT 1")
        with pytest.raises(InUse), second.alone():
            pass
    first.close()
    second.close()


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
