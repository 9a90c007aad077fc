"""Reads a condition aloud, as its author would say it. Only words: nothing is matched here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.facts_file import DAYS
from rules.rule import (
    CameAt,
    ComesFromDomain,
    Condition,
    FactIs,
    FitsRegex,
    Group,
    HasAttachment,
    HasAttachmentType,
    HasWords,
    HeaderHas,
    IsAddressed,
    Measures,
)

_PLACES = {"subject": "the subject", "body": "the body", "words": "the subject or the body"}
_SIDES = {
    "to": "it is sent to",
    "cc": "it is in copy to",
    "delivered_to": "it is delivered to",
    "from": "it comes from",
}


def aloud(condition: Condition) -> str:
    """A condition -> a clause: "the subject has 'invoice' or 'rechnung'"."""
    return _CLAUSES[type(condition)](condition)


def _one_of(written: Iterable[str]) -> str:
    *others, last = [f"'{text}'" for text in written]
    return f"{', '.join(others)} or {last}" if others else last


def _group(group: Group) -> str:
    parts = [f"({aloud(part)})" if isinstance(part, Group) else aloud(part) for part in group.parts]
    if group.how == "none":
        return f"not: {', and not: '.join(parts)}"
    return (", or " if group.how == "any" else ", and ").join(parts)


def _words(condition: HasWords) -> str:
    if condition.customer:
        return f"it names the customer {_one_of(phrase.written for phrase in condition.phrases)}"
    return f"{_PLACES[condition.place]} has {_one_of(phrase.written for phrase in condition.phrases)}"


def _addressed(condition: IsAddressed) -> str:
    return f"{_SIDES[condition.side]} {_one_of(pattern.written for pattern in condition.patterns)}"


def _from_domain(condition: ComesFromDomain) -> str:
    return f"it comes from the domain {_one_of(pattern.written for pattern in condition.patterns)}"


def _header(condition: HeaderHas) -> str:
    return f"the header {condition.name} has {_one_of(phrase.written for phrase in condition.phrases)}"


def _attachment(condition: HasAttachment) -> str:
    return f"an attachment is named like {_one_of(pattern.written for pattern in condition.patterns)}"


def _regex(condition: FitsRegex) -> str:
    return f"{_PLACES[condition.place]} fits {_one_of(pattern.written for pattern in condition.patterns)}"


def _attachment_type(condition: HasAttachmentType) -> str:
    return f"an attachment is of type {_one_of(pattern.written for pattern in condition.patterns)}"


def _fact(condition: FactIs) -> str:
    return f"the {condition.fact} is {_one_of(condition.values)}"


def _measured(condition: Measures) -> str:
    if condition.measure == "size":
        return f"it is {'larger' if condition.over else 'smaller'} than {condition.written}"
    return f"it refers to {'more' if condition.over else 'fewer'} than {condition.written} earlier mails"


def _came_at(condition: CameAt) -> str:
    said = [f"it came, by the calendar '{condition.calendar}'"]
    if condition.is_open is not None:
        said.append(f"while it is {'open' if condition.is_open else 'closed'}")
    if condition.days is not None:
        said.append(f"on {', '.join(DAYS[day] for day in condition.days)}")
    if condition.between is not None:
        said.append("between {:%H:%M} and {:%H:%M}".format(*condition.between))
    return ", ".join(said)


# The value type of each clause is the key beside it; the type checker cannot say that of a table.
_CLAUSES: Mapping[type[Condition], Callable[[Any], str]] = {
    HasWords: _words,
    IsAddressed: _addressed,
    ComesFromDomain: _from_domain,
    HeaderHas: _header,
    HasAttachment: _attachment,
    HasAttachmentType: _attachment_type,
    FitsRegex: _regex,
    FactIs: _fact,
    Measures: _measured,
    CameAt: _came_at,
    Group: _group,
}
