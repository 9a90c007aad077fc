"""`postroom drift`: whether mail is still what the model has learnt from, and what new topics lie in triage."""

from __future__ import annotations

import datetime as dt

import click

from classifier.drift import FALSE_ALARMS_A_MONTH, Shift, TooFewMails
from classifier.registry import ModelRefused
from daemon.cli.room import open_for_work
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.cli.since import Span
from daemon.drifting import Looked, NothingToCompare, ProposedTopic, look_for_drift


@click.command("drift")
@click.option(
    "--since", "span", type=Span(), default="30d", show_default=True, help="The requests of late: of 30d, 2w, 12h."
)
@as_json
@click.pass_obj
def command(sheet: Sheet, span: dt.timedelta, machine: bool) -> int:
    """Compare mail of late with what the model has learnt from. Exit status 1 if it has drifted."""
    with open_for_work(sheet, read_only=True) as office:
        try:
            found = look_for_drift(office, office.now(), span)
        except (NothingToCompare, TooFewMails, ModelRefused) as error:
            raise Ends(str(error)) from error
    if machine:
        drifted = [one.measure for one in found.drift.drifted]
        print_json({"looked": found, "drifted": drifted, "false_alarms_a_month": FALSE_ALARMS_A_MONTH})
    else:
        _print(found)
    return NOT_AS_IT_SHOULD_BE if found.drift.drifted else OK


def _print(found: Looked) -> None:
    out, drift = console(), found.drift
    out.print(safe(f"Model {found.model}: {drift.lately} mails of late beside {found.reference}.\n"))
    print_table(
        "",
        ["measure", "then", "lately", "PSI", "by chance", "changed most", ""],
        [_row(one) for one in drift.shifts],
    )
    out.print(
        f"\n{found.in_triage:.0%} of the requests of late came to triage. Where nothing changes, weekly looks raise "
        f"at most {100 * FALSE_ALARMS_A_MONTH:.0f} false alarms in a hundred months."
    )
    for topic in found.topics:
        _print_topic(topic)
    if not found.topics:
        out.print("No new topic lies in triage.")


def _row(one: Shift) -> tuple[str, ...]:
    most = one.most
    then, lately = ("", "") if one.before is None else (f"{one.before:.2f}", f"{one.after:.2f}")
    changed = f"{most.name}: {most.then:.0%} → {most.lately:.0%}"
    chance = f"{one.chance:.4f}"
    return one.measure, then, lately, f"{one.psi:.2f}", chance, changed, "has drifted" if one.drifted else ""


def _print_topic(topic: ProposedTopic) -> None:
    out = console()
    out.print(safe(f"\nA new topic of {topic.mails} mails in triage: {', '.join(topic.words)}", "bold"))
    placed = ", ".join(f"{number} to {department}" for department, number in topic.placed)
    out.print(safe(f"People gave {placed}." if placed else "Nobody has placed any of them yet."))
    print_table("", ["request", "from", "subject"], [(one.reference, one.sender, one.subject) for one in topic.typical])
