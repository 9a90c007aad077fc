"""`postroom prioritise REQ-n`: a person says how much hurry a request has."""

from __future__ import annotations

import click

from config.settings import IMPACTS, URGENCIES, Impact, Urgency
from daemon.cli.moved import decided
from daemon.cli.sheet import Sheet, as_json, by
from daemon.prioritising import prioritise


@click.command("prioritise")
@click.argument("name", metavar="REQ-n")
@click.option("--impact", type=click.Choice(IMPACTS), required=True, help="Who is held up.")
@click.option("--urgency", type=click.Choice(URGENCIES), required=True, help="How soon it hurts.")
@by("Who decided")
@click.option("--why", required=True, help="The reason, for owner, requester and ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, impact: Impact, urgency: Urgency, actor: str, why: str, machine: bool) -> None:
    """Give a request the priority that the settings have for this impact and urgency; its due times follow."""
    decided(
        sheet,
        name,
        lambda office, number: prioritise(office, number, impact=impact, urgency=urgency, actor=actor, why=why),
        lambda request: f"is {request.priority}",
        machine=machine,
    )
