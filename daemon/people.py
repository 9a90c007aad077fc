"""The people file: what is known of somebody who is no member of a department.

Touches one file and only reads it. Whether somebody is away stands in the settings and in calendar files.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from config.mistakes import did_you_mean
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class Person:
    """What the people file says of somebody; empty where it says nothing."""

    email: str
    name: str = ""
    time_zone: str = ""
    group: str = ""
    language: str = ""


def known_people(settings: Settings) -> dict[str, Person]:
    """The people file of these settings by lower-case address; nobody where they name none. Raises PeopleRefused."""
    return read_people(settings.people.file) if settings.people.file else {}


class PeopleRefused(Exception):
    """The people file has mistakes, one a line."""


def read_people(path: Path) -> dict[str, Person]:
    """The people file by lower-case address, or PeopleRefused with every mistake and its line."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            return _people(path, csv.DictReader(file))
    except FileNotFoundError as error:
        raise PeopleRefused(f"{path}: there is no such file; correct people.file in the settings.") from error
    except UnicodeDecodeError as error:
        raise PeopleRefused(f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise PeopleRefused(f"{path}: cannot be read ({error}); mend it or correct people.file.") from error


def _people(path: Path, rows: csv.DictReader[str]) -> dict[str, Person]:
    missing = {"email"} - set(rows.fieldnames or ())
    if missing:
        raise PeopleRefused(f"{path}:1: wants a column called email; the columns are {rows.fieldnames}.")
    people: dict[str, Person] = {}
    mistakes = []
    for row in rows:
        values = {name: (row.get(name) or "").strip() for name in Person.__slots__}
        values["email"] = values["email"].lower()
        if "@" not in values["email"]:
            mistakes.append(f"{path}:{rows.line_num}: {values['email']!r} is no e-mail address.")
        elif values["time_zone"] and not _is_zone(values["time_zone"]):
            mistakes.append(
                f"{path}:{rows.line_num}: {values['time_zone']!r} is no IANA time zone{_near(values['time_zone'])}."
            )
        else:
            people[values["email"]] = Person(**values)
    if mistakes:
        raise PeopleRefused("\n".join(mistakes))
    return people


def _near(zone: str) -> str:
    return did_you_mean(zone, available_timezones()) or "."


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
