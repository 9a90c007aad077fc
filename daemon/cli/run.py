"""`postroom run`: the daemon in the foreground, as systemd wants it."""

from __future__ import annotations

import click
import sqlalchemy as sa

from daemon import state_dir
from daemon.cli.room import parser_pool
from daemon.cli.sheet import BAD_CONFIGURATION, TRY_LATER, UNAVAILABLE, Ends, Sheet
from daemon.logs import set_up
from daemon.office import open_office, reopen
from daemon.premises import OfficeClosed, open_store
from daemon.service import Service
from daemon.store import schema


@click.command("run")
@click.pass_obj
def command(sheet: Sheet) -> None:
    """Run the daemon until SIGTERM or SIGINT; SIGHUP loads settings, rules and model anew.

    A new database is created at the first start; an older one wants `postroom db upgrade`.
    """
    settings = sheet.settings()
    set_up(settings.log.level, settings.log.format)
    try:
        with state_dir.held(settings.state_dir):
            store = open_store(sheet.path, settings)
            if schema.current(store) is None:
                schema.upgrade(store)
            schema.require_newest(store)
            office = open_office(sheet.path, settings, store, parser_pool(settings))
            Service(office, reopen).run()
            store.close()
    except state_dir.AlreadyRunning as error:
        raise Ends(str(error), TRY_LATER) from error
    except (OfficeClosed, schema.SchemaUnknown) as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        raise Ends(f"The database cannot be used now: {str(error.orig).strip()}.", UNAVAILABLE) from error
    except OSError as error:
        raise Ends(f"The state directory {settings.state_dir} cannot be used: {error}.", BAD_CONFIGURATION) from error
