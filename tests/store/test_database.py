"""What the database holds is kept, and read by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.store import schema
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


def test_a_new_file_and_what_lies_beside_it_are_read_by_their_owner_alone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/postroom.db")
    schema.upgrade(store)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    store.close()

    assert modes == dict.fromkeys(("postroom.db", "postroom.db-shm", "postroom.db-wal"), "0o600")
