"""`postroom run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import os

import click

from daemon.cli.room import alone_with, parser_pool, store_of
from daemon.cli.sheet import BAD_CONFIGURATION, Ends, Sheet
from daemon.logs import set_up
from daemon.office import move_in, open_office, reopen
from daemon.premises import utc_now
from daemon.service import Service
from daemon.under_test import clock_of


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
        with alone_with(settings, store):
            clock = clock_of(os.environ, utc_now)
            office = move_in(open_office(sheet.path, settings, store, parser_pool(settings), clock=clock))
            Service(office, reopen).run()
        store.close()
    except OSError as error:
        place = error.filename or settings.state_dir
        sentence = f"{place} cannot be used ({error.strerror or error}); mend its rights, or set another state_dir."
        raise Ends(sentence, BAD_CONFIGURATION) from error
