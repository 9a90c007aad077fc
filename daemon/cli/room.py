"""Opens for a command what the daemon works with: the store alone, or the whole office."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.settings import Settings
from daemon.cli.sheet import BAD_CONFIGURATION, NOT_AS_IT_SHOULD_BE, UNAVAILABLE, Ends, Sheet
from daemon.desk.request import number_of
from daemon.premises import OfficeClosed, open_store
from daemon.store import requests, schema
from daemon.store.database import Store

if TYPE_CHECKING:
    from daemon.office import Office
    from daemon.parsing import ParserPool


@contextmanager
def open_for_reading(sheet: Sheet) -> Iterator[tuple[Settings, Store]]:
    """Settings and a store at the right schema; every trouble ends the command with a sentence."""
    settings = sheet.settings()
    store = _store(sheet, settings)
    try:
        schema.require_newest(store)
        yield settings, store
    except schema.SchemaUnknown as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise Ends(_database_sentence(settings, error), UNAVAILABLE) from error
    finally:
        store.close()


@contextmanager
def open_for_work(sheet: Sheet) -> Iterator[Office]:
    """The whole office, as the daemon has it."""
    from daemon.keys import KeysRefused  # noqa: PLC0415 - `list` and `show` need none of this
    from daemon.office import open_office  # noqa: PLC0415

    with open_for_reading(sheet) as (settings, store):
        parsers = parser_pool(settings)
        try:
            yield open_office(sheet.path, settings, store, parsers)
        except (OfficeClosed, KeysRefused) as error:
            raise Ends(str(error), BAD_CONFIGURATION) from error
        finally:
            parsers.close()


def _store(sheet: Sheet, settings: Settings) -> Store:
    try:
        return open_store(sheet.path, settings)
    except OfficeClosed as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except ModuleNotFoundError as error:
        raise Ends(
            f"The database URL wants the module {error.name!r}; install it with `pip install 'postroom[postgresql]'`.",
            BAD_CONFIGURATION,
        ) from error


def parser_pool(settings: Settings) -> ParserPool:
    """The child processes that read mails, with the limits of the settings; started when first used."""
    from daemon.parsing import ParserPool  # noqa: PLC0415

    limits = settings.limits
    return ParserPool(
        processes=limits.parse_processes,
        cpu_seconds=limits.parse_cpu_seconds,
        wall_seconds=limits.parse_wall_seconds,
        memory_mb=limits.parse_memory_mb,
    )


def _database_sentence(settings: Settings, error: sa.exc.DBAPIError) -> str:
    url = sa.engine.make_url(settings.database.url).render_as_string(hide_password=True)
    return f"The database {url} cannot be used now: {str(error.orig).strip()}."


def request_named(connection: sa.Connection, name: str) -> requests.StoredRequest:
    """The request with this reference, or the end of the command with a sentence."""
    number = number_of(name) if not name.isdigit() else int(name)
    if number is None:
        raise Ends(f"{name!r} is no reference; references look like REQ-2041.")
    request = requests.find(connection, number)
    if request is None:
        raise Ends(f"There is no request REQ-{number}.", NOT_AS_IT_SHOULD_BE)
    return request
