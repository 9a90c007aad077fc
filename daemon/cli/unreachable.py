"""`postroom unreachable`: addresses that get no automatic mail, because mail of ours came back from there."""

from __future__ import annotations

import click

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import Ends, Sheet, as_json, by, console, print_json, print_table, safe, short_time
from daemon.premises import utc_now
from daemon.store import ledger, unreachable


@click.group("unreachable")
def command() -> None:
    """See to addresses that get no automatic mail, because mail of ours came back from there."""


@command.command("list")
@as_json
@click.pass_obj
def list_(sheet: Sheet, machine: bool) -> None:
    """List them, with what the mail server said."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        found = unreachable.listing(connection, utc_now())
    if machine:
        print_json(found)
        return
    rows = [(one.address, short_time(one.since, settings), short_time(one.until, settings), one.why) for one in found]
    print_table("", ["address", "since", "until", "why"], rows)


@command.command("lift")
@click.argument("address")
@click.option("--why", required=True, help="What has changed; it stands in the ledger.")
@by("Who says so")
@click.pass_obj
def lift(sheet: Sheet, address: str, why: str, actor: str) -> None:
    """Let automatic mail go to this address again."""
    now = utc_now()
    with open_for_reading(sheet) as (_, store), store.writing() as connection:
        ledger.take_turn(connection)
        if not unreachable.lift(connection, address.lower()):
            raise Ends(f"{address} is not unreachable; see `postroom unreachable list`.")
        ledger.write(connection, None, [ledger.Entry(now, actor, "reachable", None, address.lower(), why)])
    console().print(safe(f"Automatic mail goes to {address} again."))
