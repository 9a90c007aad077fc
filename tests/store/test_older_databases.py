"""A database of any earlier schema is brought to the newest with every row it has, or stays as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from daemon.store import schema
from daemon.store.database import Store

VERSIONS = sorted(
    one.revision for one in ScriptDirectory(str(Path(schema.__file__).parent / "migrations")).walk_revisions()
)
OLDER = VERSIONS[:-1]
ROWS = (1, 2)


def filled(url: str, version: str) -> Store:
    """A database of this schema with two rows in each table, each of which points to the row of its own number."""
    store = Store(url)
    with store.writing() as connection:
        command.upgrade(schema._alembic(connection), version)
    with store.writing() as connection:
        old = sa.MetaData()
        old.reflect(connection)
        for table in old.sorted_tables:
            if table.name not in ("alembic_version", "ledger_head"):  # a migration has put its row in
                rows = ROWS[:1] if table.name == "installation" else ROWS
                connection.execute(table.insert(), [{c.name: value_of(c, row) for c in table.columns} for row in rows])
    return store


def value_of(column: sa.Column[Any], row: int) -> Any:
    """Something that fits; a reference to the row of this number."""
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return value_of(target, row)
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.DateTime):
        return dt.datetime(2026, 11, 23, 9, row)
    if isinstance(column.type, sa.Integer | sa.Numeric | sa.Float):
        return row
    if isinstance(column.type, sa.LargeBinary):
        return b"%d" % row
    instant = f"2026-11-23T09:0{row}:00.000000+00:00"  # instants are text in SQLite
    return instant if getattr(column.type, "length", None) in (None, 32, 64) else str(row)


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in order of its first column."""
    with store.reading() as connection:
        found = sa.MetaData()
        found.reflect(connection)
        return {
            table.name: [
                dict(row._mapping) for row in connection.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


@pytest.mark.parametrize("version", OLDER)
def test_an_older_database_keeps_every_row_and_every_value(sqlite_url: str, version: str) -> None:
    store = filled(sqlite_url, version)
    before = everything(store)

    schema.upgrade(store)

    after = everything(store)
    store.close()
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0] if name in row} for row in after[table]] == [
            {name: row[name] for name in row if name in after[table][0]} for row in rows
        ], table
    schema.require_newest(store)


@contextmanager
def no_room(store: Store) -> Iterator[None]:
    """SQLite may take no page more: its own "database or disk is full"."""
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    store.close()
    sa.event.listen(store.engine, "connect", limit)
    yield
    sa.event.remove(store.engine, "connect", limit)
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_a_migration_on_a_full_disk_changes_nothing_and_is_made_when_there_is_room(
    sqlite_url: str, version: str
) -> None:
    store = filled(sqlite_url, version)
    before = everything(store)

    with no_room(store), pytest.raises(sa.exc.OperationalError, match="database or disk is full"):
        schema.upgrade(store)
    assert (schema.current(store), everything(store)) == (version, before)

    schema.upgrade(store)
    schema.require_newest(store)
    store.close()
