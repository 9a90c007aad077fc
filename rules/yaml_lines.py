"""YAML text -> plain values that know their line, without ever turning text into anything else.

`NO` stays the text "NO" and 09:00 the text "09:00": whoever reads the values decides what is a number.
Anchors, aliases, tags and doubled keys are mistakes: a department needs none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError


@dataclass(frozen=True, slots=True)
class Text:
    """A single value. Lines count from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Value, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entries:
    """Keys and their values, in the order of the file."""

    entries: tuple[tuple[Text, Value], ...]
    line: int


Value = Text | Items | Entries


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in the YAML itself that cannot be read: where, and a sentence."""

    line: int
    problem: str


def read_yaml(text: str) -> tuple[Value | None, tuple[Flaw, ...]]:
    """YAML text -> its value (None when the text is empty or cannot be read), and every flaw found."""
    try:
        return _plain(CParser(text), text), ()
    except (_NotPlain, YAMLError, RecursionError):
        return _slowly(text)


class _NotPlain(Exception):
    """Ends the quick reading: something here needs a sentence, which the slow reading finds."""


#: A remark right behind a text, without a space after its #: `Building #2` is meant to be one text, and would be cut.
_CUT = re.compile(r"[ \t]+#\w+")

#: What the values of a plain file are; any other tag was written by somebody.
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge", "value")
)


def _plain(parser: CParser, text: str) -> Value:
    """The value of a text in which there is nothing to complain about; libyaml reads 20 times as fast."""
    for _ in range(2):  # the stream begins, the document begins
        if isinstance(parser.get_event(), StreamEndEvent):
            raise _NotPlain
    value = _plain_value(parser, parser.get_event(), text)
    for ends in (DocumentEndEvent, StreamEndEvent):
        if not isinstance(parser.get_event(), ends):
            raise _NotPlain
    return value


def _plain_value(parser: CParser, event: Any, text: str) -> Value:
    if isinstance(event, AliasEvent) or event.anchor or event.tag:
        raise _NotPlain
    line = event.start_mark.line + 1
    if isinstance(event, ScalarEvent):
        if not event.style and _CUT.match(text, event.end_mark.index):
            raise _NotPlain
        return Text(event.value, line)
    inner = []
    while not isinstance(following := parser.get_event(), MappingEndEvent | SequenceEndEvent):
        inner.append(_plain_value(parser, following, text))
    return Items(tuple(inner), line) if isinstance(event, SequenceStartEvent) else _plain_entries(inner, line)


def _plain_entries(inner: list[Value], line: int) -> Entries:
    entries = []
    for key, value in zip(inner[::2], inner[1::2], strict=True):
        if not isinstance(key, Text):
            raise _NotPlain
        # libyaml too says that a value which is not there stands where the next word begins.
        entries.append((key, Text("", key.line) if value == Text("", value.line) else value))
    if len({key.text for key, _ in entries}) < len(entries):
        raise _NotPlain
    return Entries(tuple(entries), line)


def _slowly(text: str) -> tuple[Value | None, tuple[Flaw, ...]]:
    """The same, with a sentence and its line for whatever is wrong."""
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # anchors are refused below, all of them
    try:
        root = yaml.compose(text)
    except RecursionError:
        return None, (Flaw(1, "it is nested too deeply; write it flatter"),)
    except YAMLError as error:
        return None, (_syntax_flaw(error, text),)
    if root is None:
        return None, ()
    flaws: list[Flaw] = []
    try:
        return _value(root, text, flaws), tuple(flaws)
    except _Anchored as anchored:
        return None, (*flaws, anchored.flaw)


class _Anchored(Exception):
    """Ends the reading: an alias may lead round in a circle, or stand for a million values."""

    def __init__(self, line: int, anchor: str) -> None:
        self.flaw = Flaw(line, f"&{anchor} and *{anchor} are not read here; write the text out instead")
        super().__init__(self.flaw.problem)


def _syntax_flaw(error: YAMLError, text: str) -> Flaw:
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Flaw(line, f"the character U+{ord(text[error.position]):04X} is not allowed in YAML; remove it")
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        context = f" {error.context}" if error.context else ""
        said = f"this is not YAML:{context}, {error.problem}".replace(":,", ":")
        advice = next((a for part, a in _ADVICE if part in said), "")
        begins = error.context_mark or error.problem_mark
        return Flaw(error.problem_mark.line + 1, said + advice.replace("{line}", str(begins.line + 1)))
    return Flaw(1, f"this is not YAML: {error}")


# What people who are new to YAML get wrong, by a part of the parser's sentence.
_ADVICE = (
    ("'\\t' that cannot start any token", "; indent with spaces, not with tabs"),
    ("undefined alias", "; put text that begins with * into quotation marks"),
    ("mapping values are not allowed here", "; put text with a colon into quotation marks, or mend the indentation"),
    (
        "<block end>, but found '<scalar>'",
        "; a text stands behind a closed quotation mark: double a quotation mark inside of a text ('it''s')",
    ),
    ("<block end>", "; this line is indented otherwise than the lines it belongs to"),
    ("scanning a quoted scalar", "; the quotation mark of line {line} is never closed"),
    (
        "unknown escape character",
        "; put a text with a backslash, such as a pattern, into single quotation marks: 'INV-\\d{6}'",
    ),
    ("expected ',' or ']'", "; the bracket of line {line} is never closed, or a comma is missing"),
    ("expected ',' or '}'", "; the brace of line {line} is never closed, or a comma is missing"),
    ("expected the node content", "; a comma is too many, or a text is missing"),
    ("that cannot start any token", "; put text that begins with this character into quotation marks"),
    ("another document", "; take the line `---` out"),
)


def _value(node: Node, text: str, flaws: list[Flaw]) -> Value:
    line = node.start_mark.line + 1
    if node.anchor is not None:
        raise _Anchored(line, node.anchor)
    if str(node.tag) not in _PLAIN_TAGS:
        tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
        flaws.append(Flaw(line, f"tags such as {tag} are not read; remove it"))
    if isinstance(node, MappingNode):
        return Entries(tuple(_entries(node, text, flaws)), line)
    if isinstance(node, SequenceNode):
        return Items(tuple(_value(item, text, flaws) for item in node.value), line)
    if isinstance(node, ScalarNode) and not node.style and (cut := _CUT.match(text, node.end_mark.index)):
        told = f"'{cut[0].strip()}' is cut off, because a # begins a remark"
        flaws.append(Flaw(line, f"{told}; put the whole text into quotation marks, or write a space after the #"))
    return Text(node.value, line)


def _entries(node: MappingNode, text: str, flaws: list[Flaw]) -> Iterator[tuple[Text, Value]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, value = _value(key_node, text, flaws), _value(value_node, text, flaws)
        if not isinstance(key_node, ScalarNode) or not isinstance(key, Text):
            flaws.append(Flaw(key.line, "a list or a mapping cannot be a key; write one word before the colon"))
        elif key.text in seen:
            problem = f"'{key.text}' stands here a second time, after line {seen[key.text]}; keep one of them"
            flaws.append(Flaw(key.line, problem))
        else:
            seen[key.text] = key.line
            # ruamel.yaml says that a value which is not there stands where the next word begins.
            yield key, Text("", key.line) if value == Text("", value.line) else value
