"""Document: the text of a YAML file as plain values, each with the place where it stands.

Only mappings, lists, text, numbers, true, false and null come out of it. It is built from the parser's
events, not by a constructor: tags are never acted upon and aliases never expanded, so a hostile file can
neither run anything nor grow. A password that stands in the text does not come out of it either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from config.mistakes import Finding, Loc, shown

_DEEPEST = 20
_FLOATS = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_KEEP_OUT = (
    "a password must not stand in this file; put it into a file of mode 0600 named by password_file, or into an "
    "environment variable named by password_env"
)
# What the parser says -> what a person who edits the file needs to read; {line} is where the trouble begins.
_SYNTAX = (
    ("found character '\\t'", "a tab stands here; indent with spaces"),
    (
        "mapping values are not allowed",
        "no ':' is expected here; mend the indentation or put the text in quotes",
    ),
    ("found unexpected end of stream", "the quotation mark of line {line} is never closed"),
    ("expected ',' or", "the bracket of line {line} is not closed, or a comma is missing"),
    ("expected <block end>", "this does not fit the lines above; mend the indentation"),
    ("could not find expected ':'", "a ':' is missing after the key of line {line}"),
    ("found character", "a text cannot begin with this character; put it in quotes"),
    ("found unknown escape character", "this backslash is not understood; double it or use single quotes"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says.

    tree: nested dict, list, str, int, float, bool and None; the keys of every dict are text.
    places: line and column (from 1) of each key and list entry.
    findings: what is wrong with the form; the tree holds the rest.
    unread: where None stands in the tree instead of a value that was refused.
    """

    tree: dict[str, Any]
    places: dict[Loc, tuple[int, int]]
    findings: tuple[Finding, ...]
    unread: frozenset[Loc]

    @property
    def is_unreadable(self) -> bool:
        """Say whether the text is no settings at all, so that what is missing in it says nothing."""
        return bool(self.findings) and not self.tree

    def is_unread(self, loc: Loc) -> bool:
        """Say whether a setting lies in a value that was refused, so that nothing else can be said of it."""
        return any(loc[:n] in self.unread for n in range(1, len(loc) + 1))

    def place(self, loc: Loc) -> tuple[int, int]:
        """Return line and column of a setting, or of the innermost group around it that the file holds."""
        return next((self.places[loc[:n]] for n in range(len(loc), 0, -1) if loc[:n] in self.places), (1, 1))


def read_document(text: str) -> Document:
    """Read the text of a file; never raises for what stands in it.

    A text that is no YAML, or not a group of keys, gives an empty tree and the finding that says so.
    """
    reader = _Reader(YAML(typ="rt"), text)
    try:
        tree = reader.document()
    except MarkedYAMLError as error:
        return _not_yaml(_syntax_sentence(error), _at(error.problem_mark or error.context_mark))
    except ReaderError as error:
        before = text[: error.position]
        at = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        return _not_yaml("a control character stands here; take it out", at)
    except _TooDeepError as error:
        return _not_yaml(f"more than {_DEEPEST} levels of lists and groups; no setting is that deep", error.at)
    if not isinstance(tree, dict):
        return _not_yaml(f"wants settings such as 'organisation:' in a file; {shown(tree)} stands in this one", (1, 1))
    return Document(tree, reader.places, tuple(reader.findings), frozenset(reader.unread))


def _not_yaml(message: str, at: tuple[int, int]) -> Document:
    return Document({}, {}, (Finding((), message, at),), frozenset())


def _syntax_sentence(error: MarkedYAMLError) -> str:
    problem = str(error.problem)
    begins = error.context_mark or error.problem_mark
    line = begins.line + 1 if begins else 1
    known = (sentence for start, sentence in _SYNTAX if problem.startswith(start))
    return next(known, f"this is not YAML: {problem}").replace("{line}", str(line))


def _at(mark: StringMark | None) -> tuple[int, int]:
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


class _TooDeepError(Exception):
    def __init__(self, at: tuple[int, int]) -> None:
        super().__init__(at)
        self.at = at


