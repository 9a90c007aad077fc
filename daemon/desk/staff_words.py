"""Staff words: what somebody of the staff may say on the first line of a reply, so that something happens.

A closed grammar: the line is one of these and nothing else, or it is what it was before, words for the requester.
Reads text; decides nothing about who may say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from daemon.desk.waiting import WaitsFor


class Verb(StrEnum):
    """What a staff word asks for."""

    CLAIM = "claim"
    DECLINE = "decline"
    HAND_OVER = "hand over"
    MOVE = "move"
    WAIT = "wait"
    LATER = "later"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


#: What is written below these is for the requester; below the others it is the reason: for colleagues, or, of a
#: later date, for the requester, who reads it with the date.
SPEAKS_TO_REQUESTER = frozenset({Verb.CLAIM, Verb.WAIT, Verb.RESUME, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})

_REASON = r"(?:\s*:\s*(?P<why>.{1,200}))?"
_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
_ON = r"(?P<on>\d{4}-\d\d-\d\d)"
# "Later today I will call" is an answer like any other: only a date behind the word counts. Dates and times as they are
# written in the languages of our mails.
_LATER = (
    r"(?:later|new date|später|spaeter|neuer termin|plus tard|nouvelle date|más tarde|mas tarde|nueva fecha) ?:? ?"
    r"(?:(?:by|until|on|bis|am|le|el) )?(?P<later>\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4})(?!\d)"
    r"(?:,? (?:at |um |à |a las )?(?P<time>\d{1,2}[:h.]\d{2})(?!\d)(?: ?(?:uhr|h)\b)?)?"
    r" ?[,;:.\u2013-]? ?(?P<reason>.*)"
)
_ADDRESS = r"<?(?P<to>[^\s<>:]{1,64}@[^\s<>:]{1,190})>?"
_LINES: Mapping[Verb, str] = {
    Verb.CLAIM: "claim|take|accept",
    Verb.DECLINE: rf"decline{_REASON}",
    Verb.HAND_OVER: rf"(?:hand over|assign) to {_ADDRESS}{_REASON}",
    Verb.MOVE: rf"(?:move|assign) to (?P<department>[a-z][a-z0-9_-]{{0,39}}){_REASON}",
    Verb.WAIT: rf"wait (?:for (?P<whom>requester|third party)(?: until {_DAY})?|until {_ON}){_REASON}",
    Verb.LATER: _LATER,
    Verb.RESUME: rf"resume{_REASON}",
    Verb.RESOLVE: rf"(?:resolve|done){_REASON}",
    Verb.CLOSE: rf"close{_REASON}",
    Verb.REOPEN: rf"reopen{_REASON}",
}
_PATTERNS = {verb: re.compile(line, re.IGNORECASE) for verb, line in _LINES.items()}


@dataclass(frozen=True, slots=True)
class StaffWord:
    """What was asked for, with the words below the line.

    to: an address; department: a slug; waits_for, day: for whom and until when; at: the time on that day, by the clock
    of the department, None if none was said; why: the reason behind a colon or a date, "" if none was given.
    no_date: what was written as a date and is none, "" if all is well.
    """

    verb: Verb
    rest: str
    why: str = ""
    to: str = ""
    department: str = ""
    waits_for: WaitsFor | None = None
    day: date | None = None
    at: time | None = None
    no_date: str = ""

    @property
    def reason(self) -> str:
        """The reason in one line: behind the colon, or for colleagues the words below; of a later date, both."""
        if self.verb is Verb.LATER:
            return " ".join(f"{self.why} {self.rest}".split())
        below = "" if self.verb in SPEAKS_TO_REQUESTER else " ".join(self.rest.split())[:200]
        return self.why or below


def staff_word(words: str) -> StaffWord | None:
    """The staff word with which these newest words of a mail begin; None if they begin with anything else."""
    first, _, rest = words.lstrip().partition("\n")
    line = " ".join(first.split())
    for verb, pattern in _PATTERNS.items():
        found = pattern.fullmatch(line)
        if found is not None:
            return _read(verb, {name: said or "" for name, said in found.groupdict().items()}, rest.strip())
    return None


def _read(verb: Verb, said: Mapping[str, str], rest: str) -> StaffWord:
    written = next((said[name] for name in ("day", "on", "later") if said.get(name)), "")
    clock = said.get("time", "")
    try:
        day, at = _day(written), _time(clock)
    except ValueError:
        day, at = None, None
    whom = said.get("whom", "")
    waits_for = (WaitsFor(whom.lower().replace(" ", "_")) if whom else WaitsFor.DATE) if verb is Verb.WAIT else None
    return StaffWord(
        verb,
        rest,
        (said.get("why") or said.get("reason") or "").strip(),
        said.get("to", "").lower(),
        said.get("department", "").lower(),
        waits_for,
        day,
        at,
        f"{written} {clock}".strip() if written and day is None else "",
    )


def _day(written: str) -> date | None:
    """Raises ValueError for a day that does not exist."""
    if not written:
        return None
    if "-" in written:
        year, month, day = written.split("-")
    else:
        day, month, year = written.split(".")
    return date(int(year), int(month), int(day))


def _time(written: str) -> time | None:
    """Raises ValueError for a time that does not exist."""
    return time(int(written[:-3]), int(written[-2:])) if written else None
