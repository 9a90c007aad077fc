"""`postroom wait REQ-n`: a person makes a request wait."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import click

from config.values import parse_day
from daemon import happenings
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import USAGE, Ends, Sheet, as_json, by, console, print_json, safe
from daemon.desk.request import reference
from daemon.desk.waiting import WaitsFor
from daemon.store import appointments, clocks

_WORDS = {one.value.replace("_", "-"): one for one in WaitsFor}


@click.command("wait")
@click.argument("name", metavar="REQ-n")
@click.option("--for", "waits_for", required=True, type=click.Choice(list(_WORDS)), help="For whom it waits.")
@click.option("--until", metavar="DAY", help="Until when at the latest, as 2026-12-01; without it as long as may be.")
@click.option("--evidence", default="", help="What shows it, such as the number of the supplier's ticket.")
@by("Who decided")
@click.option("--why", required=True, help="What is waited for, for the ledger.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    name: str,
    waits_for: str,
    until: str | None,
    evidence: str,
    actor: str,
    why: str,
    machine: bool,
) -> None:
    """Make a request wait. The resolution clock stands still; a mail of the requester, or the day, ends it."""
    day = _day(until)
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            request = happenings.make_wait(
                office, number, _WORDS[waits_for], day, actor=actor, why=why, evidence=evidence
            )
        except happenings.CannotHappen as refusal:
            raise Ends(str(refusal)) from refusal
        with office.store.reading() as connection:
            running = clocks.of_request(connection, number)
            (ends,) = [one for one in appointments.of_request(connection, number) if one.kind == "wait_over"]
        zone = office.calendar(request.department).zone
    if machine:
        print_json(request_json(request, running) | {"waits_for": waits_for, "waits_until": ends.due_at})
    else:
        console().print(safe(f"{reference(number)} waits until {_said(ends.due_at, zone)} at the latest."))


def _day(written: str | None) -> dt.date | None:
    try:
        return parse_day(written) if written else None
    except ValueError as error:
        raise Ends(f"--until {error}.", USAGE) from error


def _said(at: dt.datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M} {zone.key}"
