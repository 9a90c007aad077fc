"""The schema: migrations and tables agree, and a database that is not ours to touch is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from daemon.store import schema
from daemon.store.database import Store
from daemon.store.tables import metadata


def test_the_migrations_make_exactly_the_tables_of_the_program(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_the_program_knows_its_newest_migration() -> None:
    scripts = Path(schema.__file__).parent / "migrations"

    assert ScriptDirectory(str(scripts)).get_current_head() == schema.newest()


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    schema.upgrade(store)

    assert schema.current(store) == schema.newest()


def test_an_empty_database_is_told_apart_from_an_old_one(db_url: str) -> None:
    empty = Store(db_url)

    with pytest.raises(schema.SchemaUnknown, match="has no tables yet; run `postroom db upgrade` once"):
        schema.require_newest(empty)
    empty.close()


def test_a_database_of_a_newer_program_is_refused_with_what_to_do(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))

    with pytest.raises(schema.SchemaUnknown, match=r"does not know .* install the newer Postroom"):
        schema.require_newest(store)


def test_sqlite_survives_a_power_cut_by_its_settings(sqlite_url: str) -> None:
    opened = Store(sqlite_url)
    with opened.reading() as connection:
        found = [
            connection.exec_driver_sql(f"pragma {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    opened.close()

    assert found == ["wal", 2, 1]  # synchronous 2 is FULL
