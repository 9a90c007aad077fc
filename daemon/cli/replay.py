"""`postroom replay`: what new rules, another model or both would have done with past mail. Touches nothing."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click

from daemon.cli.progress import bar
from daemon.cli.room import open_for_work
from daemon.cli.sheet import UNAVAILABLE, Ends, Sheet, as_json
from daemon.cli.since import since
from daemon.cli.trial_sheet import Sides, as_page, days_of, how_many, show, weigh
from daemon.office import Office, with_candidate
from daemon.parsing import ParserDown
from daemon.replay import replay


@click.command("replay")
@click.option("--rules", "folder", type=click.Path(path_type=Path), help="A folder of candidate rules.")
@click.option("--model", "version", help="The version of a stored model.")
@since
@how_many
@as_page
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    folder: Path | None,
    version: str | None,
    span: dt.timedelta,
    shown: int,
    page: Path | None,
    machine: bool,
) -> int:
    """Try new rules, another model or both on past mail, without any effect.

    Every past request is asked of what is live now and of the candidate; what goes elsewhere is listed, the
    worse first. Exit status 0 if the gate (`replay` in the settings) holds, 1 if it does not.
    """
    if folder is None and version is None:
        raise click.UsageError("Name the candidate: --rules FOLDER, --model VERSION, or both.")
    processes = max(2, os.cpu_count() or 1)
    with open_for_work(sheet, read_only=True, processes=processes) as live:
        for trouble in live.troubles:
            click.echo(trouble, err=True)
        candidate = with_candidate(live, folder, version)
        try:
            with bar("asking again") as progress:
                found = replay(live, candidate, live.now() - span, processes, progress)
        except ParserDown as error:
            raise Ends(f"Mail cannot be read now: {error}", UNAVAILABLE) from error
        title = f"Replay of the {len(found.tried)} requests of the last {span / dt.timedelta(days=1):g} days"
        days = days_of(found.tried, live.now())
        sides = Sides(title, _versions(live), _versions(candidate), days, found.left_out, found.quarrels)
        against = [f"{sentence}; the live rules do not disagree so" for sentence in found.new_quarrels]
        trial = weigh(live.settings, found.tried, against)
    return show(sides, trial, shown, page, machine=machine)


def _versions(office: Office) -> str:
    rules = f"{len(office.rules.rules)} rules, version {office.rules.version}" if office.rules else "no rules"
    return f"{rules}; {f'model {office.model.version}' if office.model else 'no model'}"
