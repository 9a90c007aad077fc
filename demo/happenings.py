"""Happenings: one line for everything that can be seen to happen, in the order in which it was seen.

Turns what was delivered, recorded and sent into sentences. Decides; touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from demo.record import Fate
from demo.sent import SentMail
from demo.timetable import DemoMail

#: What a mail of ours is to its receiver, and whether the live table has no other place to show it.
_SENT = {
    "acknowledgement": "acknowledgement to",
    "assignment": "given to",
    "follow_up": "follow-up shown to",
    "answer": "answer passed on to",
    "new_owner": "new owner told to",
    "reminder": "reminder to",
    "warning": "warning to",
    "escalation": "escalation to",
    "apology": "apology to",
}
_REFERENCE = re.compile(r"\[(REQ-\d+)\]")


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: `at` in seconds since the epoch, `word` a kind by which it is coloured."""

    at: float
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is known at one moment. Times are seconds since the epoch; mails go by their file."""

    now: float
    mails: tuple[DemoMail, ...]
    departments: Mapping[str, str]
    delivered: Mapping[str, float] = field(default_factory=dict)
    fates: Mapping[str, Fate] = field(default_factory=dict)
    sent: tuple[SentMail, ...] = ()


def happened_since(before: Seen, after: Seen) -> list[Happening]:
    """What is new in `after`: what came, what became of it, what left."""
    left = [_left(mail) for mail in after.sent[len(before.sent) :]]
    return [*_arrivals(before, after), *_placings(before, after), *left]


def _arrivals(before: Seen, after: Seen) -> Iterator[Happening]:
    for mail in after.mails:
        if mail.file in after.delivered and mail.file not in before.delivered:
            to = " and ".join(f"{inbox}@" for inbox in mail.inboxes)
            about = mail.subject or "(no subject)"
            yield Happening(after.delivered[mail.file], "mail", f"{mail.sender_name} writes to {to}: {about}")


def _placings(before: Seen, after: Seen) -> Iterator[Happening]:
    for mail in after.mails:
        old, new = before.fates.get(mail.file), after.fates.get(mail.file)
        if new is None:
            continue
        if old is None:
            yield Happening(after.now, _word(new), _placed(mail, new, after.departments))
        elif old.department != new.department:
            yield Happening(
                after.now, "assigned", f"REQ-{new.request} is sorted by hand: {_whose(new, after.departments)}"
            )


def _word(fate: Fate) -> str:
    if fate.disposition == "request":
        return fate.source
    return "followup" if fate.disposition == "follow_up" else "aside"


def _placed(mail: DemoMail, fate: Fate, departments: Mapping[str, str]) -> str:
    if fate.disposition == "request":
        return f"REQ-{fate.request} {_whose(fate, departments)} ({how(fate)})"
    if fate.disposition == "follow_up":
        return f"REQ-{fate.request} {mail.sender_name} has written again"
    return f"set aside as {fate.disposition.replace('_', ' ')}: {mail.subject} ({how(fate)})"


def _whose(fate: Fate, departments: Mapping[str, str]) -> str:
    if fate.department is None:
        return "-> triage"
    return f"-> {departments[fate.department]}, {person(fate.owner)}"


def _left(mail: SentMail) -> Happening:
    about = _REFERENCE.search(mail.subject)
    reference = f"{about[1]} " if about else ""
    what = _SENT.get(mail.kind, f"'{mail.subject}' to")
    return Happening(mail.seen_at, mail.kind, f"{reference}{what} {mail.recipient}")


def how(fate: Fate) -> str:
    """Why a mail became what it is, in a few words: by which rule, how sure the model was, what else was seen."""
    if fate.disposition != "request":
        # Before the sentence stands the word for it.
        return fate.disposition_reason.partition(": ")[2] or fate.disposition_reason
    if fate.source == "rule":
        return fate.reason.replace(" matched: ", ": ")
    said = fate.reason.partition(": ")[2].partition("; ")[0] or fate.reason
    return f"model: {said}" if fate.source == "model" else f"not sure: {said}"


def person(address: str) -> str:
    """The name in an address of the house: mara.vogt@lindwerk.example is Mara Vogt."""
    return address.partition("@")[0].replace(".", " ").title()
