"""`postroom rules`: a group; each of its commands stands in a file of its own."""

from __future__ import annotations

import click

from daemon.cli.on_demand import OnDemand

#: Command -> one line of help, in the order in which an author needs them.
COMMANDS = {
    "test": "Try the examples of all rules, and show what came out differently.",
    "lint": "Find rules that read well but will not do what their author thinks.",
    "coverage": "Say which rules fire, how often people overrule them, and which never match.",
    "history": "Say which version of the rules was live when, and what changed.",
    "rollback": "Put the files of an earlier version back and let the daemon take them.",
}


@click.group("rules", cls=OnDemand, table=COMMANDS, modules={name: f"rules_{name}" for name in COMMANDS})
def command() -> None:
    """Write rules and try them; look at what they did, and go back."""
