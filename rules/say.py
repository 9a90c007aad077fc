"""Reads a condition aloud, as its author would say it. Only words: nothing is matched here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.rule import (
    ComesFromDomain,
    Condition,
    FitsRegex,
    Group,
    HasAttachment,
    HasWords,
    HeaderHas,
    IsAddressed,
)

_PLACES = {"subject": "the subject", "body": "the body", "words": "the subject or the body"}
_SIDES = {"to": "it is sent to", "from": "it comes from"}


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


# The value type of each clause is the key beside it; the type checker cannot say that of a table.
_CLAUSES: Mapping[type[Condition], Callable[[Any], str]] = {
    HasWords: _words,
    IsAddressed: _addressed,
    ComesFromDomain: _from_domain,
    HeaderHas: _header,
    HasAttachment: _attachment,
    FitsRegex: _regex,
    Group: _group,
}
