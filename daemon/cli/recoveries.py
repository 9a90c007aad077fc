"""`postroom recoveries`: broken promises that a lead makes good, until the requester confirms."""

from __future__ import annotations

import click

from daemon.assigning import CannotAssign
from daemon.cli.room import open_for_reading, open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, by, console, print_json, print_table, safe, short_time
from daemon.desk.request import reference
from daemon.honesty import end_recovery
from daemon.store import promises


@click.group("recoveries")
def command() -> None:
    """See to broken promises that are being made good."""


@command.command("list")
@as_json
@click.pass_obj
def list_(sheet: Sheet, machine: bool) -> None:
    """List what leads have to make good, oldest first."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        found = promises.recoveries_open(connection)
    if machine:
        print_json(found)
        return
    rows = [(reference(one.request_id), one.lead, short_time(one.since, settings), one.why) for one in found]
    print_table("", ["request", "lead", "since", "why"], rows)


@command.command("end", short_help="End one whose requester has confirmed.")
@click.argument("name", metavar="REQ-n")
@by("Who decided")
@click.option("--why", required=True, help="How the requester has confirmed, for the ledger.")
@click.pass_obj
def end(sheet: Sheet, name: str, actor: str, why: str) -> None:
    """End one whose requester has confirmed in another way than by a reply."""
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            end_recovery(office, number, actor=actor, why=why)
        except CannotAssign as error:
            raise Ends(str(error)) from error
    console().print(safe(f"The recovery of {reference(number)} has ended."))
