"""`postroom db`: create or upgrade the tables, and say at which version they are."""

from __future__ import annotations

import click
import sqlalchemy as sa

from daemon import state_dir
from daemon.cli.sheet import BAD_CONFIGURATION, NOT_AS_IT_SHOULD_BE, OK, UNAVAILABLE, Ends, Sheet, console
from daemon.premises import OfficeClosed, open_store
from daemon.store import schema
from daemon.store.database import Store


@click.group("db")
def command() -> None:
    """Create, upgrade or look at the database."""


def _store(sheet: Sheet) -> Store:
    settings = sheet.settings()
    try:
        state_dir.prepare(settings.state_dir)
        return open_store(sheet.path, settings)
    except OfficeClosed as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error


@command.command("upgrade")
@click.pass_obj
def upgrade(sheet: Sheet) -> None:
    """Bring the tables to the version of this program, all in one transaction. Stop the daemon first."""
    store = _store(sheet)
    try:
        before = schema.current(store)
        schema.upgrade(store)
        console().print(f"Schema {before or 'none'} -> {schema.current(store)}.")
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise Ends(f"The database cannot be used now: {str(error.orig).strip()}.", UNAVAILABLE) from error
    finally:
        store.close()


@command.command("version")
@click.pass_obj
def version(sheet: Sheet) -> int:
    """Say at which version the tables are; exit status 1 if this program wants another."""
    store = _store(sheet)
    try:
        found = schema.current(store)
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise Ends(f"The database cannot be used now: {str(error.orig).strip()}.", UNAVAILABLE) from error
    finally:
        store.close()
    console().print(f"Schema {found or 'none'}; this program wants {schema.newest()}.")
    return OK if found == schema.newest() else NOT_AS_IT_SHOULD_BE
