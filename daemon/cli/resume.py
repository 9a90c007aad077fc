"""`postroom resume REQ-n`: a person takes up a request that waits."""

from __future__ import annotations

import click

from daemon.cli.moved import moved
from daemon.cli.sheet import Sheet, as_json, by
from daemon.desk.lifecycle import Happening


@click.command("resume")
@click.argument("name", metavar="REQ-n")
@by("Who decided")
@click.option("--why", required=True, help="Why it waits no longer, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str, why: str, machine: bool) -> None:
    """Take up a request that waits; its clocks run on."""
    moved(sheet, name, Happening.RESUMED, actor, why, said="is open again", machine=machine)
