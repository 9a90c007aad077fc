"""Describe: the annotated example file, printed from the documentation of each option in `config.settings`.

Options that everybody must set stand in it with values of Lindwerk, an organisation that does not exist. All
other options are commented out and show their default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from textwrap import wrap
from typing import Any, Final, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.mistakes import duration_text
from config.settings import ENVIRONMENT, Settings
from config.shape import entries, group_type, plain

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z0-9*<][A-Za-z0-9 _.@%+/<>-]*", re.ASCII)
_NEEDS_QUOTES = re.compile(r"(?i:true|false|null|~|[-+.\d][\d_.]*(e[-+]?\d+)?)|0[xob].*|.* ", re.ASCII)

_HEADER: Final = """\
The settings of Postroom, in YAML 1.2.

An option that is commented out, with # directly before its name, shows its default; or an example,
where its text ends with "Not set by default." Every mistake in this file is reported at once, with its
line; a key that is not known is a mistake.

Durations are written 30s, 15m, 4h, 2d or 1h30m. What departments promise, and when a rung of a ladder is
climbed, is business time: it runs only while the calendar is open, and is written in hours, not in days.
Paths that do not begin with / start at the folder of this file. Names given to mailboxes, calendars,
policies, ladders and departments are of small letters, digits, - and _. Passwords do not stand here: see
password_file.
"""

LINDWERK: Final[Mapping[str, Any]] = {
    "organisation": {
        "name": "Lindwerk",
        "domains": ["lindwerk.example"],
        "time_zone": "Europe/Berlin",
        "operators": ["postmaster@lindwerk.example"],
    },
    "mailboxes": {
        "it": {
            "address": "it@lindwerk.example",
            "department": "it",
            "host": "imap.lindwerk.example",
            "user": "it@lindwerk.example",
            "password_file": "it.password",
        },
        "people": {
            "address": "people@lindwerk.example",
            "aliases": ["hr@lindwerk.example", "finance@lindwerk.example"],
            "host": "imap.lindwerk.example",
            "user": "people@lindwerk.example",
            "password_file": "people.password",
        },
        "help": {
            "address": "help@lindwerk.example",
            "host": "imap.lindwerk.example",
            "user": "help@lindwerk.example",
            "password_file": "help.password",
        },
    },
    "smtp": {
        "host": "smtp.lindwerk.example",
        "user": "postroom@lindwerk.example",
        "password_file": "smtp.password",
    },
    "probe": {
        "host": "imap.lindwerk.example",
        "user": "postroom@lindwerk.example",
        "password_file": "smtp.password",
    },
    "calendars": {
        "office": {
            "time_zone": "Europe/Berlin",
            "hours": {day: ["08:00-17:00"] for day in ("mon", "tue", "wed", "thu")}
            | {"fri": ["08:00-12:00", "12:30-15:00"]},
            "holidays": {"country": "DE", "region": "HH"},
            "special": {"2026-12-24": ["08:00-12:00"]},
        },
    },
    "sla_policies": {
        "standard": {
            "first_response": {"low": "8h", "normal": "4h", "high": "2h", "urgent": "30m"},
            "resolution": {"low": "80h", "normal": "40h", "high": "16h", "urgent": "4h"},
            "groups": {"field": {"first_response": {"normal": "2h", "urgent": "30m"}}},
        },
        "careful": {
            "first_response": {"normal": "8h", "urgent": "2h"},
            "resolution": {"normal": "80h", "urgent": "16h"},
        },
    },
    "ladders": {
        "standard": [
            {"clock": "first_response", "at": "50%", "tell": ["owner"], "kind": "reminder"},
            {"clock": "first_response", "at": "80%", "tell": ["owner", "lead"], "kind": "warning"},
            {"clock": "first_response", "at": "due", "tell": ["lead"], "kind": "escalation"},
            {"clock": "resolution", "at": "80%", "tell": ["owner"], "kind": "warning"},
            {"clock": "resolution", "at": "due", "tell": ["owner", "lead"], "kind": "escalation"},
            {"clock": "resolution", "at": "due+4h", "tell": ["escalation"], "kind": "escalation"},
        ],
    },
    "departments": {
        "it": {
            "name": "IT",
            "description": "Computers, accounts, telephones, printers and software.",
            "address": "it@lindwerk.example",
            "members": [
                {"name": "Mara Vogt", "email": "mara.vogt@lindwerk.example"},
                {"name": "Jonas Petersen", "email": "jonas.petersen@lindwerk.example"},
                {"name": "Aylin Demir", "email": "aylin.demir@lindwerk.example", "capacity": 0.5},
            ],
            "lead": "mara.vogt@lindwerk.example",
            "escalation": "board@lindwerk.example",
            "calendar": "office",
            "sla_policy": "standard",
            "ladder": "standard",
        },
        "hr": {
            "name": "People & HR",
            "description": "Contracts, leave, illness, training and everything about working here.",
            "address": "hr@lindwerk.example",
            "members": [
                {
                    "name": "Claire Fontaine",
                    "email": "claire.fontaine@lindwerk.example",
                    "time_zone": "Europe/Paris",
                },
                {"name": "Tobias Lang", "email": "tobias.lang@lindwerk.example"},
            ],
            "lead": "claire.fontaine@lindwerk.example",
            "escalation": "board@lindwerk.example",
            "calendar": "office",
            "sla_policy": "careful",
            "ladder": "standard",
        },
        "finance": {
            "name": "Finance",
            "description": "Invoices, expenses, travel costs and company cards.",
            "address": "finance@lindwerk.example",
            "members": [
                {"name": "Henrik Sommer", "email": "henrik.sommer@lindwerk.example"},
                {
                    "name": "Lucia Ortega",
                    "email": "lucia.ortega@lindwerk.example",
                    "time_zone": "Europe/Madrid",
                },
            ],
            "lead": "henrik.sommer@lindwerk.example",
            "escalation": "board@lindwerk.example",
            "calendar": "office",
            "sla_policy": "standard",
            "ladder": "standard",
            "strategy": "rota",
            "rota": {
                "since": "2026-11-23",
                "turns": ["henrik.sommer@lindwerk.example", "lucia.ortega@lindwerk.example"],
            },
        },
    },
    "reports": {"weekly": True},
    "triage": {
        "address": "help@lindwerk.example",
        "members": [{"name": "Anke Wulf", "email": "anke.wulf@lindwerk.example"}],
        "lead": "anke.wulf@lindwerk.example",
        "escalation": "board@lindwerk.example",
        "calendar": "office",
        "sla_policy": "standard",
        "ladder": "standard",
    },
}
"""What the example sets, as it is written in YAML."""


def describe() -> str:
    """Return the annotated example postroom.yaml; it loads without mistakes."""
    return "\n".join([*_header(), *_Writer().group(Settings, LINDWERK, 0)]) + "\n"


def _header() -> Iterator[str]:
    for paragraph in _HEADER.strip().split("\n\n"):
        yield from _comment(paragraph, 0)
        yield "#"
    yield "# Environment variables that replace a setting, and no others:"
    for name, (setting, purpose) in ENVIRONMENT.items():
        yield f"#   {name}  {setting}, {purpose}"


@dataclass(slots=True)
class _Writer:
    """Writes groups of options; documents each kind of group where it stands first, and there only."""

    documented: set[type[BaseModel]] = field(default_factory=set)

    def group(self, kind: type[BaseModel], chosen: Mapping[str, Any], depth: int) -> Iterator[str]:
        explain = kind not in self.documented
        self.documented.add(kind)
        for number, (name, option) in enumerate(kind.model_fields.items()):
            if explain:
                yield from [""] if number or depth == 0 else []
                yield from _comment(_documentation(option), depth)
            if name in chosen:
                yield from self._option(name, option.annotation, chosen[name], depth)
            elif explain and _is_group_of_defaults(option):
                # The name stands, so that to set one option inside is to uncomment one line.
                yield from self._option(name, option.annotation, {}, depth)
            elif explain:
                yield f"{_indent(depth)}#{name}: {_inline(_example(option))}"

    def _option(self, name: str, annotation: Any, value: Any, depth: int) -> Iterator[str]:
        if isinstance(value, str | int | float) or _is_short(annotation):
            yield f"{_indent(depth)}{name}: {_inline(value)}"
            return
        yield f"{_indent(depth)}{name}:"
        if kind := group_type(annotation):
            yield from self.group(kind, value, depth + 1)
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                yield from self._option(key, entries(annotation), inner, depth + 1)
        else:
            for item in value:
                yield from self._item(entries(annotation), item, depth + 1)

    def _item(self, kind: type[BaseModel], item: Mapping[str, Any], depth: int) -> Iterator[str]:
        if kind in self.documented:
            yield f"{_indent(depth)}- {_inline(item)}"
            return
        lines = list(self.group(kind, item, depth + 1))
        first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
        yield from (line.removeprefix("  ") for line in lines[:first])
        yield f"{_indent(depth)}- {lines[first].lstrip()}"
        yield from lines[first + 1 :]


def _is_short(annotation: Any) -> bool:
    """Say whether values of a type fit on one line: single values, and lists and groups of single values."""
    kind = plain(annotation)
    if get_origin(kind) not in (dict, tuple):
        return group_type(kind) is None
    inside = entries(kind)
    return group_type(inside) is None and get_origin(inside) not in (dict, tuple)


def _is_group_of_defaults(option: FieldInfo) -> bool:
    return group_type(option.annotation) is not None and option.get_default(call_default_factory=True) is not None


def _documentation(option: FieldInfo) -> str:
    unset = not option.is_required() and option.get_default(call_default_factory=True) in (None, (), {})
    return f"{option.description} Not set by default." if unset else str(option.description)


def _example(option: FieldInfo) -> Any:
    return option.examples[0] if option.examples else option.get_default(call_default_factory=True)


def _comment(text: str, depth: int) -> list[str]:
    start = f"{_indent(depth)}# "
    return wrap(text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)


def _indent(depth: int) -> str:
    return "  " * depth


def _inline(value: Any) -> str:
    """Return a value as YAML on one line."""
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return duration_text(value)
        case Mapping():
            return "{" + ", ".join(f"{key}: {_inline(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(_inline(item) for item in value) + "]"
        case int() | float():
            return str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and not _NEEDS_QUOTES.fullmatch(text) else json.dumps(text)
