"""`postroom assign REQ-n`: a person sorts triage, or gives a request to somebody else."""

from __future__ import annotations

import click

from daemon.assigning import assign as assign_request
from daemon.cli.moved import decided
from daemon.cli.sheet import Sheet, as_json, by


@click.command("assign")
@click.argument("name", metavar="REQ-n")
@click.option("--department", help="The department that handles it (its short name in the settings).")
@click.option("--owner", help="The member who answers for it (address); without it the department's own choice.")
@by("Who decided")
@click.option("--why", required=True, help="The reason, for the ledger and the new owner.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    name: str,
    department: str | None,
    owner: str | None,
    actor: str,
    why: str,
    machine: bool,
) -> None:
    """Give a request to a department, an owner, or both. The new owner and the requester are told."""
    decided(
        sheet,
        name,
        lambda office, number: assign_request(office, number, department=department, owner=owner, actor=actor, why=why),
        lambda request: f"is with {request.department}; {request.owner} owns it",
        machine=machine,
    )
