"""`postroom rebuild`: makes requests again out of the mailboxes when the database is lost; sends nothing."""

from __future__ import annotations

import datetime as dt
import sys

import click

from daemon import rebuilding
from daemon.cli.room import alone_with, parser_pool, store_of
from daemon.cli.sheet import (
    CANNOT_WRITE,
    NOT_AS_IT_SHOULD_BE,
    OK,
    UNAVAILABLE,
    Ends,
    Sheet,
    as_json,
    console,
    print_json,
    safe,
)
from daemon.free_space import NoRoom
from daemon.logs import set_up
from daemon.mailbox.connection import MailboxDown
from daemon.office import move_in, open_office
from daemon.rebuilding import Rebuilt


@click.command("rebuild")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Make no requests of mail that came before this day (UTC); it is filed as older than Postroom.",
)
@as_json
@click.pass_obj
def command(sheet: Sheet, since: dt.datetime | None, machine: bool) -> int:
    """Make requests again out of the mailboxes after the database is lost, with the daemon stopped. Sends nothing.

    Every mail of the watched folders, and of the done folders with `after: move`, is taken in: department, owner and
    clocks are chosen anew, nobody is told. It may be run again. Exit status 1 if mails are left for the daemon.
    """
    done = _rebuild(sheet, since.replace(tzinfo=dt.UTC) if since else None, quiet=machine)
    if machine:
        print_json(done)
    else:
        for line in _said(done):
            console().print(safe(line))
    return NOT_AS_IT_SHOULD_BE if done.not_taken_in else OK


def _rebuild(sheet: Sheet, since: dt.datetime | None, *, quiet: bool) -> Rebuilt:
    settings = sheet.settings()
    set_up("error", "console", sys.stderr)
    store = store_of(sheet, settings)
    parsers = parser_pool(settings)
    try:
        with alone_with(settings, store):
            office = move_in(open_office(sheet.path, settings, store, parsers))
            return rebuilding.rebuild(office, since, (lambda _: None) if quiet else _progress)
    except rebuilding.NothingLost as error:
        raise Ends(str(error), NOT_AS_IT_SHOULD_BE) from error
    except NoRoom as error:
        raise Ends(f"{error} Then run the command again; it goes on.", CANNOT_WRITE) from error
    except MailboxDown as error:
        raise Ends(f"{error.reason} Run the command again when it is mended; it goes on.", UNAVAILABLE) from error
    finally:
        parsers.close()
        store.close()


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _said(done: Rebuilt) -> list[str]:
    became = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(done.messages.items()))
    lines = [
        f"{done.requests} requests are there; of {sum(done.messages.values())} messages: {became or 'none'}.",
        f"Nothing was sent; {done.rungs} rungs that fell due in the past count as fired.",
        "Requests are numbered as their mails came, which need not be as people know them. All of them are open "
        "unless an answer in the mailbox says otherwise: look through `postroom list`, and end with "
        "`postroom resolve` what is long done. Then start the daemon; from now on it sends.",
    ]
    if done.not_taken_in:
        lines.append(f"{done.not_taken_in} mails could not be taken in; the daemon tries them again.")
    return lines
