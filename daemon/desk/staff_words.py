"""Staff words: what somebody of the staff may say on the first line of a reply, so that something happens.

A closed grammar: the line is one of these and nothing else, or it is what it was before, words for the requester.
Reads text; decides nothing about who may say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from daemon.desk.waiting import WaitsFor


class Verb(StrEnum):
    """What a staff word asks for."""

    CLAIM = "claim"
    DECLINE = "decline"
    HAND_OVER = "hand over"
    MOVE = "move"
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


#: What is written below these is for the requester; below the others it is the reason, for colleagues.
SPEAKS_TO_REQUESTER = frozenset({Verb.CLAIM, Verb.WAIT, Verb.RESUME, Verb.RESOLVE, Verb.CLOSE, Verb.REOPEN})

_REASON = r"(?:\s*:\s*(?P<why>.{1,200}))?"
_DAY = r"(?P<day>\d{4}-\d\d-\d\d)"
_ON = r"(?P<on>\d{4}-\d\d-\d\d)"
_ADDRESS = r"<?(?P<to>[^\s<>:]{1,64}@[^\s<>:]{1,190})>?"
_LINES: Mapping[Verb, str] = {
    Verb.CLAIM: "claim|take|accept",
    Verb.DECLINE: rf"decline{_REASON}",
    Verb.HAND_OVER: rf"(?:hand over|assign) to {_ADDRESS}{_REASON}",
    Verb.MOVE: rf"(?:move|assign) to (?P<department>[a-z][a-z0-9_-]{{0,39}}){_REASON}",
    Verb.WAIT: rf"wait (?:for (?P<whom>requester|third party)(?: until {_DAY})?|until {_ON}){_REASON}",
    Verb.RESUME: rf"resume{_REASON}",
    Verb.RESOLVE: rf"(?:resolve|done){_REASON}",
    Verb.CLOSE: rf"close{_REASON}",
    Verb.REOPEN: rf"reopen{_REASON}",
}
_PATTERNS = {verb: re.compile(line, re.IGNORECASE) for verb, line in _LINES.items()}


@dataclass(frozen=True, slots=True)
class StaffWord:
    """What was asked for, with the words below the line.

    to: an address; department: a slug; waits_for, day: for whom and until when; why: the reason behind a colon, "" if
    none was given.
    """

    verb: Verb
    rest: str
    why: str = ""
    to: str = ""
    department: str = ""
    waits_for: WaitsFor | None = None
    day: date | None = None

    @property
    def reason(self) -> str:
        """The reason in one line: behind the colon, or for colleagues the words below."""
        below = "" if self.verb in SPEAKS_TO_REQUESTER else " ".join(self.rest.split())[:200]
        return self.why or below


def staff_word(words: str) -> StaffWord | None:
    """The staff word with which these newest words of a mail begin; None if they begin with anything else."""
    first, _, rest = words.lstrip().partition("\n")
    line = " ".join(first.split())
    for verb, pattern in _PATTERNS.items():
        found = pattern.fullmatch(line)
        if found is not None:
            return _read(verb, found.groupdict(), rest.strip())
    return None


def _read(verb: Verb, said: Mapping[str, str | None], rest: str) -> StaffWord | None:
    """None where the day does not exist: then the line is no staff word."""
    written = said.get("day") or said.get("on")
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        return None
    whom = said.get("whom")
    waits_for = (WaitsFor(whom.lower().replace(" ", "_")) if whom else WaitsFor.DATE) if verb is Verb.WAIT else None
    return StaffWord(
        verb,
        rest,
        (said.get("why") or "").strip(),
        (said.get("to") or "").lower(),
        (said.get("department") or "").lower(),
        waits_for,
        day,
    )