@dataclass(slots=True)
class _Reader:
    yaml: YAML
    text: str
    places: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unread: set[Loc] = field(default_factory=set)

    def document(self) -> Any:
        """Return the plain value of the only document in the text; None for an empty text."""
        tree: Any = None
        seen = 0
        events: Iterator[Event] = iter(self.yaml.parse(self.text))
        for event in events:
            match event:
                case DocumentStartEvent():
                    seen += 1
                    self._refuse_directives(event)
                case MappingStartEvent() | SequenceStartEvent() | ScalarEvent() | AliasEvent() if seen == 1:
                    tree = self._value(event, events, ())
                case _ if seen > 1:
                    self._wrong(
                        (),
                        "a second document begins here; the settings are one document, without '---'",
                        event,
                    )
                    return tree
        return tree

    def _refuse_directives(self, event: DocumentStartEvent) -> None:
        if event.version or event.tags:
            self._wrong(
                (),
                "a line that begins with % stands above; the settings are YAML 1.2 without directives",
                event,
            )

    def _value(self, event: Event, events: Iterator[Event], loc: Loc) -> Any:
        if len(loc) > _DEEPEST:
            raise _TooDeepError(_at(event.start_mark))
        self._refuse_tricks(event, loc)
        match event:
            case MappingStartEvent():
                return self._mapping(events, loc)
            case SequenceStartEvent():
                return self._sequence(events, loc)
            case ScalarEvent():
                return self._scalar(event)
        return None

    def _refuse_tricks(self, event: Event, loc: Loc) -> None:
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._wrong(loc, f"the alias *{anchor} is not supported; write the value out", event)
            self.unread.add(loc)
        elif anchor:
            self._wrong(loc, f"the anchor &{anchor} is not supported; take it out", event)
        if tag:
            self._wrong(loc, "tags (words that begin with !) are not supported; write the plain value", event)
            self.unread.add(loc)

    def _mapping(self, events: Iterator[Event], loc: Loc) -> dict[str, Any]:
        group: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self._key(event, events, loc)
            at = (*loc, key)
            if key in group:
                self._wrong(at, f"stands here again, first in line {self.places[at][0]}; keep one of them", event)
                self._value(next(events), events, (*loc, f"{key} (again)"))
                continue
            self.places[at] = _at(event.start_mark)
            if key == "password":
                self._wrong(at, _KEEP_OUT, event)
                self.unread.add(at)
            value = self._value(next(events), events, at)
            group[key] = None if at in self.unread else value
        return group

    def _key(self, event: Event, events: Iterator[Event], loc: Loc) -> str:
        if isinstance(event, ScalarEvent):
            self._refuse_tricks(event, (*loc, event.value))
            return str(event.value)
        self._wrong(loc, "a list or a group stands where a key is wanted; a key is a word", event)
        self._value(event, events, (*loc, "?"))
        self.unread.add((*loc, "?"))
        return "?"

    def _sequence(self, events: Iterator[Event], loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            at = (*loc, len(items))
            self.places[at] = _at(event.start_mark)
            value = self._value(event, events, at)
            items.append(None if at in self.unread else value)
        return items

    def _scalar(self, event: ScalarEvent) -> Any:
        text = str(event.value)
        match str(self.yaml.resolver.resolve(ScalarNode, text, event.implicit)).rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return _integer(text)
            case "float":
                return _decimal(text)
        # Also for a timestamp: a day is read where a day is wanted, and only there.
        return text

    def _wrong(self, loc: Loc, message: str, event: Event) -> None:
        self.findings.append(Finding(loc, message, _at(event.start_mark)))


def _integer(text: str) -> int | str:
    digits = text.replace("_", "").lower()
    for base in (0, 10):  # 0 understands 0x and 0o but not 007
        with suppress(ValueError):
            return int(digits, base)
    return text


def _decimal(text: str) -> float | str:
    digits = text.replace("_", "").lower()
    with suppress(ValueError):
        return float(_FLOATS.get(digits, digits))
    return text
