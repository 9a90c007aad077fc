"""`postroom models`: a group; each of its commands stands in a file of its own."""

from __future__ import annotations

import click

from daemon.cli.on_demand import OnDemand

#: Command -> one line of help, in the order in which an admin needs them.
COMMANDS = {
    "list": "List the stored models; which one is in service, and which one was before.",
    "show": "Say what is known of a stored model: from what it learnt, how good it is.",
    "diff": "Compare two stored models on the same texts.",
    "promote": "Put a stored model into service, if the gate lets it pass.",
    "rollback": "Put the model that was in service before back.",
    "promise": "Say whether the model in service keeps its promise, by what people said.",
    "prune": "Delete stored models that nobody needs any more.",
}


@click.group("models", cls=OnDemand, table=COMMANDS, modules={name: f"models_{name}" for name in COMMANDS})
def command() -> None:
    """Look at the stored models; put one into service, or the one before."""
