"""The schema: migrations and tables agree, and a database that is not ours to touch is left alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from daemon.store import schema
from daemon.store.database import Store
from daemon.store.tables import metadata


class Undone(Exception):
    """Rolls a transaction back."""


def described(connection: sa.Connection) -> dict[str, Any]:
    """All that can be told of a schema, and the rows with which it begins."""
    seen = sa.inspect(connection)
    triggers = {
        "sqlite": "select name, sql from sqlite_master where type = 'trigger'",
        "postgresql": "select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    }
    rows = connection.exec_driver_sql(triggers[connection.dialect.name])
    found: dict[str, Any] = {name: " ".join(text.split()) for name, text in rows}
    for table in seen.get_table_names():
        found[table] = {
            "columns": [str(one) for one in seen.get_columns(table)],
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": sorted(map(str, seen.get_foreign_keys(table))),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "checks": sorted(map(str, seen.get_check_constraints(table))),
            "indexes": sorted(_index(one, connection.dialect.name) for one in seen.get_indexes(table)),
            "rows": connection.exec_driver_sql(f"select * from {table}").all(),
        }
    if connection.dialect.name == "sqlite":
        counting = "select name from sqlite_master where sql like '%AUTOINCREMENT%'"
        found["counts up for ever"] = connection.exec_driver_sql(counting).all()
    return found


def _index(one: Any, dialect: str) -> str:
    where = one.get("dialect_options", {}).get(f"{dialect}_where")
    return f"{one['name']} {one['column_names']} unique={one['unique']} where {where}"


def test_a_new_database_is_what_all_migrations_would_have_made(db_url: str) -> None:
    store = Store(db_url)
    migrated: dict[str, Any] = {}
    with suppress(Undone), store.writing() as connection:
        command.upgrade(schema._alembic(connection), "head")
        migrated = described(connection)
        raise Undone

    schema.upgrade(store)

    with store.reading() as connection:
        assert described(connection) == migrated
    assert "ledger" in migrated
    store.close()


def test_tables_of_somebody_else_are_not_taken_for_ours(db_url: str) -> None:
    store = Store(db_url)
    with store.writing() as connection:
        connection.exec_driver_sql("create table requests (id integer)")

    with pytest.raises(sa.exc.DBAPIError, match="requests"):
        schema.upgrade(store)

    assert schema.current(store) is None
    store.close()


def test_the_tables_are_exactly_those_of_the_program(store: Store) -> None:
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
