"""The command `postroom` itself: finds the commands, each in its own file, when they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

import click

from daemon.cli.on_demand import OnDemand
from daemon.cli.sheet import DEFAULT_PATH, Sheet

#: Command -> (module, one line of help). The line stands here so that --help imports no command.
COMMANDS = {
    "run": "Run the daemon until it is stopped.",
    "check": "Try everything the settings name, and say what is wrong.",
    "status": "Say how the daemon and the work stand.",
    "list": "List requests.",
    "show": "Show one request.",
    "ledger": "Show the history of one request, or look at the whole ledger.",
    "explain": "Say why a request or a mail went where it went.",
    "explain-due": "Say how the due times of a request came about.",
    "simulate": "Replay past requests through other calendars, targets or staffing.",
    "report": "Say how promises were kept, and what stands out.",
    "recompute-due": "Compute due times again, after a calendar or a target was corrected.",
    "assign": "Give a request to a department or an owner.",
    "confirm": "Say whether the model placed a request right; list those drawn for it.",
    "later": "Promise another date for a request.",
    "recoveries": "See to broken promises that are being made good.",
    "prioritise": "Say how much hurry a request has.",
    "reassign": "Give everything of somebody who leaves to others.",
    "wait": "Make a request wait for somebody, or until a day.",
    "resume": "Take up a request that waits.",
    "resolve": "End a request.",
    "reopen": "Take up a request that was ended.",
    "close": "Close a request that was resolved.",
    "replay": "Try new rules or another model on past mail, without any effect.",
    "shadow": "Say what a candidate beside the live rules and model would decide.",
    "rules": "Write rules and try them; look at what they did, and go back.",
    "train": "Train a model and put it into service.",
    "models": "Look at the stored models; put one into service, or the one before.",
    "drift": "Say whether mail is still what the model has learnt from; propose new topics.",
    "evaluate": "Say how well a model would do with labelled mail, before it acts.",
    "quarantine": "See to mails that could not be read.",
    "reconcile": "Compare every mail in the mailboxes with the database now.",
    "backup": "Back everything up while the daemon works, or prove a backup.",
    "restore": "Put a backup back; nothing is sent twice.",
    "unreachable": "See to addresses that get no automatic mail, because mail came back from there.",
    "held": "See to mails that a restore has held.",
    "rebuild": "Make requests again out of the mailboxes; sends nothing.",
    "config": "Describe or check the settings.",
    "db": "Create, upgrade or look at the database.",
}


_MODULES = {
    "list": "list_requests",
    "config": "settings",
    "explain-due": "explain_due",
    "recompute-due": "recompute_due",
}


@click.group(cls=OnDemand, table=COMMANDS, modules=_MODULES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=lambda: os.environ.get("POSTROOM_CONFIG", DEFAULT_PATH),
    show_default=f"$POSTROOM_CONFIG or {DEFAULT_PATH}",
    help="The settings file.",
)
@click.version_option(package_name="postroom", prog_name="postroom")
@click.pass_context
def postroom(context: click.Context, path: Path) -> None:
    """Route an organisation's internal requests by mail, give each an owner, keep the clocks."""
    context.obj = Sheet(path.absolute())
