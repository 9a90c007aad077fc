"""Staff words: what somebody of the staff may say on the first line of a reply, so that something happens.

A closed grammar: the line is one of these and nothing else, or it is what it was before, words for the requester.
Reads text; decides nothing about who may say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from unicodedata import normalize

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


@dataclass(frozen=True, slots=True)
class Tongue:
    """The words of one language. Written with their accents, and understood without them too.

    words: for each verb what may be said; what is said before an address (hand over) or a department (move). requester,
    third_party: for whom it waits; wait: what is said before a day. until: what may stand before a day. days: Monday to
    Sunday, then tomorrow. dates: how a day is written beside 2026-12-01 and 1.12.2026.
    """

    words: Mapping[Verb, tuple[str, ...]]
    requester: tuple[str, ...]
    third_party: tuple[str, ...]
    wait: tuple[str, ...]
    until: tuple[str, ...]
    days: tuple[str, ...]
    at: tuple[str, ...]
    dates: tuple[str, ...] = ()


#: Day before month; only who writes in a language in which nobody does otherwise is believed.
_DAY_FIRST = r"\d{1,2}/\d{1,2}/\d{4}"

#: The languages of our mails.
TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(
        {
            Verb.CLAIM: ("claim", "take", "accept"),
            Verb.DECLINE: ("decline",),
            Verb.HAND_OVER: ("hand over to", "assign to"),
            Verb.MOVE: ("move to", "assign to"),
            Verb.LATER: ("later", "new date"),
            Verb.RESUME: ("resume",),
            Verb.RESOLVE: ("resolve", "done"),
            Verb.CLOSE: ("close",),
            Verb.REOPEN: ("reopen",),
        },
        requester=("wait for requester",),
        third_party=("wait for third party",),
        wait=("wait",),
        until=("by", "until", "on"),
        days=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow"),
        at=("at",),
    ),
    "de": Tongue(
        {
            Verb.CLAIM: ("übernehmen", "übernehme ich", "annehmen"),
            Verb.DECLINE: ("ablehnen",),
            Verb.HAND_OVER: ("übergeben an", "zuweisen an"),
            Verb.MOVE: ("verschieben nach", "verschieben an", "zuweisen an"),
            Verb.LATER: ("später", "neuer termin"),
            Verb.RESUME: ("fortsetzen", "weiterarbeiten"),
            Verb.RESOLVE: ("erledigt", "gelöst"),
            Verb.CLOSE: ("schließen",),
            Verb.REOPEN: ("wieder öffnen", "wiedereröffnen"),
        },
        requester=("warten auf anfragende", "warten auf anfragenden", "warten auf antwort"),
        third_party=("warten auf dritte", "warten auf dritten"),
        wait=("warten",),
        until=("bis", "bis zum", "am"),
        days=("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "morgen"),
        at=("um",),
    ),
    "fr": Tongue(
        {
            Verb.CLAIM: ("prendre", "je prends", "accepter"),
            Verb.DECLINE: ("refuser", "décliner"),
            Verb.HAND_OVER: ("transmettre à", "confier à"),
            Verb.MOVE: ("déplacer vers", "transmettre à"),
            Verb.LATER: ("plus tard", "nouvelle date"),
            Verb.RESUME: ("reprendre",),
            Verb.RESOLVE: ("résolu", "terminé"),
            Verb.CLOSE: ("clore", "fermer"),
            Verb.REOPEN: ("rouvrir",),
        },
        requester=("attendre le demandeur", "attendre la demandeuse"),
        third_party=("attendre un tiers",),
        wait=("attendre",),
        until=("le", "jusqu'à", "jusqu'au", "d'ici", "d'ici à", "d'ici le", "d'ici au"),
        days=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "demain"),
        at=("à",),
        dates=(_DAY_FIRST,),
    ),
    "es": Tongue(
        {
            Verb.CLAIM: ("asumir", "lo tomo", "aceptar"),
            Verb.DECLINE: ("rechazar",),
            Verb.HAND_OVER: ("entregar a", "asignar a"),
            Verb.MOVE: ("mover a", "asignar a"),
            Verb.LATER: ("más tarde", "nueva fecha"),
            Verb.RESUME: ("reanudar",),
            Verb.RESOLVE: ("resuelto", "hecho"),
            Verb.CLOSE: ("cerrar",),
            Verb.REOPEN: ("reabrir",),
        },
        requester=("esperar al solicitante", "esperar a la solicitante"),
        third_party=("esperar a un tercero",),
        wait=("esperar",),
        until=("el", "hasta", "hasta el", "para el"),
        days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "mañana"),
        at=("a las", "a la"),
        dates=(_DAY_FIRST,),
    ),
}

_ADDRESS = r"<?(?P<to>[^\s<>:]{1,64}@[^\s<>:]{1,190})>?"
_DEPARTMENT = r"(?P<department>[a-z][a-z0-9_-]{0,39})"
_REASON = r"(?:\s*:\s*(?P<why>.{1,200}))?"
_TOMORROW = 7
# As keyboards without them write them.
_PLAIN = {"ä": "ae|a", "ö": "oe|o", "ü": "ue|u", "ß": "ss", "'": "\u2019"} | dict(zip("éàáñ", "eaan", strict=True))


def _said(one: str) -> str:
    """A pattern for these words, with or without their accents."""
    return "".join(f"(?:{letter}|{_PLAIN[letter]})" if letter in _PLAIN else re.escape(letter) for letter in one)


def _any_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(_said(one) for one in sorted(set(words), key=lambda one: (-len(one), one)))})"


_UNTIL = _any_of(one for tongue in TONGUES.values() for one in tongue.until)
_AT = _any_of(one for tongue in TONGUES.values() for one in tongue.at)
_DAYS = {_said(one): number for tongue in TONGUES.values() for number, one in enumerate(tongue.days)}
_NAMED = f"(?P<named>{_any_of(one for tongue in TONGUES.values() for one in tongue.days)})"


def _lines(tongue: Tongue) -> Iterator[tuple[Verb, WaitsFor | None, str]]:
    """Each line of the grammar in one language, in the order in which they are tried."""
    dates = "|".join((r"\d{4}-\d{1,2}-\d{1,2}", r"\d{1,2}\.\d{1,2}\.\d{4}", *tongue.dates))
    written = rf"(?P<written>{dates})(?!\d)"
    a_day = rf"{_UNTIL} (?:{written}|{_NAMED})"
    for verb, words in tongue.words.items():
        behind = _BEHIND.get(verb)
        if behind is not None:
            yield verb, None, _any_of(words) + behind
    yield Verb.WAIT, WaitsFor.REQUESTER, rf"{_any_of(tongue.requester)}(?: {a_day})?{_REASON}"
    yield Verb.WAIT, WaitsFor.THIRD_PARTY, rf"{_any_of(tongue.third_party)}(?: {a_day})?{_REASON}"
    yield Verb.WAIT, WaitsFor.DATE, rf"{_any_of(tongue.wait)} {a_day}{_REASON}"
    # "Later today I will call" is an answer like any other: only a date behind the word counts, and behind a day that
    # is named ("later by Friday", "later tomorrow") nothing or a reason that is set apart.
    later = rf"{_any_of(tongue.words[Verb.LATER])} ?:? ?"
    clock = rf"(?:,? (?:{_AT} )?(?P<time>\d{{1,2}}[:h.]\d{{2}})(?!\d)(?: ?(?:uhr|h)\b)?)?"
    yield Verb.LATER, None, rf"{later}(?:{_UNTIL} )?{written}{clock} ?[,;:.\u2013-]? ?(?P<why>.*)"
    yield Verb.LATER, None, rf"{later}{_UNTIL} {_NAMED}{clock}(?: ?[,;:\u2013-] ?(?P<why>.+))?"
    yield Verb.LATER, None, rf"{later}{_NAMED}{clock}(?: ?: ?(?P<why>.+))?"


_BEHIND: Mapping[Verb, str] = {
    Verb.CLAIM: "",
    Verb.DECLINE: _REASON,
    Verb.HAND_OVER: f" {_ADDRESS}{_REASON}",
    Verb.MOVE: f" {_DEPARTMENT}{_REASON}",
    Verb.RESUME: _REASON,
    Verb.RESOLVE: _REASON,
    Verb.CLOSE: _REASON,
    Verb.REOPEN: _REASON,
}
#: Before what is asked for, as subjects and digests name a request.
_ORDER = re.compile(r"[-*\u2022]?\s*\[?REQ-([1-9]\d{0,17})\]?\s*[:,\u2013-]?\s+(\S.*)", re.IGNORECASE)
_PATTERNS = [
    (verb, waits_for, re.compile(line, re.IGNORECASE))
    for tongue in TONGUES.values()
    for verb, waits_for, line in _lines(tongue)
]


@dataclass(frozen=True, slots=True)
class StaffWord:
    """What was asked for, with the words below the line.

    to: an address; department: a slug; waits_for, day: for whom and until when; at: the time on that day, by the clock
    of the department, None if none was said; why: the reason behind a colon or a date, "" if none was given.
    no_date: what was written as a date and is none, "" if all is well. named: a day of the week from 0 (Monday) on, or
    7 for tomorrow, instead of a date.
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
    named: int | None = None

    @property
    def reason(self) -> str:
        """The reason in one line: behind the colon, or for colleagues the words below; of a later date, both."""
        if self.verb is Verb.LATER:
            return " ".join(f"{self.why} {self.rest}".split())
        below = "" if self.verb in SPEAKS_TO_REQUESTER else " ".join(self.rest.split())[:200]
        return self.why or below

    def on(self, today: date) -> date | None:
        """The day that was asked for; one that was named is the next of its name after today. None for none."""
        if self.named is None:
            return self.day
        days = 1 if self.named == _TOMORROW else (self.named - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Order:
    """One line that names a request: `REQ-12 take`. said: what stands behind the reference; word: None if that is no
    staff word."""

    number: int
    said: str
    word: StaffWord | None


def staff_word(words: str) -> StaffWord | None:
    """The staff word with which these newest words of a mail begin; None if they begin with anything else."""
    first, _, rest = words.lstrip().partition("\n")
    # Some programs write an accent as a sign of its own behind the letter.
    line = " ".join(normalize("NFC", first).split())
    for verb, waits_for, pattern in _PATTERNS:
        found = pattern.fullmatch(line)
        if found is not None:
            said = {name: said or "" for name, said in found.groupdict().items()}
            return _read(verb, waits_for, said, rest.strip())
    return None


def orders(words: str) -> tuple[tuple[Order, ...], str]:
    """The lines at the top of these newest words that begin with a reference, and what stands below them.

    No line below the first that is none counts: it may be a quotation without its mark.
    """
    lines = words.strip().split("\n")
    found: list[Order] = []
    for number, line in enumerate(lines):
        named = _ORDER.fullmatch(line.strip())
        if line.strip() and named is None:
            return tuple(found), "\n".join(lines[number:]).strip()
        if named is not None:
            found.append(Order(int(named[1]), named[2], staff_word(named[2])))
    return tuple(found), ""


def _read(verb: Verb, waits_for: WaitsFor | None, said: Mapping[str, str], rest: str) -> StaffWord:
    written, clock = said.get("written", ""), said.get("time", "")
    try:
        day, at = _day(written), _time(clock)
    except ValueError:
        day, at = None, None
    named = said.get("named", "")
    exists = day is not None or (bool(named) and (at is not None or not clock))
    return StaffWord(
        verb,
        rest,
        said.get("why", "").strip(),
        said.get("to", "").lower(),
        said.get("department", "").lower(),
        waits_for,
        day,
        at,
        "" if exists else f"{written or named} {clock}".strip(),
        _number_of(named) if named and exists else None,
    )


def _number_of(named: str) -> int:
    return next(number for one, number in _DAYS.items() if re.fullmatch(one, named, re.IGNORECASE))


def _day(written: str) -> date | None:
    """Raises ValueError for a day that does not exist."""
    if not written:
        return None
    if "-" in written:
        year, month, day = written.split("-")
    else:
        day, month, year = re.split(r"[./]", written)
    return date(int(year), int(month), int(day))


def _time(written: str) -> time | None:
    """Raises ValueError for a time that does not exist."""
    return time(int(written[:-3]), int(written[-2:])) if written else None
