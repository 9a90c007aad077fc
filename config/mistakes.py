"""Mistakes: how a wrong setting is told to the person who wrote it.

Formats sentences; reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

Loc = tuple[str | int, ...]
"""Keys and list positions (from 0) that lead from the top of the settings to one value."""

_LONGEST_QUOTE = 60
_MOST_LINES = 100
_UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, before it is known where in the file it stands.

    at: line and column (both from 1) when they differ from those of `loc`, as for a key that stands twice.
    """

    loc: Loc
    message: str
    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, with the place where a person must mend it.

    path: the file, or `$NAME` for an environment variable.
    line, column: counted from 1; None where the file as a whole is meant.
    where: the dotted name of the setting, list entries counted from 1; "" where none is meant.
    message: what is wrong and what to do, one sentence without a full stop.
    """

    path: str
    line: int | None
    column: int | None
    where: str
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.where, self.message) if part)


class SettingsError(Exception):
    """The settings cannot be used; holds every mistake that was found, not only the first."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(*mistakes)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        lines = [str(mistake) for mistake in self.mistakes[:_MOST_LINES]]
        left = len(self.mistakes) - len(lines)
        return "\n".join([*lines, f"... and {left} more"] if left else lines)


def dotted(loc: Loc) -> str:
    """Return the name of a setting as people read it: ("members", 0, "email") is members.1.email."""
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in loc)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'office'?" for the nearest known word, or "" when nothing is near."""
    by_lower_case = {name.lower(): name for name in sorted(known)}
    near = get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.6)
    return f"; did you mean '{by_lower_case[near[0]]}'?" if near else ""


def stands(value: object) -> str:
    """Return what stands in the place of the wanted value: "'soon' stands there", "a list stands there"."""
    return f"{shown(value)} stands there"


def shown(value: object) -> str:
    """Return a value as its writer would recognise it, shortened."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return repr(value if len(value) <= _LONGEST_QUOTE else f"{value[:_LONGEST_QUOTE]}...")
        case timedelta():
            return duration_text(value)
        case Mapping() | list() | tuple():
            return "a group of keys" if isinstance(value, Mapping) else "a list"
    return f"{value:g}" if isinstance(value, float) else str(value)


def duration_text(duration: timedelta) -> str:
    """Return a duration as it is written in the settings: 1m, 1h30m, 2d."""
    parts = []
    for unit, size in _UNITS:
        count, duration = divmod(duration, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
