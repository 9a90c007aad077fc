"""`postroom resolve REQ-n`: a person ends a request."""

from __future__ import annotations

import click

from daemon.cli.moved import moved
from daemon.cli.sheet import Sheet, as_json, by
from daemon.desk.lifecycle import Happening


@click.command("resolve")
@click.argument("name", metavar="REQ-n")
@by("Who decided")
@click.option("--why", required=True, help="What was done, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str, why: str, machine: bool) -> None:
    """End a request: its clocks stop. A later mail of its requester opens it again."""
    moved(sheet, name, Happening.RESOLVED, actor, why, said="is resolved", machine=machine)
