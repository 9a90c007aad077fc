"""`postroom later REQ-n`: promise another date; the requester hears of it before the old one passes."""

from __future__ import annotations

import datetime as dt

import click

from daemon.assigning import CannotAssign
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import USAGE, Ends, Sheet, by, console, safe
from daemon.desk.request import reference
from daemon.honesty import promise_later


@click.command("later")
@click.argument("name", metavar="REQ-n")
@click.argument("when", metavar="YYYY-MM-DDTHH:MM")
@by("Who promises it: the owner's address")
@click.option("--why", required=True, help="The reason, as the requester reads it.")
@click.pass_obj
def command(sheet: Sheet, name: str, when: str, actor: str, why: str) -> None:
    """Promise another date for a request, by the clock of its department; its reminders move along."""
    try:
        local = dt.datetime.fromisoformat(when)
    except ValueError as error:
        raise Ends(f"{when!r} is no date and time; write it as 2026-12-01T15:00.", USAGE) from error
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            request = request_named(connection, name)
        zone = office.calendar(request.department).zone
        at = local if local.tzinfo else local.replace(tzinfo=zone)
        try:
            promise_later(office, request.id, at=at, actor=actor, why=why)
        except CannotAssign as error:
            raise Ends(str(error)) from error
        shown = f"{at.astimezone(zone):%a %d %b %Y %H:%M}"
    console().print(safe(f"{reference(request.id)} is promised for {shown} ({zone.key}); its requester is told."))
