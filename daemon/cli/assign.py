"""`postroom assign REQ-n`: a person sorts triage, or gives a request to somebody else."""

from __future__ import annotations

import click

from daemon.assigning import CannotAssign
from daemon.assigning import assign as assign_request
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, account, as_json, console, print_json, safe
from daemon.desk.request import reference
from daemon.store import clocks


@click.command("assign")
@click.argument("name", metavar="REQ-n")
@click.option("--department", help="The department that handles it (its short name in the settings).")
@click.option("--owner", help="The member who answers for it (address); without it the department's own choice.")
@click.option("--by", "actor", help="Who decided; without it the name of your account.")
@click.option("--why", required=True, help="The reason, for the ledger and the new owner.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    name: str,
    department: str | None,
    owner: str | None,
    actor: str | None,
    why: str,
    machine: bool,
) -> None:
    """Give a request to a department, an owner, or both. The new owner and the requester are told."""
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            request = assign_request(
                office, number, department=department, owner=owner, actor=actor or account(), why=why
            )
        except CannotAssign as error:
            raise Ends(str(error)) from error
        with office.store.reading() as connection:
            running = clocks.of_request(connection, number)
    if machine:
        print_json(request_json(request, running))
    else:
        console().print(safe(f"{reference(number)} is with {request.department}; {request.owner} owns it."))
