"""`postroom simulate --policy NEW.yaml`: what other calendars, targets or people would have made of the past."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from daemon.cli.room import open_for_work
from daemon.cli.sheet import BAD_CONFIGURATION, Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.cli.since import since
from daemon.desk.report_words import percent, say_clock
from daemon.desk.simulation import NobodyWorks
from daemon.premises import OfficeClosed
from daemon.simulating import Attainment, changes, simulate, with_policy


@click.command("simulate")
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    required=True,
    help="A file with what changes of calendars, sla_policies, departments and triage, as in the settings.",
)
@since
@as_json
@click.pass_obj
def command(sheet: Sheet, policy: Path, span: dt.timedelta, machine: bool) -> None:
    """Replay past requests through changed calendars, targets or staffing, and compare; nothing is changed.

    "as answered" takes the answers as they came; "modelled" lets them come at other times where hours or people change.
    """
    with open_for_work(sheet) as office:
        try:
            other = with_policy(office, policy)
        except OfficeClosed as error:
            raise Ends(str(error), BAD_CONFIGURATION) from error
        try:
            found = simulate(office, other, office.now() - span)
        except NobodyWorks as error:
            raise Ends(f"This cannot be simulated: {error}.") from error
        changed = changes(office.settings, other.settings)
    if machine:
        print_json({"requests": found.requests, "changes": changed, "attainments": found.attainments})
        return
    console().print(safe(f"{found.requests} requests were replayed; nothing was changed.", "bold"))
    for section, names in changed.items():
        console().print(safe(f"The policy changes {section}: {', '.join(names)}"))
    if not changed:
        console().print("The policy says what the settings say already.")
    print_table(
        "",
        ["department", "clock", "promises", "now", "as answered", "modelled", "newly broken", "newly kept"],
        [_row(one) for one in found.attainments],
    )
    if any(one.modelled is not None for one in found.attainments):
        console().print("In brackets: what the model makes of the present. The nearer to `now`, the better it fits.")


def _row(one: Attainment) -> tuple[str, ...]:
    modelled = ""
    if one.modelled is not None and one.model_before is not None:
        modelled = f"{_share(one.modelled, one.promises_after)} ({_share(one.model_before, one.promises)})"
    return (
        one.department,
        say_clock(one.clock),
        str(one.promises),
        _share(one.before, one.promises),
        _share(one.after, one.promises_after),
        modelled,
        ", ".join(one.newly_broken),
        ", ".join(one.newly_kept),
    )


def _share(count: int, promises: int) -> str:
    return percent(count / promises) if promises else "-"
