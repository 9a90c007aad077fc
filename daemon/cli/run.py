"""`postroom run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import os

import click

from daemon import state_dir
from daemon.cli.room import database_sentences, parser_pool, store_of
from daemon.cli.sheet import BAD_CONFIGURATION, TRY_LATER, Ends, Sheet
from daemon.logs import set_up
from daemon.office import move_in, open_office, reopen
from daemon.premises import OfficeClosed, utc_now
from daemon.service import Service
from daemon.store import schema
from daemon.store.alone import InUse
from daemon.under_test import clock_of, reached


@click.command("run")
@click.pass_obj
def command(sheet: Sheet) -> None:
    """Run the daemon until SIGTERM or SIGINT; SIGHUP loads settings, rules and model anew.

    A new database is created at the first start; an older one wants `postroom db upgrade`.
    """
    settings = sheet.settings()
    set_up(settings.log.level, settings.log.format)
    try:
        store = store_of(sheet, settings)
        with state_dir.held_with(settings.state_dir, store.url.database if store.is_sqlite else None):
            state_dir.require_whole(settings.state_dir)
            with database_sentences(store), store.alone():
                reached("C18")
                if schema.current(store) is None:
                    schema.upgrade(store)
                schema.require_newest(store)
                clock = clock_of(os.environ, utc_now)
                office = move_in(open_office(sheet.path, settings, store, parser_pool(settings), clock=clock))
                Service(office, reopen).run()
            store.close()
    except (state_dir.AlreadyRunning, InUse) as error:
        raise Ends(str(error), TRY_LATER) from error
    except (OfficeClosed, state_dir.HalfRestored) as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except OSError as error:
        place = error.filename or settings.state_dir
        sentence = f"{place} cannot be used ({error.strerror or error}); mend its rights, or set another state_dir."
        raise Ends(sentence, BAD_CONFIGURATION) from error
