"""Finds, in one pass over a mail, the few rules of a thousand that may hold.

Of each rule the index keeps signs, one of which every mail has that the rule catches: a word, two words side by side,
an address, the name of a file. It looks the words of the mail up among the signs instead of looking for every sign in
the mail. A rule found so may still not hold; one that is not found cannot. Thinks; touches nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from rules.mail_words import MailWords, Text
from rules.rule import (
    CameAt,
    ComesFromDomain,
    Condition,
    DomainPattern,
    FactIs,
    FitsRegex,
    Group,
    HasAttachment,
    HasAttachmentType,
    HasWords,
    HeaderHas,
    IsAddressed,
    Measures,
    Phrase,
    Rule,
    Side,
    Word,
)
from rules.words import fold

Numbers = set[int]
"""Places of rules in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class _WordSign:
    """One word, or two side by side, in a text: "subject", "body", or "header x-priority"."""

    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _KeySign:
    """Something that a mail says of itself in a few words, such as ("from", "domain", "lindwerk.example")."""

    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _PieceSign:
    """A piece of text that a regular expression needs, or a pattern for the names of attachments."""

    text: str
    piece: str


_Sign = _WordSign | _KeySign | _PieceSign
_Signs = tuple[float, tuple[_Sign, ...]] | None
"""Signs and how many rules they are likely to bring in vain; None: every mail must be looked at."""

_PAIR, _WORD, _PIECE, _PERSON, _MANY = 0.2, 1.0, 1.0, 0.2, 20.0


class _Place:
    """The word signs of one text, so that a mail's words are looked up without a step for each in Python."""

    def __init__(self) -> None:
        """No signs yet."""
        self._alone: dict[str, Numbers] = defaultdict(set)
        self._beginnings: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._firsts: dict[str, tuple[int, ...]] = {}
        self._seconds: dict[str, tuple[int, ...]] = {}
        self._words: dict[Word, int] = {}
        self._pairs: dict[tuple[int, int], Numbers] = defaultdict(set)

    def take(self, words: tuple[Word, ...], number: int) -> None:
        """Take up one word, or two side by side, as a sign of the rule with this number."""
        if len(words) == 2:
            first, second = words
            self._pairs[self._known(first, self._firsts), self._known(second, self._seconds)].add(number)
            return
        for form in words[0].forms:
            if words[0].begins:
                self._beginnings[form[:_BEGINNING]].append((form, number))
            else:
                self._alone[form].add(number)

    def _known(self, word: Word, forms: dict[str, tuple[int, ...]]) -> int:
        """The number of a word, each of its forms leading there."""
        number = self._words.setdefault(word, len(self._words))
        for form in word.forms:
            forms[form] = tuple({*forms.get(form, ()), number})
        return number

    def may_hold(self, text: Text) -> Iterator[Numbers]:
        """The rules of each sign that stands in the text."""
        for word in self._alone.keys() & text.different:
            yield self._alone[word]
        for length in {len(beginning) for beginning in self._beginnings}:
            for word in [word for word in text.different if word[:length] in self._beginnings]:
                yield {number for begins, number in self._beginnings[word[:length]] if word.startswith(begins)}
        if self._pairs:
            yield from self._side_by_side(text)

    def _side_by_side(self, text: Text) -> Iterator[Numbers]:
        firsts, seconds = map(self._firsts.get, text.words), map(self._seconds.get, text.words[1:])
        for first, second in [(one, two) for one, two in zip(firsts, seconds, strict=False) if one and two]:
            for pair in product(first, second):
                if pair in self._pairs:
                    yield self._pairs[pair]


class RuleIndex:
    """The signs of a set of rules."""

    def __init__(self) -> None:
        """An index of no rules."""
        self._always: Numbers = set()
        self._places: dict[str, _Place] = defaultdict(_Place)
        self._pieces: dict[str, dict[str, Numbers]] = defaultdict(lambda: defaultdict(set))
        self._keys: dict[tuple[str, ...], Numbers] = defaultdict(set)

    def add(self, number: int, rule: Rule) -> None:
        """Take a rule up under its place in the order."""
        signs = _signs_of(rule.when)
        if signs is None:
            self._always.add(number)
            return
        for sign in signs[1]:
            match sign:
                case _WordSign(text, words):
                    self._places[text].take(words, number)
                case _PieceSign(text, piece):
                    self._pieces[text][piece].add(number)
                case _KeySign(key):
                    self._keys[key].add(number)

    def may_hold(self, words: MailWords) -> Numbers:
        """The places of all rules that may hold for this mail."""
        found = set(self._always)
        for name, place in self._places.items():
            for text in _texts(name, words):
                found.update(*place.may_hold(text))
        for name, pieces in self._pieces.items():
            for text in _texts(name, words):
                found.update(*(pieces[piece] for piece in pieces if piece in text.folded))
        found.update(*(self._keys[key] for key in _keys_of(words) if key in self._keys))
        return found


def _texts(name: str, words: MailWords) -> tuple[Text, ...]:
    """The texts of a mail that signs call so."""
    if name == "subject":
        return (words.subject,)
    if name == "body":
        return (words.body,)
    return (words.file_names,) if name == _FILES else words.header(name.removeprefix(_HEADER))


