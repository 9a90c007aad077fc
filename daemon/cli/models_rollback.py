"""`postroom models rollback`: the model that was in service before comes back."""

from __future__ import annotations

import click

from classifier.registry import ModelRefused
from daemon.cli.room import open_for_deciding
from daemon.cli.sheet import Ends, Sheet, by, console, safe
from daemon.cli.taking import let_daemon_take
from daemon.premises import utc_now
from daemon.promoting import roll_back


@click.command("rollback")
@click.option("--why", default="rolled back", show_default=True, help="The reason, for the ledger.")
@by("Who decided")
@click.pass_obj
def command(sheet: Sheet, why: str, actor: str) -> int:
    """Put the model that was in service before back; a running daemon takes it at once. Run again to undo it."""
    with open_for_deciding(sheet) as (settings, store):
        try:
            version = roll_back(settings, store, actor=actor, why=why, now=utc_now())
        except ModelRefused as error:
            raise Ends(str(error)) from error
    console().print(safe(f"The model {version} is in service again."))
    return let_daemon_take(settings, "model_version", version)
