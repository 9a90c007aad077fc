"""`postroom resume REQ-n`: a person takes up a request that waits."""

from __future__ import annotations

import click

from daemon.cli.moved import moved
from daemon.cli.sheet import Sheet, as_json
from daemon.desk.lifecycle import Happening


@click.command("resume")
@click.argument("name", metavar="REQ-n")
@click.option("--by", "actor", help="Who decided; without it the name of your account.")
@click.option("--why", required=True, help="Why it waits no longer, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str | None, why: str, machine: bool) -> None:
    """Take up a request that waits; its clocks run on."""
    moved(sheet, name, Happening.RESUMED, actor, why, said="is open again", machine=machine)
