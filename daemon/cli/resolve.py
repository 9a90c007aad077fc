"""`postroom resolve REQ-n`: a person ends a request."""

from __future__ import annotations

import click

from daemon.assigning import CannotAssign
from daemon.assigning import resolve as resolve_request
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, account, as_json, console, print_json, safe
from daemon.desk.request import reference
from daemon.store import clocks


@click.command("resolve")
@click.argument("name", metavar="REQ-n")
@click.option("--by", "actor", help="Who decided; without it the name of your account.")
@click.option("--why", required=True, help="What was done, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, actor: str | None, why: str, machine: bool) -> None:
    """End a request: its clocks stop. A later mail of its requester opens it again."""
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            request = resolve_request(office, number, actor=actor or account(), why=why)
        except CannotAssign as error:
            raise Ends(str(error)) from error
        with office.store.reading() as connection:
            running = clocks.of_request(connection, number)
    if machine:
        print_json(request_json(request, running))
    else:
        console().print(safe(f"{reference(number)} is resolved."))
