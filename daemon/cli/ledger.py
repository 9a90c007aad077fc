"""`postroom ledger REQ-n`: who owned it from when to when, what happened, who did it and why."""

from __future__ import annotations

import click

from daemon.cli.room import open_for_reading, request_named
from daemon.cli.sheet import Sheet, as_json, print_json, print_table, short_time
from daemon.desk.request import reference
from daemon.store import ledger


@click.command("ledger")
@click.argument("name", metavar="REQ-n")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, machine: bool) -> None:
    """Show the history of one request, oldest first."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        request = request_named(connection, name)
        entries = ledger.of_request(connection, request.id)
    if machine:
        print_json({"reference": reference(request.id), "entries": entries})
        return
    rows = [
        (
            short_time(entry.at, settings),
            entry.actor,
            entry.what.replace("_", " "),
            " → ".join(value for value in (entry.from_value, entry.to_value) if value),
            entry.why,
        )
        for entry in entries
    ]
    print_table(f"{reference(request.id)}", ["when", "who", "what", "from → to", "why"], rows)
