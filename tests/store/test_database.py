"""A commit that was answered is kept, whatever the database server does for others."""

from __future__ import annotations

import pytest

from daemon.store.database import Store


@pytest.mark.parametrize(("of_the_server", "ours"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_on_postgresql_a_commit_waits_for_the_disk_at_least(postgresql_url: str, of_the_server: str, ours: str) -> None:
    name = postgresql_url.rpartition("/")[2]
    admin = Store(postgresql_url)
    with admin.writing() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {of_the_server}")
    admin.close()
    store = Store(postgresql_url)

    with store.reading() as connection:
        found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    store.close()

    assert found == ours
