"""`postroom reopen REQ-n`: a person takes up a request that was ended."""

from __future__ import annotations

import click

from daemon.cli.moved import moved
from daemon.cli.sheet import Sheet, as_json, by
from daemon.desk.lifecycle import Happening


@click.command("reopen")
@click.argument("name", metavar="REQ-n")
@by("Who decided")
@click.option("--why", required=True, help="Why, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str, why: str, machine: bool) -> None:
    """Take up a request that was resolved or closed; its resolution clock runs on."""
    moved(sheet, name, Happening.REOPENED, actor, why, said="is open again", machine=machine)
