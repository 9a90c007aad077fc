"""The `when` of a rule, from YAML values to a Condition; a mistake names its line and what to write instead.

Conditions:
    to            an address, `*@domain`, `*@*.domain`, or only the part before the @; To, Cc or Delivered-To
    cc, delivered_to, from   the same, only there
    from_domain   a domain, or `*.domain` for every domain below it
    group         the requester's group in the people file
    subject, body, words (subject or body)
                  words or phrases: whole words in any form (inflection.py); case, accents and hyphens make no
                  difference; a * at the end matches every word that begins so; "in quotes" takes no other form
    customer      names of customers, as they are written, in subject or body
    header        {name: X-Priority, has: [words or phrases]}
    attachment    file names with * and ?; case and accents make no difference
    attachment_type   `application/pdf` or `image/*`
    regex         {subject|body|words: patterns} (patterns.py); case and accents make no difference
    language      `de`, `en`: two letters
    nature        who wrote it: human, list, system
    size, thread, time   see facts_file.py
One value or a list: a condition holds when one of its values does. `{list: name}` in its place, or as one of its
values, stands for the values of a named list.

Groups: `any`, `all`, `none`, each with a list. Conditions written side by side, or as a bare list, mean all.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Literal, TypeVar

from rules.facts_file import read_size, read_thread, read_time
from rules.inflection import forms
from rules.mistakes import Notebook, meant, nearest
from rules.patterns import read_pattern
from rules.rule import (
    AddressPattern,
    ComesFromDomain,
    Condition,
    DomainPattern,
    Fact,
    FactIs,
    FitsRegex,
    Group,
    HasAttachment,
    HasAttachmentType,
    HasWords,
    HeaderHas,
    IsAddressed,
    NamePattern,
    Phrase,
    Place,
    Side,
    TypePattern,
    Word,
)
from rules.words import fold, words_of
from rules.yaml_lines import Entries, Items, Text, Value

NATURES = ("human", "list", "system")
"""Other natures open no request, so no rule is asked about them."""

# What people write instead of the two letters.
_LANGUAGES = {
    **dict.fromkeys(("german", "deutsch"), "de"),
    **dict.fromkeys(("english", "englisch"), "en"),
    **dict.fromkeys(("french", "français"), "fr"),
    **dict.fromkeys(("spanish", "español"), "es"),
}

_T = TypeVar("_T")
_DOMAIN = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*")
_LOCAL = re.compile(r"[^\s@*,;<>\"]+")
_HEADER_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 section 3.6.8: printable ASCII without the colon
_TYPE = re.compile(r"[a-z]+/(\*|[\w.+-]+)")
_SEPARATOR = re.compile("[,;]")
# `-vpn` on a line of its own is no entry of a list; several of them would become one phrase.
_DASH = re.compile(r"[-\u2013\u2022]\w")
_LIKE_A_DOMAIN = re.compile(r"[\w.-]+\.(at|biz|ch|com|de|edu|es|eu|example|fr|gov|info|io|it|net|nl|org|pl|uk)")
_IN_QUOTES = re.compile('["„“«](.+)["“”»]')
_WORD = re.compile(r"[^\W_]+")


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
    if key.text not in CONDITIONS:
        notes.note(key.line, f"'{key.text}' is not a condition; {nearest(key.text, CONDITIONS)}")
        if right := meant(key.text, CONDITIONS):
            CONDITIONS[right](Text(right, key.line), value, notes)  # for the mistakes below it
        return None
    return CONDITIONS[key.text](key, value, notes)


def _group(how: Literal["any", "all", "none"], key: Text, value: Value, notes: Notebook) -> Condition | None:
    if not isinstance(value, Items) or not value.items:
        notes.note(key.line, f"'{key.text}' needs a list of conditions, each on a line that begins with '- '")
        return None
    return _together(how, (_conditions(item, notes) for item in value.items))


def _texts(key: Text, value: Value, notes: Notebook) -> tuple[Text, ...]:
    """One text or a list of texts, named lists written out; () after noting what is missing."""
    items = value.items if isinstance(value, Items) else (value,)
    if not items:
        notes.note(key.line, f"'{key.text}' has an empty list; write a text or a list of texts")
    before = len(notes.mistakes)
    texts = tuple(text for item in items for text in _written_out(key, item, notes))
    return texts if len(notes.mistakes) == before else ()


def _written_out(key: Text, item: Value, notes: Notebook) -> Iterator[Text]:
    """A text itself; for `{list: name}` the values of that list, each at the line that names it."""
    if isinstance(item, Text) and item.text.strip():
        yield item
    elif isinstance(item, Entries) and [inner.text for inner, _ in item.entries] == ["list"]:
        ((_, name),) = item.entries
        yield from (Text(text, item.line) for text in _named(name, notes))
    else:
        problem = "an empty text" if isinstance(item, Text) else "something that is not a text"
        notes.note(item.line, f"'{key.text}' has {problem}; write a text or a list of texts")


def _named(name: Value, notes: Notebook) -> tuple[str, ...]:
    written = name.text if isinstance(name, Text) else ""
    if written not in notes.lists:
        known = nearest(written, notes.lists) if notes.lists else "define it under `lists:` in any rule file"
        notes.note(name.line, f"there is no list '{written}'; {known}")
    return notes.lists.get(written, ())


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


def _names_customer(key: Text, value: Value, notes: Notebook) -> Condition | None:
    phrases = _each(_name, key, value, notes)
    return HasWords("words", phrases, customer=True) if phrases else None


def _is_addressed(side: Side, key: Text, value: Value, notes: Notebook) -> Condition | None:
    patterns = _each(_address, key, value, notes)
    return IsAddressed(side, patterns) if patterns else None


def _fact_is(fact: Fact, key: Text, value: Value, notes: Notebook) -> Condition | None:
    values = _each(partial(_fact, fact), key, value, notes)
    return FactIs(fact, values) if values else None


def _has_attachment_type(key: Text, value: Value, notes: Notebook) -> Condition | None:
    patterns = _each(_type, key, value, notes)
    return HasAttachmentType(patterns) if patterns else None


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
    patterns = _each(read_pattern, *given[0], notes)
    return FitsRegex(_PLACES[given[0][0].text], patterns) if patterns else None


def _entries(value: Value) -> tuple[tuple[Text, Value], ...]:
    return value.entries if isinstance(value, Entries) else ()


def _phrase(text: Text, notes: Notebook) -> Phrase | None:
    written = text.text.strip()
    quoted = _IN_QUOTES.fullmatch(written)
    stem = quoted[1] if quoted else written.removesuffix("*")
    begins = stem != written and not quoted
    if "*" in stem or (begins and stem != stem.rstrip()):
        notes.note(text.line, f"in '{written}' the * must be the last character of a word at the end")
    elif not quoted and _DASH.match(written):
        notes.note(text.line, f"'{written}' begins with a -; for a list write a space after each -, else leave it out")
    elif not quoted and (found := _SEPARATOR.search(written)):
        several = ", ".join(part.strip() for part in _SEPARATOR.split(written))
        asked = f"for one of several write [{several}], for one phrase leave the {found[0]} out"
        notes.note(text.line, f"'{written}' would be looked for as one phrase; {asked}")
    elif not words_of(stem):
        notes.note(text.line, f"'{written}' has no letter or digit to look for; write a word or a phrase")
    elif quoted:
        return Phrase(written, _exact(stem))
    elif begins:
        return Phrase(written, (*_exact(stem)[:-1], Word(frozenset({words_of(stem)[-1]}), begins=True)))
    else:
        return Phrase(written, tuple(Word(forms(word)) for word in _WORD.findall(_composed(stem))))
    return None


def _name(text: Text, notes: Notebook) -> Phrase | None:
    """A name of a customer, which has no other forms."""
    if words_of(text.text):
        return Phrase(text.text.strip(), _exact(text.text))
    notes.note(text.line, f"'{text.text}' has no letter or digit to look for; write a name")
    return None


def _composed(text: str) -> str:
    """The text with each accented letter as one character, and without invisible ones."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")


