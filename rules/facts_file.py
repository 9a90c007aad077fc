"""Conditions about facts of a mail, from YAML values: its size, its thread, and when it came.

size     `over 5 MB` or `under 20 kB`
thread   `over 2`: it refers to more than two earlier mails of its conversation
time     {calendar: office, is: closed}, or {calendar: office, days: [sat, sun], between: 22:00-06:00}
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from rules.mistakes import Notebook, meant, nearest
from rules.rule import CameAt, Condition, Measures
from rules.yaml_lines import Entries, Items, Text, Value

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BYTES = {"kb": 1000, "mb": 1000**2, "gb": 1000**3}
_SIZE = re.compile(r"(over|under) (\d{1,9}) ?(kb|mb|gb)", re.IGNORECASE)
_THREAD = re.compile(r"(over|under) (\d{1,4})", re.IGNORECASE)
_BETWEEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?[-–] ?([01]?\d|2[0-3]):([0-5]\d)")
_TIME_WORDS = ("calendar", "is", "days", "between")


def read_size(key: Text, value: Value, notes: Notebook) -> Condition | None:
    """`over 5 MB` -> its condition; None after noting a mistake, as for all below."""
    found = _SIZE.fullmatch(_one(value))
    if found is None:
        notes.note(key.line, "'size' is written `over 5 MB` or `under 20 kB`")
        return None
    limit = int(found[2]) * _BYTES[found[3].lower()]
    return Measures("size", found[1].lower() == "over", limit, f"{found[2]} {found[3]}")


def read_thread(key: Text, value: Value, notes: Notebook) -> Condition | None:
    """`over 2` -> its condition."""
    found = _THREAD.fullmatch(_one(value))
    if found is None:
        notes.note(key.line, "'thread' is written `over 2`: it refers to more than two earlier mails")
        return None
    return Measures("thread", found[1].lower() == "over", int(found[2]), found[2])


def read_time(key: Text, value: Value, notes: Notebook) -> Condition | None:
    """The mapping of `time` -> its condition; the calendar must be one of the settings."""
    if not isinstance(value, Entries):
        notes.note(key.line, "'time' is written `{calendar: office, is: closed}`, with a calendar of the settings")
        return None
    given = {inner.text: content for inner, content in value.entries}
    for inner, content in value.entries:
        if inner.text not in _TIME_WORDS:
            notes.note(inner.line, f"'{inner.text}' is not known in 'time'; {nearest(inner.text, _TIME_WORDS)}")
            given.setdefault(meant(inner.text, _TIME_WORDS), content)
    name = _one(given.get("calendar"))
    calendar = notes.offers.calendars.get(name)
    if calendar is None:
        notes.note(key.line, f"'time' needs a calendar; {_no_such('calendar', name, notes.offers.calendars)}")
    if not set(_TIME_WORDS[1:]) & set(given):
        notes.note(key.line, "'time' asks for nothing; add `is: closed`, `days: [sat, sun]` or `between: 22:00-06:00`")
    opened = _is_open(given.get("is"), notes)
    days = _days(given.get("days"), notes)
    between = _between(given.get("between"), notes)
    return CameAt(name, calendar, opened, days, between) if calendar else None


def _one(value: Value | None) -> str:
    return value.text.strip() if isinstance(value, Text) else ""


def _no_such(kind: str, name: str, known: Collection[str]) -> str:
    if not known:
        return f"the settings have no {kind}s here"
    return f"there is none called '{name}': {nearest(name, known)}"


def _is_open(value: Value | None, notes: Notebook) -> bool | None:
    if value is None or _one(value) in ("open", "closed"):
        return None if value is None else _one(value) == "open"
    notes.note(value.line, "'is' says `open` or `closed`")
    return None


def _days(value: Value | None, notes: Notebook) -> tuple[int, ...] | None:
    if value is None:
        return None
    items = value.items if isinstance(value, Items) else (value,)
    names = [_one(item).lower() for item in items]
    wrong = next((name for name in names if name not in DAYS), None)
    if wrong is not None or not names:
        notes.note(value.line, f"'{wrong or ''}' is no weekday; write some of {', '.join(DAYS)}")
    return tuple(sorted({DAYS.index(name) for name in names if name in DAYS}))


def _between(value: Value | None, notes: Notebook) -> tuple[dt.time, dt.time] | None:
    if value is None:
        return None
    found = _BETWEEN.fullmatch(_one(value))
    if found is None:
        notes.note(value.line, "'between' is two times of day: `between: 22:00-06:00`")
        return None
    first, last = dt.time(int(found[1]), int(found[2])), dt.time(int(found[3]), int(found[4]))
    return first, last
