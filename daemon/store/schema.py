"""Brings the schema to the version this program knows, and says what is wrong when it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from daemon.store.chain import Head
from daemon.store.database import Store
from daemon.store.tables import LEDGER_ONLY_GROWS, ledger_head, metadata
from daemon.under_test import reached

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest migration. Alembic itself is imported only to migrate; a test keeps the two equal.
NEWEST = "0014"

#: A constant, never Python's hash(): that one differs from process to process.
MIGRATION_LOCK = 7_366_721_909


#: Alembic's own table, as it makes it.
_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class SchemaUnknown(Exception):
    """The database was written by a newer program, or has not been prepared yet."""


def _alembic(connection: sa.Connection | None = None) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def newest() -> str:
    """The schema version this program was written for."""
    return NEWEST


def current(store: Store) -> str | None:
    """The schema version of the database; None where nothing has been created yet."""
    with store.reading() as connection:
        if not _has_versions(connection):
            return None
        return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def _has_versions(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(_VERSION.name)


def upgrade(store: Store) -> None:
    """Create or migrate every table, in one transaction, one process at a time; SchemaUnknown if it is too new."""
    found = current(store)
    if found is not None and found not in _known():
        raise SchemaUnknown(_too_new(found))
    with store.writing() as connection:
        if not store.is_sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if _has_versions(connection):
            _migrate(connection)
        else:
            _create(connection)
        reached("C15")


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415

    command.upgrade(_alembic(connection), "head")


def _create(connection: sa.Connection) -> None:
    """Everything at once, as all migrations one after the other would leave it: a tenth of their time."""
    metadata.create_all(connection, checkfirst=False)  # tables that are there already are somebody else's
    for statement in LEDGER_ONLY_GROWS[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    connection.execute(ledger_head.insert(), {"id": 1, "line": Head().id, "hash": Head().hash})
    _VERSION.create(connection)
    connection.execute(_VERSION.insert(), {"version_num": NEWEST})


def require_newest(store: Store) -> None:
    """Raise SchemaUnknown with what to do unless the database is at the version of this program."""
    found, wanted = current(store), newest()
    if found == wanted:
        return
    if found is None:
        raise SchemaUnknown("The database has no tables yet; run `postroom db upgrade` once.")
    if found in _known():
        raise SchemaUnknown(
            f"The database is at schema {found}, this program needs {wanted}; run `postroom db upgrade`."
        )
    raise SchemaUnknown(_too_new(found))


def is_known(version: str) -> bool:
    """Whether this program can upgrade a database of this version, or works with it as it is."""
    return version in _known()


def _known() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _too_new(found: str) -> str:
    return (
        f"The database is at schema {found}, which this program does not know (it knows up to {newest()}); "
        "install the newer Postroom that wrote it."
    )