_FILES = "names of attachments"
_HEADER = "header "
_BEGINNING = 3
"""So many first letters of a word with * are looked up at once; the rest is compared."""


def index_rules(rules: Iterable[Rule]) -> RuleIndex:
    """Rules in the order in which they are asked -> their index."""
    index = RuleIndex()
    for number, rule in enumerate(rules):
        index.add(number, rule)
    return index


def _signs_of(condition: Condition) -> _Signs:
    return _SIGNS[type(condition)](condition)


def _of_group(group: Group) -> _Signs:
    if group.how == "none":
        return None
    parts = [_signs_of(part) for part in group.parts]
    if group.how == "all":
        return min((part for part in parts if part is not None), key=lambda part: part[0], default=None)
    if any(part is None for part in parts):
        return None
    told = [part for part in parts if part is not None]
    return sum(cost for cost, _ in told), tuple(sign for _, signs in told for sign in signs)


def _of_words(condition: HasWords) -> _Signs:
    names = ("subject", "body") if condition.place == "words" else (condition.place,)
    return _of_phrases(names, condition.phrases)


def _of_header(condition: HeaderHas) -> _Signs:
    return _of_phrases((_HEADER + condition.name,), condition.phrases)


def _of_phrases(names: Iterable[str], phrases: tuple[Phrase, ...]) -> _Signs:
    rarest = [_rarest(phrase) for phrase in phrases]
    cost = sum(_PAIR if len(words) == 2 else _WORD for words in rarest)
    return cost, tuple(_WordSign(name, words) for name in names for words in rarest)


def _rarest(phrase: Phrase) -> tuple[Word, ...]:
    """The two neighbours that are longest together, as long words are rare; else one word."""
    pairs = [
        pair for pair in zip(phrase.words, phrase.words[1:], strict=False) if not any(word.begins for word in pair)
    ]
    return max(pairs, key=lambda pair: sum(map(_length, pair)), default=phrase.words[:1])


def _length(word: Word) -> int:
    return min(map(len, word.forms))


def _of_addresses(condition: IsAddressed) -> _Signs:
    signs = []
    cost = 0.0
    for pattern in condition.patterns:
        if pattern.local is not None:
            signs.append(_KeySign((condition.side, "name", pattern.local)))
        elif pattern.domain is not None:
            signs.append(_domain_sign(condition.side, pattern.domain))
        rare = pattern.local is not None and condition.side in ("from", "cc")
        cost += _PERSON if rare else _MANY
    return cost, tuple(signs)


def _of_domains(condition: ComesFromDomain) -> _Signs:
    signs = tuple(_domain_sign("from", pattern) for pattern in condition.patterns)
    return _MANY * len(signs), signs


def _domain_sign(side: Side, pattern: DomainPattern) -> _KeySign:
    return _KeySign((side, "below" if pattern.below else "domain", pattern.name))


def _of_files(condition: HasAttachment) -> _Signs:
    pieces = [max(re.split(r"[*?]", fold(pattern.written)), key=len) for pattern in condition.patterns]
    return _PIECE * len(pieces), tuple(_PieceSign(_FILES, piece) for piece in pieces)


def _of_types(condition: HasAttachmentType) -> _Signs:
    signs = tuple(_KeySign(("type", pattern.written)) for pattern in condition.patterns)
    return _MANY * len(signs), signs


def _of_regexes(condition: FitsRegex) -> _Signs:
    pieces = [pattern.needs for pattern in condition.patterns]
    if not all(pieces):
        return None
    names = ("subject", "body") if condition.place == "words" else (condition.place,)
    return _PIECE * len(pieces), tuple(_PieceSign(name, piece) for name in names for piece in pieces)


def _of_fact(condition: FactIs) -> _Signs:
    return _MANY, tuple(_KeySign((condition.fact, value)) for value in condition.values)


def _no_signs(_: Measures | CameAt) -> _Signs:
    return None


def _keys_of(words: MailWords) -> Iterator[tuple[str, ...]]:
    """Everything that a mail says of itself, as _KeySign has it."""
    for side, addresses in words.addresses.items():
        for address in addresses:
            local, _, domain = address.rpartition("@")
            yield (side, "name", local)
            yield (side, "domain", domain)
            while domain := domain.partition(".")[2]:
                yield (side, "below", domain)
    for file in words.mail.attachments:
        kind = file.type.lower()
        yield ("type", kind)
        yield ("type", f"{kind.partition('/')[0]}/*")
    yield from words.facts.items()


# The value type of each entry is the key beside it; the type checker cannot say that of a table.
_SIGNS: Mapping[type[Condition], Callable[[Any], _Signs]] = {
    HasWords: _of_words,
    IsAddressed: _of_addresses,
    ComesFromDomain: _of_domains,
    HeaderHas: _of_header,
    HasAttachment: _of_files,
    HasAttachmentType: _of_types,
    FitsRegex: _of_regexes,
    FactIs: _of_fact,
    Measures: _no_signs,
    CameAt: _no_signs,
    Group: _of_group,
}
