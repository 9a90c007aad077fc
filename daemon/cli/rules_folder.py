"""Reads the rule files that a command is about: those of a folder, or those of the settings."""

from __future__ import annotations

from pathlib import Path

import click

from daemon.cli.sheet import BAD_CONFIGURATION, Ends, Sheet
from daemon.desk.business_time import CalendarNeverOpens, from_settings
from daemon.people import PeopleRefused, known_people
from daemon.vocabulary import offers_to_rules
from rules.mistakes import RuleFileError
from rules.rule import RuleSet
from rules.rule_file import parse_rules, read_folder

folder_argument = click.argument(
    "folder", required=False, type=click.Path(path_type=Path), metavar="[FOLDER]", default=None
)


def rules_in(sheet: Sheet, folder: Path | None) -> RuleSet:
    """The rules of this folder (None: of the settings), their examples not tried yet.

    Ends the command with every mistake when a file cannot be used.
    """
    settings = sheet.settings()
    folder = folder or settings.rules.folder
    if folder is None:
        raise Ends(
            "The settings name no folder of rules; set rules.folder, or name the folder here.", BAD_CONFIGURATION
        )
    try:
        calendars = {name: from_settings(calendar) for name, calendar in settings.calendars.items()}
        return parse_rules(read_folder(folder), offers_to_rules(settings, calendars, known_people(settings)))
    except (RuleFileError, PeopleRefused, CalendarNeverOpens) as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error


def counted(number: int, thing: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
