"""The `when` of a rule, from YAML values to a Condition; a mistake names its line and what to write instead.

Conditions:
    to, from      an address, `*@domain`, `*@*.domain`, or only the part before the @
    from_domain   a domain, or `*.domain` for every domain below it
    subject, body, words (subject or body)
                  words or phrases: whole words; case, accents and hyphens make no difference;
                  a * at the end matches every word that begins so
    header        {name: X-Priority, has: [words or phrases]}
    attachment    file names with * and ?; case and accents make no difference
    regex         {subject|body|words: patterns}, of the module `regex`; case makes no difference, accents do
One value or a list: a condition holds when one of its values does.

Groups: `any`, `all`, `none`, each with a list. Conditions written side by side, or as a bare list, mean all.
"""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Literal, TypeVar

import regex

from rules.mistakes import Notebook, nearest
from rules.rule import (
    AddressPattern,
    ComesFromDomain,
    Condition,
    DomainPattern,
    FitsRegex,
    Group,
    HasAttachment,
    HasWords,
    HeaderHas,
    IsAddressed,
    NamePattern,
    Phrase,
    Place,
    RegexPattern,
)
from rules.words import fold, spaced_words
from rules.yaml_lines import Entries, Items, Text, Value

LONGEST_REGEX = 500
MOST_REPEATS = 10_000
"""`((a{1000}){1000}){10}` takes 9 seconds to compile; 10,000 repeats in all take 3 ms."""

_T = TypeVar("_T")
_DOMAIN = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*")
_LOCAL = re.compile(r"[^\s@*,;<>\"]+")
_HEADER_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 section 3.6.8: printable ASCII without the colon
_REPEAT = re.compile(r"\{(\d*)(?:,(\d*))?\}")


def read_when(value: Value, notes: Notebook) -> Condition | None:
    """The value of `when` -> its condition, or None after noting every mistake in it."""
    condition = _conditions(value, notes)
    if condition is not None and not _asks_for_something(condition):
        notes.note(value.line, "`when` only says what must not be there; add something that must be there")
        return None
    return condition


def _asks_for_something(condition: Condition) -> bool:
    if not isinstance(condition, Group):
        return True
    if condition.how == "none":
        return False
    return (any if condition.how == "all" else all)(map(_asks_for_something, condition.parts))


def _conditions(value: Value, notes: Notebook) -> Condition | None:
    if isinstance(value, Entries) and value.entries:
        return _together("all", (_condition(key, inner, notes) for key, inner in value.entries))
    if isinstance(value, Items) and value.items:
        return _together("all", (_conditions(item, notes) for item in value.items))
    notes.note(value.line, "a condition is missing here; write for example `subject: [invoice, rechnung]`")
    return None


def _together(how: Literal["any", "all", "none"], read: Iterable[Condition | None]) -> Condition | None:
    parts = tuple(read)
    whole = tuple(part for part in parts if part is not None)
    if not parts or len(whole) < len(parts):
        return None
    return whole[0] if len(whole) == 1 and how != "none" else Group(how, whole)


def _condition(key: Text, value: Value, notes: Notebook) -> Condition | None:
    if key.text not in _WORDS:
        notes.note(key.line, f"'{key.text}' is not a condition; {nearest(key.text, _WORDS)}")
        return None
    return _WORDS[key.text](key, value, notes)


def _group(how: Literal["any", "all", "none"], key: Text, value: Value, notes: Notebook) -> Condition | None:
    if not isinstance(value, Items) or not value.items:
        notes.note(key.line, f"'{key.text}' needs a list of conditions, each on a line that begins with '- '")
        return None
    return _together(how, (_conditions(item, notes) for item in value.items))


def _texts(key: Text, value: Value, notes: Notebook) -> tuple[Text, ...]:
    """One text or a list of texts; () after noting what is missing."""
    items = value.items if isinstance(value, Items) else (value,)
    if not items:
        notes.note(key.line, f"'{key.text}' has an empty list; write a text or a list of texts")
    texts = tuple(item for item in items if isinstance(item, Text) and item.text.strip())
    if len(texts) == len(items):
        return texts
    wrong = next(item for item in items if item not in texts)
    problem = "an empty text" if isinstance(wrong, Text) else "something that is not a text"
    notes.note(wrong.line, f"'{key.text}' has {problem}; write a text or a list of texts")
    return ()


def _each(
    read: Callable[[Text, Notebook], _T | None], key: Text, value: Value, notes: Notebook
) -> tuple[_T, ...] | None:
    """Every text read into what it stands for; None after noting all mistakes."""
    texts = _texts(key, value, notes)
    values = tuple(read(text, notes) for text in texts)
    whole = tuple(value for value in values if value is not None)
    return whole if whole and len(whole) == len(texts) else None


def _has_words(place: Place, key: Text, value: Value, notes: Notebook) -> Condition | None:
    phrases = _each(_phrase, key, value, notes)
    return HasWords(place, phrases) if phrases else None


def _is_addressed(side: Literal["to", "from"], key: Text, value: Value, notes: Notebook) -> Condition | None:
    patterns = _each(_address, key, value, notes)
    return IsAddressed(side, patterns) if patterns else None


