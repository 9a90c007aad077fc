"""`postroom models promote`: a stored model goes into service, if the gate lets it pass."""

from __future__ import annotations

import click

from classifier.registry import ModelRefused
from daemon.cli.models_diff import print_comparison
from daemon.cli.room import open_for_deciding
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, USAGE, Ends, Sheet, by, console, safe
from daemon.cli.taking import let_daemon_take
from daemon.premises import utc_now
from daemon.promoting import NotPromoted, promote


@click.command("promote")
@click.argument("version")
@click.option("--force", is_flag=True, help="Promote it whatever the gate says; wants --why.")
@click.option("--why", help="The reason, for the ledger.")
@by("Who decided")
@click.pass_obj
def command(sheet: Sheet, version: str, force: bool, why: str | None, actor: str) -> int:
    """Put a stored model into service, if it is not worse than the one that is, on the same texts.

    What the gate said is written into the ledger (`postroom ledger house`); a running daemon takes the model at once.
    """
    if force and not (why or "").strip():
        raise Ends("--force wants a reason, which the ledger keeps: --why '…'.", USAGE)
    with open_for_deciding(sheet) as (settings, store):
        try:
            weighed = promote(settings, store, version, actor=actor, now=utc_now(), force=why if force else None)
        except ModelRefused as error:
            raise Ends(str(error)) from error
        except NotPromoted as refusal:
            if refusal.weighed.comparison is not None:
                print_comparison(refusal.weighed.comparison)
            console().print(safe(f"{refusal}\nTrain with more labelled mail, or take --force --why '…'."))
            return NOT_AS_IT_SHOULD_BE
    if weighed.comparison is not None:
        print_comparison(weighed.comparison)
    reason = weighed.reason or "forced"
    console().print(safe(f"The model {version} is in service: {reason}."))
    return let_daemon_take(settings, "model_version", version)
