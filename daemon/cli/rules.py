"""`postroom rules`: a group; each of its commands stands in a file of its own."""

from __future__ import annotations

import click

from daemon.cli.on_demand import OnDemand

#: Command -> one line of help.
COMMANDS = {
    "coverage": "Say which rules fire, how often people overrule them, and which never match.",
    "history": "Say which version of the rules was live when, and what changed.",
    "rollback": "Put the files of an earlier version back and let the daemon take them.",
}


@click.group("rules", cls=OnDemand, table=COMMANDS, modules={name: f"rules_{name}" for name in COMMANDS})
def command() -> None:
    """Look at the history of the rules, and go back."""
