"""`postroom reassign --from A`: everything of somebody who leaves goes to others."""

from __future__ import annotations

import click

from daemon import passing_on
from daemon.cli.room import open_for_work
from daemon.cli.sheet import Sheet, as_json, by, print_json, print_table
from daemon.desk.request import reference


@click.command("reassign")
@click.option("--from", "leaver", required=True, metavar="ADDRESS", help="Whose unfinished requests go to others.")
@click.option("--to", metavar="ADDRESS", help="To whom; without it each department's own choice.")
@by("Who decided")
@click.option("--why", required=True, help="The reason, for the ledger, the new owners and the requesters.")
@as_json
@click.pass_obj
def command(sheet: Sheet, leaver: str, to: str | None, actor: str, why: str, machine: bool) -> None:
    """Give every unfinished request of somebody who leaves to others. New owners and requesters are told."""
    with open_for_work(sheet) as office:
        passed = passing_on.reassign(office, leaver, to=to, actor=actor, why=why)
    if machine:
        print_json([{"reference": reference(one.number), "owner": one.owner, "why": one.why} for one in passed])
        return
    rows = [(reference(one.number), one.owner or "triage", one.why) for one in passed]
    print_table(f"{len(passed)} requests of {leaver}", ["request", "owner now", "why"], rows)
