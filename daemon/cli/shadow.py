"""`postroom shadow`: a group for the candidate that runs beside what is live."""

from __future__ import annotations

import click

from daemon.cli.on_demand import OnDemand

#: Command -> one line of help.
COMMANDS = {"report": "Say where the candidate beside the live rules and model decides otherwise."}


@click.group("shadow", cls=OnDemand, table=COMMANDS, modules={name: f"shadow_{name}" for name in COMMANDS})
def command() -> None:
    """Look at the candidate that runs beside what is live."""
