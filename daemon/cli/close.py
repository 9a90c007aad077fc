"""`postroom close REQ-n`: a person closes a request that was resolved."""

from __future__ import annotations

import click

from daemon.cli.moved import moved
from daemon.cli.sheet import Sheet, as_json, by
from daemon.desk.lifecycle import Happening


@click.command("close")
@click.argument("name", metavar="REQ-n")
@by("Who decided")
@click.option("--why", required=True, help="Why now, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str, why: str, machine: bool) -> None:
    """Close a request that was resolved."""
    moved(sheet, name, Happening.CLOSED, actor, why, said="is closed", machine=machine)
