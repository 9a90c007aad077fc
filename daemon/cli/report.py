"""`postroom report`: how promises were kept, who had what was late, and what stands out now."""

from __future__ import annotations

import dataclasses
import datetime as dt

import click

from daemon.cli.room import open_for_work
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.cli.since import since
from daemon.desk.report_words import summary, weeks_in_words
from daemon.desk.request import TRIAGE
from daemon.reporting import Told, look, name_of_desk, tables_of, tell


@click.command("report")
@since
@click.option(
    "--department",
    "departments",
    multiple=True,
    metavar="NAME",
    help="Only this one (or triage); may be given several times.",
)
@as_json
@click.pass_obj
def command(sheet: Sheet, span: dt.timedelta, departments: tuple[str, ...], machine: bool) -> None:
    """Report how promises were kept, breaches with who had them, waiting, handovers, the oldest requests, the forecast.

    Counted from the ledger by the calendars and targets as they are now.
    """
    with open_for_work(sheet) as office:
        known = (*office.settings.departments, TRIAGE)
        unknown = [one for one in departments if one not in known]
        if unknown:
            raise Ends(f"There is no department {unknown[0]!r}; there are {', '.join(known)}.")
        now = office.now()
        told = tell(office, look(office, now - span, now), now - span, now, departments or None)
        shown = tables_of(office, told)
        names = {slug: name_of_desk(office, slug) for slug in told.report.weeks}
    if machine:
        print_json(_facts(told))
        return
    console().print(safe(summary(told.report), "bold"))
    for department, shares in told.report.weeks.items():
        weeks = weeks_in_words(shares).replace("\N{NO-BREAK SPACE}", " ")
        console().print(safe(f"{names[department]}, week by week: {weeks}"))
    for table in shown:
        print_table(table.heading, ["", table.about], table.rows)


def _facts(told: Told) -> dict[str, object]:
    report = told.report
    return {
        "since": report.since,
        "until": report.until,
        "attained": [dataclasses.asdict(one) | {"share": one.share} for one in report.attained],
        "by_group": [dataclasses.asdict(one) | {"share": one.share} for one in report.by_group],
        "weeks": report.weeks,
        "breaches": [dataclasses.asdict(one) | {"late": one.late.total_seconds()} for one in report.breaches],
        "waited": [dataclasses.asdict(one) | {"length": one.length.total_seconds()} for one in report.waited],
        "handovers": report.handovers,
        "parts": [
            dataclasses.asdict(one)
            | {
                "usual": one.usual.total_seconds(),
                "longest": one.longest.total_seconds(),
                "target": one.target and one.target.total_seconds(),
            }
            for one in report.parts
        ],
        "oldest": report.oldest,
        "forecast": told.expected,
        "recoveries": told.recoveries,
    }
