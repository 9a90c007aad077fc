"""`postroom db`: create or upgrade the tables, and say at which version they are."""

from __future__ import annotations

import click

from daemon import state_dir
from daemon.cli.room import database_sentences, store_of
from daemon.cli.sheet import BAD_CONFIGURATION, NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, console
from daemon.store import schema
from daemon.store.database import Store


@click.group("db")
def command() -> None:
    """Create, upgrade or look at the database."""


def _store(sheet: Sheet) -> Store:
    settings = sheet.settings()
    try:
        state_dir.prepare(settings.state_dir)
    except OSError as error:
        raise Ends(f"{settings.state_dir} cannot be made ({error.strerror}).", BAD_CONFIGURATION) from error
    return store_of(sheet, settings)


@command.command("upgrade")
@click.pass_obj
def upgrade(sheet: Sheet) -> None:
    """Bring the tables to the version of this program, all in one transaction. Stop the daemon first."""
    store = _store(sheet)
    try:
        with database_sentences(store):
            before = schema.current(store)
            schema.upgrade(store)
            console().print(f"Schema {before or 'none'} -> {schema.current(store)}.")
    finally:
        store.close()


@command.command("version")
@click.pass_obj
def version(sheet: Sheet) -> int:
    """Say at which version the tables are; exit status 1 if this program wants another."""
    store = _store(sheet)
    try:
        with database_sentences(store):
            found = schema.current(store)
    finally:
        store.close()
    console().print(f"Schema {found or 'none'}; this program wants {schema.newest()}.")
    return OK if found == schema.newest() else NOT_AS_IT_SHOULD_BE
