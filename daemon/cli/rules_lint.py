"""`postroom rules lint`: finds rules that read well but will not do what their author thinks."""

from __future__ import annotations

from pathlib import Path

import click

from daemon.cli.rules_folder import counted, folder_argument, rules_in
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Sheet, as_json, console, print_json, safe
from rules.lint import lint


@click.command("lint")
@folder_argument
@as_json
@click.pass_obj
def command(sheet: Sheet, folder: Path | None, machine: bool) -> int:
    """Find what is doubtful about the rules in FOLDER, or in the folder of the settings.

    Unreachable, shadowed, doubled and contradictory rules, rules that disagree about an example, patterns that
    fit every mail, rules without an example. Exit status 0 if nothing is found, 1 if something is, 78 if a file
    cannot be read (a department that does not exist, say); then every mistake is told.
    """
    rules = rules_in(sheet, folder)
    found = lint(rules)
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