def _comes_from_domain(key: Text, value: Value, notes: Notebook) -> Condition | None:
    patterns = _each(_domain, key, value, notes)
    return ComesFromDomain(patterns) if patterns else None


def _has_attachment(key: Text, value: Value, notes: Notebook) -> Condition | None:
    patterns = _each(_file_name, key, value, notes)
    return HasAttachment(patterns) if patterns else None


def _header_has(key: Text, value: Value, notes: Notebook) -> Condition | None:
    given = {inner.text: (inner, content) for inner, content in _entries(value)}
    if set(given) != {"name", "has"}:
        notes.note(key.line, "'header' needs exactly a name and what it has: `{name: X-Priority, has: [urgent]}`")
        return None
    phrases = _each(_phrase, *given["has"], notes)
    name = given["name"][1]
    if not isinstance(name, Text) or not _HEADER_NAME.fullmatch(name.text):
        notes.note(name.line, "the name of a header is one word without a colon, such as X-Priority")
        return None
    return HeaderHas(name.text.lower(), phrases) if phrases else None


def _fits_regex(key: Text, value: Value, notes: Notebook) -> Condition | None:
    given = _entries(value)
    if len(given) != 1 or given[0][0].text not in _PLACES:
        places = "subject, body or words"
        notes.note(key.line, f"'regex' needs exactly one of {places}: `regex: {{subject: 'PO-[0-9]{{6}}'}}`")
        return None
    patterns = _each(_regex, *given[0], notes)
    return FitsRegex(_PLACES[given[0][0].text], patterns) if patterns else None


def _entries(value: Value) -> tuple[tuple[Text, Value], ...]:
    return value.entries if isinstance(value, Entries) else ()


def _phrase(text: Text, notes: Notebook) -> Phrase | None:
    written = text.text.strip()
    stem = written.removesuffix("*")
    key = spaced_words(stem)
    if "*" in stem or stem != stem.rstrip():
        notes.note(text.line, f"in '{written}' the * must be the last character of a word at the end")
    elif not key.strip():
        notes.note(text.line, f"'{written}' has no letter or digit to look for; write a word or a phrase")
    else:
        return Phrase(written, key if stem == written else key.rstrip())
    return None


def _address(text: Text, notes: Notebook) -> AddressPattern | None:
    written = text.text.strip()
    local, at, domain = written.lower().rpartition("@") if "@" in written else (written.lower(), "", "")
    pattern = _domain_pattern(domain) if at else None
    if ((local == "*" and at) or _LOCAL.fullmatch(local)) and (pattern or not at):
        return AddressPattern(written, None if local == "*" else local, pattern)
    form = "write name@domain, *@domain, or only the name before the @"
    notes.note(text.line, f"'{written}' is not an address; {form}")
    return None


def _domain(text: Text, notes: Notebook) -> DomainPattern | None:
    pattern = _domain_pattern(text.text.strip().lower())
    if pattern is None:
        notes.note(text.line, f"'{text.text}' is not a domain; write lindwerk.example or *.lindwerk.example")
    return pattern


def _domain_pattern(text: str) -> DomainPattern | None:
    if not _DOMAIN.fullmatch(text):
        return None
    return DomainPattern(text, text.removeprefix("*."), text.startswith("*."))


def _file_name(text: Text, notes: Notebook) -> NamePattern | None:
    written = text.text.strip()
    if not set("*?.") & set(written):
        notes.note(text.line, f"'{written}' would only match a file of exactly that name; write '*{written}*'")
        return None
    return NamePattern(written, re.compile(fnmatch.translate(fold(written))))


def _regex(text: Text, notes: Notebook) -> RegexPattern | None:
    written = text.text
    if len(written) > LONGEST_REGEX:
        notes.note(text.line, f"a pattern of {len(written)} characters is too long; {LONGEST_REGEX} are allowed")
    elif _repeats(written) > MOST_REPEATS:
        notes.note(
            text.line,
            f"the pattern '{written}' repeats too often; its {{counts}} multiply to more than 10,000",
        )
    else:
        try:
            return RegexPattern(written, regex.compile(written, regex.IGNORECASE))
        except regex.error as error:
            notes.note(text.line, f"the pattern '{written}' cannot be read: {error}")
    return None


def _repeats(pattern: str) -> int:
    counts = (max(int(count or 1) for count in found) for found in _REPEAT.findall(pattern))
    return math.prod(max(count, 1) for count in counts)


_PLACES: Mapping[str, Place] = {"subject": "subject", "body": "body", "words": "words"}
_WORDS: Mapping[str, Callable[[Text, Value, Notebook], Condition | None]] = {
    "any": partial(_group, "any"),
    "all": partial(_group, "all"),
    "none": partial(_group, "none"),
    "to": partial(_is_addressed, "to"),
    "from": partial(_is_addressed, "from"),
    "from_domain": _comes_from_domain,
    "subject": partial(_has_words, "subject"),
    "body": partial(_has_words, "body"),
    "words": partial(_has_words, "words"),
    "header": _header_has,
    "attachment": _has_attachment,
    "regex": _fits_regex,
}
