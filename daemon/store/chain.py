"""The chain of the ledger: each line carries two hashes, one over all lines before it, one over those of its request.

A line that was changed no longer fits either of its own hashes; one that was taken out or put elsewhere leaves its
followers without the line they were written after. Whoever may write in the database and knows this file can write
the whole chain anew; against that helps only a hash noted elsewhere (`postroom ledger verify --witness`).

How a hash is made can never change: every ledger in the world would be called forged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any

#: What the first line of all, and the first of each request, is written after.
BEGINNING = "0" * 64

#: So many broken lines are compared with each other to see which one stood where; more are a heap, not a move.
COMPARED = 50

_VALUES = attrgetter("id", "request_id", "at", "actor", "what", "from_value", "to_value", "why")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger as it is kept; `at` is an instant in UTC, `hash` and `request_hash` are its links.

    `request_id` None: it is about the house, such as a model put into service; such lines have a chain of their own.
    """

    id: int
    request_id: int | None
    at: dt.datetime
    actor: str
    what: str
    from_value: str | None
    to_value: str | None
    why: str
    hash: str = ""
    request_hash: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of all: its number and hash."""

    id: int = 0
    hash: str = BEGINNING


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: the line that shows it, and what must have happened, in a sentence."""

    line: int
    request_id: int | None
    sentence: str


def links(line: Line, before: str, before_in_request: str) -> tuple[str, str]:
    """The hashes of a line that was written after these two (hexadecimal SHA-256)."""
    return _links(_VALUES(line), before, before_in_request)


def _links(values: tuple[Any, ...], before: str, before_in_request: str) -> tuple[str, str]:
    number, request, at, *words = values
    said = [str(number), None if request is None else str(request), _instant(at), *words]
    # Each value with its length before it, so that no two lines are ever written alike.
    written = "".join(["-" if one is None else f"{len(one)}:{one}" for one in said]).encode()
    return sha256(before.encode() + written).hexdigest(), sha256(before_in_request.encode() + written).hexdigest()


@lru_cache(maxsize=64)
def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def chained(values: Iterable[tuple[Any, ...]], head: Head, last_of: Mapping[int | None, str]) -> list[tuple[str, str]]:
    """The hashes of lines written after `head` and after the last line of each request (`last_of`).

    `values`: what stands in each line, in the order of `Line`, without its hashes; plain tuples, because intake
    writes a hundred lines at a time and has no time to lose.
    """
    before, last = head.hash, dict(last_of)
    found = []
    for one in values:
        before, mine = _links(one, before, last.get(one[1], BEGINNING))
        last[one[1]] = mine
        found.append((before, mine))
    return found


@dataclass(slots=True)
class Reading:
    """Reads a ledger from its first line to its last, and keeps what does not fit.

    Feed it every line in the order of their numbers, then ask for the `breaks`.
    """

    lines: int = 0
    head: Head = field(default_factory=Head)
    _last_of: dict[int | None, str] = field(default_factory=dict)
    _broken: list[_Misfit] = field(default_factory=list)

    def read(self, line: Line) -> None:
        """The next line."""
        before = self._last_of.get(line.request_id, BEGINNING)
        whole, own = links(line, self.head.hash, before)
        if (whole, own) != (line.hash, line.request_hash):
            fits = (whole == line.hash, own == line.request_hash)
            self._broken.append(_Misfit(line, self.head, before, *fits))
        self._last_of[line.request_id] = line.request_hash
        self.head = Head(line.id, line.hash)
        self.lines += 1

    def breaks(self, noted: Head) -> list[Break]:
        """What is wrong, in the order of the lines; `noted`: which line the database says is the last."""
        known = self._broken[:COMPARED]
        found = [said for one in known for said in _say(one, known)]
        if len(self._broken) > COMPARED:
            found.append(Break(0, None, f"{len(self._broken) - COMPARED} more lines do not fit"))
        return found + list(self._end(noted))

    def _end(self, noted: Head) -> Iterable[Break]:
        if noted.id > self.head.id:
            yield Break(noted.id, None, f"{_numbers(self.head.id + 1, noted.id)} missing at the end")
        elif noted != self.head and not any(one.line.id == self.head.id for one in self._broken):
            yield Break(self.head.id, None, f"line {self.head.id} is not the one that was written last")


@dataclass(frozen=True, slots=True)
class _Misfit:
    """A line whose hashes do not fit what stands before it, and which of the two does fit."""

    line: Line
    before: Head
    before_in_request: str
    fits_all: bool
    fits_request: bool


def _say(one: _Misfit, broken: Sequence[_Misfit]) -> Iterable[Break]:
    line, first = one.line, one.before.id + 1
    about = "the house" if line.request_id is None else f"REQ-{line.request_id}"
    whose = f"line {line.id} ({about}, {line.what} of {line.at:%Y-%m-%d %H:%M} UTC)"
    if not one.fits_all and line.id > first:
        # What follows a gap cannot fit, so nothing is known of this line itself unless its own request vouches for it.
        yield Break(first, None, f"{_numbers(first, line.id - 1)} missing before {whose}")
    elif not one.fits_all and not one.fits_request:
        was = _written_as(one, broken)
        what = f"was moved: it was written as line {was}" if was else "was changed, or moved here"
        yield Break(line.id, line.request_id, f"{whose} {what}")
    elif not one.fits_all:
        yield Break(
            line.id, line.request_id, f"{whose} was not written after the line before it: one of them was moved"
        )
    else:
        lost = f"was not written after the line of {about} before it: that was changed, moved or removed"
        yield Break(line.id, line.request_id, f"{whose} {lost}")


def _numbers(first: int, last: int) -> str:
    return f"line {first} is" if first == last else f"lines {first} to {last} are"


def _written_as(one: _Misfit, broken: Sequence[_Misfit]) -> int | None:
    """The number under which a line was written, if it fits in the place of another broken one."""
    for other in broken:
        number = other.before.id + 1
        there = replace(one.line, id=number)
        if number != one.line.id and links(there, other.before.hash, "")[0] == one.line.hash:
            return number
    return None
