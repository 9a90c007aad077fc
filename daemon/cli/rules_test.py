"""`postroom rules test`: tries the examples that rules bring along, and shows what came out differently."""

from __future__ import annotations

from pathlib import Path

import click

from daemon.cli.rules_folder import counted, folder_argument, rules_in
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Sheet, as_json, console, print_json, safe
from rules.examples import WrongExample, run_examples
from rules.rule import RuleSet


@click.command("test")
@folder_argument
@as_json
@click.pass_obj
def command(sheet: Sheet, folder: Path | None, machine: bool) -> int:
    """Try the examples of all rules in FOLDER, or in the folder of the settings.

    Exit status 0 if all come out as wanted, 1 if not, 78 if a file cannot be read.
    """
    rules = rules_in(sheet, folder)
    wrong = run_examples(rules.rules)
    if machine:
        print_json({"rules": len(rules.rules), "examples": _examples(rules), "wrong": wrong})
    else:
        _print(rules, wrong)
    return NOT_AS_IT_SHOULD_BE if wrong else OK


def _examples(rules: RuleSet) -> int:
    return sum(len(rule.catches) + len(rule.leaves) for rule in rules.rules)


def _print(rules: RuleSet, wrong: tuple[WrongExample, ...]) -> None:
    out = console()
    for one in wrong:
        out.print(safe(f"{one.file}:{one.line}: rule '{one.rule}'", "bold"))
        out.print(safe(f"  - want  {one.want}", "green"))
        out.print(safe(f"  + got   {one.got}\n", "red"))
    tried = f"{counted(_examples(rules), 'example')} of {counted(len(rules.rules), 'rule')}"
    if wrong:
        count = "1 comes" if len(wrong) == 1 else f"{len(wrong)} come"
        out.print(safe(f"{tried}: {count} out differently. The rules would not be loaded like this.", "bold red"))
    else:
        out.print(safe(f"{tried}: all come out as wanted.", "green"))
