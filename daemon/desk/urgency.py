"""Urgency: what raises the priority of a request, and what a lead should look at, each with its reason.

A rule or the table of impact and urgency says where it begins. A customer who waits raises it; the requester's own
"urgent" raises it by one step at most, or every mail would be. Decides; touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from daemon.desk.request import Priority

_STEPS = tuple(Priority)
_WORD = re.compile(r"\w+")
_FEW_WORDS = 4

T = TypeVar("T")

#: How much of a mail is looked through for customers, and how much of its beginning for hurry and anger (characters).
_LOOKED_THROUGH, _BEGINNING = 20_000, 600

#: A customer's name that is shorter than this would be found in every other mail.
SHORTEST_NAME = 3

_NOT = frozenset({"not", "nicht", "pas", "no", "es", "non", "less", "kein", "keine", "wenig", "peu"})
_URGENT = (
    *("urgent", "urgently", "asap", "as soon as possible", "emergency", "right away"),
    *("dringend", "dringende", "dringender", "dringendes", "dringenden", "eilt", "eilig", "notfall"),
    *("so schnell wie möglich", "schnellstmöglich"),
    *("urgente", "urgents", "urgentes", "urgence", "au plus vite", "dès que possible"),
    *("urge", "urgentemente", "lo antes posible", "cuanto antes"),
)
_IRATE = (
    *("unacceptable", "outrageous", "disgrace", "disgraceful", "ridiculous", "fed up", "what a joke"),
    *("how many times", "how many more times", "for the third time", "for the fourth time", "for the fifth time"),
    *("for the umpteenth time", "for the hundredth time", "file a complaint"),
    *("inakzeptabel", "unverschämt", "unverschämtheit", "frechheit", "zumutung", "lächerlich", "beschwere mich"),
    *("zum dritten mal", "zum vierten mal", "zum wiederholten mal", "zum hundertsten mal", "stinksauer"),
    *("inadmissible", "inacceptable", "scandaleux", "honteux", "ras le bol", "pour la troisième fois"),
    *("pour la quatrième fois", "pour la énième fois"),
    *("inaceptable", "indignante", "vergonzoso", "vergonzosa", "una vergüenza", "es el colmo", "por tercera vez"),
    *("por cuarta vez", "por enésima vez"),
)
#: X-Priority: 1 and 2 (Outlook, Thunderbird), Importance: high (RFC 4021 2.1.54), Priority: urgent (RFC 2156).
_HEADERS = {"x-priority": ("1", "2"), "importance": ("high",), "priority": ("urgent",)}

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the organisation, and by how many steps a request that names it rises."""

    name: str
    spellings: tuple[str, ...]
    steps: int = 1


@dataclass(frozen=True, slots=True)
class Customers:
    """All customers, found by the first word of each spelling: a mail costs the same with ten and with ten thousand."""

    by_first_word: Mapping[str, Sequence[tuple[Words, Customer]]] = field(default_factory=dict)

    @classmethod
    def of(cls, customers: Iterable[Customer]) -> Customers:
        """Make the index."""
        return cls(_by_first_word((spelling, one) for one in customers for spelling in one.spellings))

    def named_in(self, *texts: str) -> Customer | None:
        """The customer that these texts name; of several the one that raises most."""
        if not self.by_first_word:
            return None
        found = (one for text in texts for _, one in _found_in(words_of(text[:_LOOKED_THROUGH]), self.by_first_word))
        return max(found, key=lambda one: one.steps, default=None)


@dataclass(frozen=True, slots=True)
class Hurry:
    """A priority, and the reason that requester and owner read; "" where nothing gave one."""

    priority: Priority
    reason: str


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in the form in which they are compared."""
    return tuple(_WORD.findall(text.casefold()))


def says_urgent(subject: str, words: str, headers: Iterable[tuple[str, str]]) -> str:
    """With which words, or by which header field (lower case), a mail says that it is urgent; "" if it does not."""
    said = words_of(f"{subject}\n{words[:_BEGINNING]}")
    for at, phrase in _found_in(said, _URGENT_BY_FIRST_WORD):
        if not at or said[at - 1] not in _NOT:
            return phrase
    for name, value in headers:
        if name in _HEADERS and value.strip().lower().startswith(_HEADERS[name]):
            return f"{name}: {value.strip()[:20]}"
    return ""


def says_irate(subject: str, words: str) -> str:
    """With which words a mail shows that its writer has lost patience; "" if it does not.

    Kept to what nobody writes who has patience: a lead who is called to every third mail looks at none.
    """
    beginning = f"{subject}\n{words[:_BEGINNING]}"
    for _, phrase in _found_in(words_of(beginning), _IRATE_BY_FIRST_WORD):
        return phrase
    if "!!!" in beginning:
        return "!!!"
    shouts = words[:_BEGINNING].isupper() and len(words.split()) >= _FEW_WORDS
    return "capital letters throughout" if shouts else ""


def weigh(start: Priority, reason: str, customer: Customer | None, urgent: str) -> Hurry:
    """The priority of a request that began at `start` for this reason.

    customer: who waits behind it, if anybody. urgent: with which words the requester says so, "" if they do not.
    """
    reasons = [reason] if reason else []
    priority = start
    if customer is not None and priority is not Priority.URGENT:
        priority = _raised(priority, customer.steps)
        reasons.append(f"the customer {customer.name} waits behind it")
    if urgent and priority is not Priority.URGENT:
        priority = _raised(priority, 1)
        reasons.append(f"its requester says so: {urgent}")
    return Hurry(priority, "; ".join(reasons))


def _raised(priority: Priority, steps: int) -> Priority:
    return _STEPS[min(len(_STEPS) - 1, _STEPS.index(priority) + steps)]


def _by_first_word(phrases: Iterable[tuple[str, T]]) -> dict[str, list[tuple[Words, T]]]:
    found: dict[str, list[tuple[Words, T]]] = {}
    for phrase, meant in phrases:
        words = words_of(phrase)
        if words:
            found.setdefault(words[0], []).append((words, meant))
    return found


def _found_in(words: Words, index: Mapping[str, Sequence[tuple[Words, T]]]) -> Iterator[tuple[int, T]]:
    """Where each phrase begins, and what it means."""
    for at, word in enumerate(words):
        if word in index:
            for phrase, meant in index[word]:
                if words[at : at + len(phrase)] == phrase:
                    yield at, meant


_URGENT_BY_FIRST_WORD = _by_first_word((one, one) for one in _URGENT)
_IRATE_BY_FIRST_WORD = _by_first_word((one, one) for one in _IRATE)
