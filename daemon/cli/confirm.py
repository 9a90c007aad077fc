"""`postroom confirm`: a person says that the model has placed a drawn request right."""

from __future__ import annotations

from dataclasses import replace

import click

from daemon.cli.room import open_for_reading, open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, by, console, print_json, print_table, safe, short_time
from daemon.confirming import CannotConfirm, confirm
from daemon.desk.facts import CONFIDENTIAL
from daemon.desk.request import reference
from daemon.store import labels


@click.command("confirm")
@click.argument("name", metavar="[REQ-n]", required=False)
@by("Who says so")
@click.option("--why", default="it lies right", show_default=True, help="The reason, for the ledger.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str | None, actor: str, why: str, machine: bool) -> None:
    """List the requests that were drawn by chance, or say of one that the model has placed it right.

    If it lies wrong, move it: postroom assign REQ-n --department hr --why "…". Both answers count: they tell
    whether the model keeps its promise.
    """
    if name is None:
        _list(sheet, machine)
        return
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            found = confirm(office, number, actor=actor, why=why)
        except CannotConfirm as error:
            raise Ends(str(error)) from error
    if machine:
        print_json({"reference": reference(number), "department": found.first_department})
    else:
        console().print(safe(f"{reference(number)} lies right with {found.first_department}."))


def _list(sheet: Sheet, machine: bool) -> None:
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        waiting = [
            replace(one, subject=CONFIDENTIAL) if one.confidential else one for one in labels.waiting(connection)
        ]
    if machine:
        print_json({"waiting": waiting})
        return
    if not waiting:
        console().print("No request waits for a confirmation.")
        return
    rows = [
        (reference(one.number), short_time(one.received_at, settings), one.department, one.subject, one.reason)
        for one in waiting
    ]
    print_table("Do they lie right?", ["request", "came in", "department", "subject", "why there"], rows)