def _exact(text: str) -> tuple[Word, ...]:
    return tuple(Word(frozenset({word})) for word in words_of(text))


def _fact(fact: Fact, text: Text, notes: Notebook) -> str | None:
    """A value of this fact, lower case."""
    written = text.text.strip().lower()
    if fact == "language":
        if re.fullmatch("[a-z]{2}", written):
            return written
        code = _LANGUAGES.get(written, "")
        right = f"did you mean '{code}'?" if code else "write its two letters, such as de, en or fr"
        notes.note(text.line, f"'{text.text}' is not a language; {right}")
        return None
    known = NATURES if fact == "nature" else notes.offers.groups
    if written in (name.lower() for name in known):
        return written
    offered = nearest(written, known) if known else "the people file of the settings names no group"
    notes.note(text.line, f"there is no {fact} '{text.text}'; {offered}")
    return None


def _type(text: Text, notes: Notebook) -> TypePattern | None:
    written = text.text.strip().lower()
    if _TYPE.fullmatch(written):
        return TypePattern(written)
    notes.note(text.line, f"'{text.text}' is not a type of file; write application/pdf or image/*")
    return None


def _address(text: Text, notes: Notebook) -> AddressPattern | None:
    written = text.text.strip()
    local, at, domain = written.lower().rpartition("@") if "@" in written else (written.lower(), "", "")
    pattern = _domain_pattern(domain) if at else None
    if not at and _LIKE_A_DOMAIN.fullmatch(local):
        notes.note(text.line, f"'{written}' looks like a domain; for every address of it write '*@{written}'")
        return None
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
    # Brackets stand in many names of files ("scan[1].pdf"), so they mean themselves here.
    return NamePattern(written, re.compile(fnmatch.translate(fold(written).replace("[", "[[]"))))


_PLACES: Mapping[str, Place] = {"subject": "subject", "body": "body", "words": "words"}
CONDITIONS: Mapping[str, Callable[[Text, Value, Notebook], Condition | None]] = {
    "any": partial(_group, "any"),
    "all": partial(_group, "all"),
    "none": partial(_group, "none"),
    "to": partial(_is_addressed, "to"),
    "cc": partial(_is_addressed, "cc"),
    "delivered_to": partial(_is_addressed, "delivered_to"),
    "from": partial(_is_addressed, "from"),
    "group": partial(_fact_is, "group"),
    "from_domain": _comes_from_domain,
    "subject": partial(_has_words, "subject"),
    "body": partial(_has_words, "body"),
    "words": partial(_has_words, "words"),
    "customer": _names_customer,
    "header": _header_has,
    "attachment": _has_attachment,
    "attachment_type": _has_attachment_type,
    "regex": _fits_regex,
    "language": partial(_fact_is, "language"),
    "nature": partial(_fact_is, "nature"),
    "size": read_size,
    "thread": read_thread,
    "time": read_time,
}
