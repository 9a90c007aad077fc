"""`postroom rules lint`: finds rules that read well but will not do what their author thinks."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click

from daemon.cli.progress import bar
from daemon.cli.room import open_for_work
from daemon.cli.rules_folder import counted, folder_argument, rules_in
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, UNAVAILABLE, Ends, Sheet, as_json, console, print_json, safe
from daemon.cli.since import past
from daemon.coverage import coverage
from daemon.parsing import ParserDown
from rules.lint import Finding, lint, matching_nothing
from rules.rule import RuleSet


@click.command("lint")
@folder_argument
@past
@as_json
@click.pass_obj
def command(sheet: Sheet, folder: Path | None, past: dt.timedelta | None, machine: bool) -> int:
    """Find what is doubtful about the rules in FOLDER, or in the folder of the settings.

    Unreachable, shadowed, doubled and contradictory rules, rules that disagree about an example, patterns that
    fit every mail, rules without an example; with --past also those that match no mail of that time. Exit status 0
    if nothing is found, 1 if something is, 78 if a file cannot be read (a department that does not exist, say);
    then every mistake is told.
    """
    rules = rules_in(sheet, folder)
    found = (*lint(rules), *(_silent(sheet, rules, past) if past else ()))
    if machine:
        print_json({"rules": len(rules.rules), "findings": found})
        return NOT_AS_IT_SHOULD_BE if found else OK
    out = console()
    for finding in found:
        out.print(safe(str(finding)))
    tried = counted(len(rules.rules), "rule")
    if found:
        out.print(safe(f"{tried}: {counted(len(found), 'finding')}.", "bold red"))
    else:
        out.print(safe(f"{tried}: nothing found.", "green"))
    return NOT_AS_IT_SHOULD_BE if found else OK


def _silent(sheet: Sheet, rules: RuleSet, span: dt.timedelta) -> tuple[Finding, ...]:
    """The rules that match no request of this time; nothing where there was none."""
    processes = max(2, os.cpu_count() or 1)
    with open_for_work(sheet, read_only=True, processes=processes) as office:
        try:
            with bar("asking again") as progress:
                found = coverage(office, rules, office.now() - span, processes, progress)
        except ParserDown as error:
            raise Ends(f"Mail cannot be read now: {error}", UNAVAILABLE) from error
    silent = {(row.rule, row.source) for row in found.rules if row.source and not row.matches}
    when = f"{counted(found.mails, 'request')} of the last {span / dt.timedelta(days=1):g} days"
    return matching_nothing(rules, silent, when) if found.mails else ()
