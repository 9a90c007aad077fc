"""`postroom recompute-due`: a corrected calendar or target corrects the due times of what was promised by it."""

from __future__ import annotations

import click

from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Sheet, as_json, by, console, print_json, print_table, safe, short_time
from daemon.clock_keeping import recompute


@click.command("recompute-due")
@click.argument("names", metavar="[REQ-n]...", nargs=-1)
@by("Who decided")
@click.option("--why", required=True, help="What was corrected, for the ledger.")
@click.option("--dry-run", "dry", is_flag=True, help="Only say what would come out otherwise.")
@as_json
@click.pass_obj
def command(sheet: Sheet, names: tuple[str, ...], actor: str, why: str, dry: bool, machine: bool) -> None:
    """Compute due times again from the ledger, by the calendars and targets as they are now.

    Without a reference all unfinished requests are computed. What comes out otherwise is written into the ledger;
    reminders and escalations that have not been sent move with it, and none is sent twice.
    """
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            numbers = [request_named(connection, name).id for name in names] or None
        corrected = recompute(office, numbers, actor=actor, why=why, dry=dry)
        settings = office.settings
    if machine:
        print_json(corrected)
        return
    if not corrected:
        console().print("Every due time is as it was promised.")
        return
    rows = [
        (one.reference, one.clock.replace("_", " "), short_time(one.was_due, settings), short_time(one.due, settings))
        for one in corrected
    ]
    print_table("would be corrected" if dry else "corrected", ["request", "clock", "was due", "is due"], rows)
    if not dry:
        console().print(safe("The daemon takes them up within half a minute."))
