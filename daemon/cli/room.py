"""Opens for a command what the daemon works with: the store alone, or the whole office."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.settings import Settings
from daemon import state_dir
from daemon.cli.sheet import BAD_CONFIGURATION, NOT_AS_IT_SHOULD_BE, TRY_LATER, UNAVAILABLE, Ends, Sheet
from daemon.desk.request import number_of
from daemon.premises import OfficeClosed, open_store
from daemon.store import requests, schema
from daemon.store.alone import InUse
from daemon.store.database import Store
from daemon.under_test import reached

if TYPE_CHECKING:
    from daemon.office import Office
    from daemon.parsing import ParserPool


@contextmanager
def open_for_reading(sheet: Sheet, *, read_only: bool = False) -> Iterator[tuple[Settings, Store]]:
    """Settings and a store at the right schema; every trouble ends the command with a sentence.

    `read_only`: the database refuses every change, so that a command which promises to change none cannot.
    """
    settings = sheet.settings()
    store = store_of(sheet, settings, read_only=read_only)
    if store.is_sqlite and not Path(store.url.database or "").exists():  # to look at it would make an empty one
        raise Ends(f"There is no database {store.url.database} yet; `postroom run` makes it.", BAD_CONFIGURATION)
    try:
        with database_sentences(store):
            schema.require_newest(store)
            yield settings, store
    finally:
        store.close()


@contextmanager
def database_sentences(store: Store) -> Iterator[None]:
    """What is wrong with the database ends the command with a sentence."""
    url = store.url.render_as_string(hide_password=True)
    try:
        yield
    except schema.SchemaUnknown as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise Ends(f"The database {url} cannot be used now: {str(error.orig).strip()}.", UNAVAILABLE) from error
    except sa.exc.DatabaseError as error:
        if type(error) is not sa.exc.DatabaseError:  # its kinds are bugs of ours; by itself it is a damaged file
            raise
        sentence = f"The database {url} is damaged ({error.orig}); restore it from the backup."
        raise Ends(sentence, BAD_CONFIGURATION) from error


@contextmanager
def alone_with(settings: Settings, store: Store) -> Iterator[None]:
    """Nobody else works here while the block runs, and the tables are the newest; trouble ends the command."""
    try:
        with state_dir.held_with(settings.state_dir, store.url.database if store.is_sqlite else None):
            state_dir.require_whole(settings.state_dir)
            with database_sentences(store), store.alone():
                reached("C18")
                if schema.current(store) is None:
                    schema.upgrade(store)
                schema.require_newest(store)
                yield
    except (state_dir.AlreadyRunning, InUse) as error:
        raise Ends(str(error), TRY_LATER) from error
    except (OfficeClosed, state_dir.HalfRestored) as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error


@contextmanager
def open_for_deciding(sheet: Sheet) -> Iterator[tuple[Settings, Store]]:
    """As open_for_reading, for a command that writes a decision down; what it logs goes to standard error."""
    from daemon.logs import set_up  # noqa: PLC0415

    set_up("warning", "console", sys.stderr)
    with open_for_reading(sheet) as opened:
        yield opened


@contextmanager
def open_for_work(sheet: Sheet, *, read_only: bool = False, processes: int | None = None) -> Iterator[Office]:
    """The whole office, as the daemon has it; what it logs goes to standard error.

    `read_only`: as for open_for_reading. `processes` read mails, if not as many as the settings say.
    """
    from daemon.keys import KeysRefused  # noqa: PLC0415 - `list` and `show` need none of this
    from daemon.logs import set_up  # noqa: PLC0415
    from daemon.office import open_office  # noqa: PLC0415

    set_up("warning", "console", sys.stderr)
    with open_for_reading(sheet, read_only=read_only) as (settings, store):
        parsers = parser_pool(settings, processes)
        try:
            yield open_office(sheet.path, settings, store, parsers)
        except (OfficeClosed, KeysRefused) as error:
            raise Ends(str(error), BAD_CONFIGURATION) from error
        finally:
            parsers.close()


def store_of(sheet: Sheet, settings: Settings, *, read_only: bool = False) -> Store:
    """The database of the settings, not touched yet, or the end of the command with a sentence."""
    try:
        return open_store(sheet.path, settings, read_only=read_only)
    except OfficeClosed as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except ModuleNotFoundError as error:
        raise Ends(
            f"The database URL wants the module {error.name!r}; install Postroom with its extra `postgresql` "
            "(in its checkout: `pip install '.[postgresql]'`).",
            BAD_CONFIGURATION,
        ) from error


def parser_pool(settings: Settings, processes: int | None = None) -> ParserPool:
    """The child processes that read mails, with the limits of the settings; started when first used.

    `processes`: how many, if not as many as the settings say.
    """
    from daemon.parsing import ParserPool  # noqa: PLC0415

    limits = settings.limits
    return ParserPool(
        processes=processes or limits.parse_processes,
        cpu_seconds=limits.parse_cpu_seconds,
        wall_seconds=limits.parse_wall_seconds,
        memory_mb=limits.parse_memory_mb,
    )


def request_named(connection: sa.Connection, name: str) -> requests.StoredRequest:
    """The request with this reference, or the end of the command with a sentence."""
    number = number_of(name) or number_of(f"REQ-{name}")
    if number is None:
        raise Ends(f"{name!r} is no reference; references look like REQ-2041.")
    request = requests.find(connection, number)
    if request is None:
        raise Ends(f"There is no request REQ-{number}.", NOT_AS_IT_SHOULD_BE)
    return request
