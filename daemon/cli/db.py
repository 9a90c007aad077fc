"""`postroom db`: create or upgrade the tables, say at which version they are, and with which keys they live."""

from __future__ import annotations

import click

from daemon import state_dir
from daemon.cli.room import database_sentences, store_of
from daemon.cli.sheet import BAD_CONFIGURATION, NOT_AS_IT_SHOULD_BE, OK, TRY_LATER, Ends, Sheet, console
from daemon.premises import utc_now
from daemon.store import installation, schema
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


@command.command("upgrade", short_help="Bring the tables to the version of this program.")
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


@command.command("adopt-keys", short_help="Live on with other keys, when its own are lost.")
@click.pass_obj
def adopt_keys(sheet: Sheet) -> None:
    """Let the database live on with the keys of this state directory, when its own are lost for good.

    Mails of the past are then strangers: one that is seen again becomes a request again, and a reply to an older
    mail of ours opens a new request. Stop the daemon first.
    """
    from daemon import keys  # noqa: PLC0415 - `version` and `upgrade` need no keys

    settings, store = sheet.settings(), _store(sheet)
    try:
        with database_sentences(store), state_dir.held(settings.state_dir):
            schema.require_newest(store)
            own = keys.load_or_create(settings.state_dir)
            with store.writing() as connection:
                installation.adopt(connection, own.fingerprint, utc_now())
    except keys.KeysRefused as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except state_dir.AlreadyRunning as error:
        raise Ends(str(error), TRY_LATER) from error
    finally:
        store.close()
    console().print(f"The database lives with {settings.state_dir / keys.FILE} now.")


@command.command("version", short_help="Say at which version the tables are.")
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
