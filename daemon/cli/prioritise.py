"""`postroom prioritise REQ-n`: a person says how much hurry a request has."""

from __future__ import annotations

import click

from config.settings import IMPACTS, URGENCIES, Impact, Urgency
from daemon.assigning import CannotAssign
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, account, as_json, console, print_json, safe
from daemon.desk.request import reference
from daemon.prioritising import prioritise
from daemon.store import clocks


@click.command("prioritise")
@click.argument("name", metavar="REQ-n")
@click.option("--impact", type=click.Choice(IMPACTS), required=True, help="Who is held up.")
@click.option("--urgency", type=click.Choice(URGENCIES), required=True, help="How soon it hurts.")
@click.option("--by", "actor", help="Who decided; without it the name of your account.")
@click.option("--why", required=True, help="The reason, for owner, requester and ledger.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet, name: str, impact: Impact, urgency: Urgency, actor: str | None, why: str, machine: bool
) -> None:
    """Give a request the priority that the settings have for this impact and urgency; its due times follow."""
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            request = prioritise(office, number, impact=impact, urgency=urgency, actor=actor or account(), why=why)
        except CannotAssign as error:
            raise Ends(str(error)) from error
        with office.store.reading() as connection:
            running = clocks.of_request(connection, number)
    if machine:
        print_json(request_json(request, running))
    else:
        console().print(safe(f"{reference(number)} is {request.priority}."))
