"""The `examples` of a rule, from YAML values to mails that the rule must catch or leave alone.

A mail:
    {from: ..., to: ..., cc: ..., delivered_to: ..., subject: ..., body: ..., headers: {X-Priority: urgent},
     attachments: [invoice.pdf, {name: photo.jpg, type: image/jpeg}], language: de, size: 5 MB,
     at: 2026-11-23 18:30, nature: human, group: field, thread: 3}
What is left out is empty. `at` is the time on the clocks of the calendar for which the rule asks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from rules.condition_file import NATURES
from rules.mistakes import Notebook, nearest
from rules.rule import Calendar, CameAt, Condition, ExampleMail, Group, MailFile
from rules.then_file import words_of
from rules.yaml_lines import Entries, Items, Text, Value

Mails = tuple[ExampleMail, ...]
_NO_TIME = "'at' says nothing here, because the rule asks for no `time`"
_SIZE = re.compile(r"(\d{1,9}) ?(kb|mb|gb)", re.IGNORECASE)
_BYTES = {"kb": 1000, "mb": 1000**2, "gb": 1000**3}


def read_examples(value: Value | None, when: Condition | None, notes: Notebook) -> tuple[Mails, Mails]:
    """The value of `examples` and the condition of its rule -> the mails it must catch, and those it must leave."""
    given = words_of(value, _EXAMPLE_WORDS, notes) if value is not None else {}
    calendar = next(_calendars(when), None) if when else None
    before = len(notes.mistakes)
    catches, leaves = (tuple(_mails(word, given.get(word), calendar, notes)) for word in _EXAMPLE_WORDS)
    if when is None:  # whether it asks for a time cannot be said while something in it is wrong
        notes.mistakes[before:] = [one for one in notes.mistakes[before:] if one.problem != _NO_TIME]
    return catches, leaves


def _calendars(when: Condition) -> Iterator[Calendar]:
    if isinstance(when, CameAt):
        yield when.of
    for part in when.parts if isinstance(when, Group) else ():
        yield from _calendars(part)


def _mails(word: str, value: Value | None, calendar: Calendar | None, notes: Notebook) -> Iterator[ExampleMail]:
    if value is not None and not isinstance(value, Items):
        notes.note(value.line, f"'{word}' needs a list of mails; write each on a line that begins with '- '")
    for item in value.items if isinstance(value, Items) else ():
        yield _mail(item, calendar, notes)


def _mail(value: Value, calendar: Calendar | None, notes: Notebook) -> ExampleMail:
    given = words_of(value, MAIL_WORDS, notes)
    if not given and isinstance(value, Entries):
        notes.note(value.line, "the example mail is empty; give it at least a subject")
    one = {word: _one_text(word, given.get(word), notes) for word in ("from", "subject", "body", "language", "group")}
    many = {word: _many_texts(word, given.get(word), notes) for word in ("to", "cc", "delivered_to")}
    sent = {word: tuple(address.lower() for address in addresses) for word, addresses in many.items()}
    return ExampleMail(
        line=value.line,
        sender=one["from"].lower(),
        to=sent["to"],
        cc=sent["cc"],
        delivered_to=sent["delivered_to"],
        subject=one["subject"],
        words=one["body"],
        headers=_headers(given.get("headers"), notes),
        attachments=_attachments(given.get("attachments"), notes),
        language=one["language"].lower(),
        size=_size(given.get("size"), notes),
        received_at=_at(given.get("at"), calendar, notes),
        nature=_nature(given.get("nature"), notes),
        group=one["group"].lower(),
        depth=_depth(given.get("thread"), notes),
    )


def _one_text(word: str, value: Value | None, notes: Notebook) -> str:
    if value is None or isinstance(value, Text):
        return value.text if value else ""
    notes.note(value.line, f"'{word}' of an example mail must be one text")
    return ""


def _many_texts(word: str, value: Value | None, notes: Notebook) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value.items if isinstance(value, Items) else (value,)
    texts = tuple(item.text for item in items if isinstance(item, Text))
    if len(texts) < len(items):
        notes.note(value.line, f"'{word}' of an example mail must be one text or a list of texts")
    return texts


def _headers(value: Value | None, notes: Notebook) -> dict[str, tuple[str, ...]]:
    if value is not None and not isinstance(value, Entries):
        notes.note(value.line, "'headers' of an example mail are names with values: `{X-Priority: urgent}`")
    entries = value.entries if isinstance(value, Entries) else ()
    return {key.text.lower(): _many_texts(key.text, inner, notes) for key, inner in entries}


def _attachments(value: Value | None, notes: Notebook) -> tuple[MailFile, ...]:
    items = value.items if isinstance(value, Items) else (value,) if value is not None else ()
    return tuple(file for item in items if (file := _attachment(item, notes)) is not None)


def _attachment(value: Value, notes: Notebook) -> MailFile | None:
    if isinstance(value, Text):
        return MailFile(value.text)
    given = {key.text: inner for key, inner in value.entries} if isinstance(value, Entries) else {}
    name, of_type = given.get("name"), given.get("type")
    if set(given) == {"name", "type"} and isinstance(name, Text) and isinstance(of_type, Text):
        return MailFile(name.text, of_type.text.lower())
    notes.note(value.line, "an attachment of an example mail is a name, or `{name: a.pdf, type: application/pdf}`")
    return None


def _size(value: Value | None, notes: Notebook) -> int:
    found = _SIZE.fullmatch(value.text.strip()) if isinstance(value, Text) else None
    if value is not None and found is None:
        notes.note(value.line, "'size' of an example mail is written `5 MB` or `20 kB`")
    return int(found[1]) * _BYTES[found[2].lower()] if found else 0


def _at(value: Value | None, calendar: Calendar | None, notes: Notebook) -> dt.datetime | None:
    if value is None:
        return None
    if calendar is None:
        notes.note(value.line, _NO_TIME)
        return None
    try:
        local = dt.datetime.strptime(value.text.strip() if isinstance(value, Text) else "", "%Y-%m-%d %H:%M")
    except ValueError:
        notes.note(value.line, "'at' of an example mail is written `2026-11-23 18:30`")
        return None
    return local.replace(tzinfo=calendar.zone).astimezone(dt.UTC)


def _nature(value: Value | None, notes: Notebook) -> str:
    said = _one_text("nature", value, notes).strip().lower() or "human"
    if said not in NATURES and value is not None:
        notes.note(value.line, f"there is no nature '{said}'; {nearest(said, NATURES)}")
    return said


def _depth(value: Value | None, notes: Notebook) -> int:
    said = _one_text("thread", value, notes).strip() or "0"
    if not re.fullmatch(r"\d{1,4}", said) and value is not None:
        notes.note(value.line, "'thread' of an example mail is the number of earlier mails, such as 3")
        return 0
    return int(said)


_EXAMPLE_WORDS = ("catches", "leaves")
MAIL_WORDS = (
    "from",
    "to",
    "cc",
    "delivered_to",
    "subject",
    "body",
    "headers",
    "attachments",
    "language",
    "size",
    "at",
    "nature",
    "group",
    "thread",
)
