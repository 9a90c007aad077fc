"""Labelled examples: a text and the department that handled it, from a table, from lines of JSON, or from
sorted mail.

Touches files. A table with mistakes is refused as a whole, with every mistake; of a folder of old mail that
nobody wrote by hand, what cannot be read is skipped and named.
"""

from __future__ import annotations

import csv
import difflib
import email
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

from classifier.text import Text, document

# The text of a mail stands at its beginning; what follows are attachments.
_MOST_BYTES = 1_000_000
_UNREADABLE_MAIL = (MessageError, LookupError, ValueError, RecursionError)
_COLUMNS = ("subject", "text", "mailbox")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the department that handled it; `source` says where: `file:line`, the file of a mail, a reference.

    `received_at`: UTC, None if unknown. `weight`: how much it counts in training.
    """

    text: Text
    department: str
    source: str
    received_at: datetime | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Examples:
    """What was read: the examples kept, how many said the same again, a sentence for each mail skipped."""

    kept: tuple[Example, ...]
    duplicates: int = 0
    skipped: tuple[str, ...] = ()


class ExamplesRefused(Exception):
    """Examples with mistakes. `problems` has one sentence for each, with file and line where there is one."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_examples(path: Path, departments: Collection[str] = ()) -> Examples:
    """Examples from a `.csv` file, a `.jsonl` file, or a folder with one folder of `.eml` files per
    department.

    A table has the columns `department`, `subject`, `text` and perhaps `mailbox`; others are ignored. With
    `departments` given, any other department is a mistake. Raises ExamplesRefused with every mistake at
    once.
    """
    try:
        return _read_folder(path, departments) if path.is_dir() else _read_table(path, departments)
    except OSError as trouble:
        raise ExamplesRefused((f"{path} cannot be read: {trouble.strerror}.",)) from trouble


def starter_examples() -> Examples:
    """The examples that come with Postroom: short requests of office life in four languages."""
    folder = files("classifier") / "starter"
    rows: list[Example | str] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name, _, suffix = entry.name.rpartition(".")
        if suffix == "jsonl":
            rows += _json_rows(entry.read_text(encoding="utf-8"), f"starter/{entry.name}", name)
    return _checked(rows, (), "starter")


def without_duplicates(examples: Iterable[Example]) -> Examples:
    """Each text once per department, the first one met; texts are the same if the model sees them so."""
    read = list(examples)
    first: dict[tuple[str, str], Example] = {}
    for example in read:
        first.setdefault((example.department, document(example.text)), example)
    return Examples(tuple(first.values()), duplicates=len(read) - len(first))


def _checked(rows: Iterable[Example | str], departments: Collection[str], source: str) -> Examples:
    """The examples among the rows; raises ExamplesRefused if one of them is a sentence about a mistake."""
    read = [_known(row, departments) if isinstance(row, Example) else row for row in rows]
    problems = [row for row in read if isinstance(row, str)]
    if problems:
        raise ExamplesRefused(problems)
    examples = [row for row in read if isinstance(row, Example)]
    if not examples:
        raise ExamplesRefused((f"{source} holds no examples.",))
    return without_duplicates(examples)


def _known(example: Example, departments: Collection[str]) -> Example | str:
    if not departments or example.department in departments:
        return example
    return f"{example.source}: {_stranger(example.department, departments)}"


def _stranger(name: str, departments: Collection[str]) -> str:
    near = difflib.get_close_matches(name, sorted(departments), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(sorted(departments))}."
    return f"there is no department {name!r}; {hint}"


# ---- tables and lines of JSON


def _read_table(path: Path, departments: Collection[str]) -> Examples:
    rows_of = {".csv": _table_rows, ".jsonl": _json_rows}.get(path.suffix.lower())
    if rows_of is None:
        raise ExamplesRefused((f"{path} is neither a .csv file, a .jsonl file nor a folder of departments.",))
    raw = path.read_bytes()
    try:
        written = raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = raw.count(b"\n", 0, trouble.start) + 1
        raise ExamplesRefused((f"{path}:{line}: this is not UTF-8; save the file as UTF-8.",)) from trouble
    return _checked(rows_of(written, str(path)), departments, str(path))


def _table_rows(written: str, source: str) -> Iterator[Example | str]:
    """One example or one sentence per record of a CSV text."""
    # Spreadsheets of half of Europe write semicolons.
    delimiter = max(",;\t", key=written.partition("\n")[0].count)
    records = _records(written, delimiter, source)
    _, first = next(records, ("", []))
    header = [name.strip().lower() for name in first] if isinstance(first, list) else []
    if "department" not in header or not {"subject", "text"} & set(header):
        yield f"{source}:1: the first line must name the columns department, subject and text."
        return
    for place, record in records:
        if isinstance(record, str):
            yield record
        elif len(record) > len(header):
            count = f"{len(record)} fields for {len(header)} columns"
            yield f"{place}: {count}; put a text with {delimiter!r} in quotes."
        elif any(record):
            yield _example(dict(zip(header, record, strict=False)), place)


def _records(written: str, delimiter: str, source: str) -> Iterator[tuple[str, list[str] | str]]:
    """Each record, or a sentence in its stead, with the place where it begins."""
    reader = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    while True:
        place = f"{source}:{reader.line_num + 1}"
        try:
            yield place, next(reader)
        except StopIteration:
            return
        except csv.Error as trouble:
            yield place, f"{place}: this is not a record of CSV ({trouble}); look for a quote too many."


def _json_rows(written: str, source: str, department: str | None = None) -> Iterator[Example | str]:
    """One example or one sentence per line of JSON; `department` is meant where a line names none."""
    for number, line in enumerate(written.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            yield f"{place}: this line is not JSON; write one object per line."
            continue
        if not isinstance(fields, dict):
            yield f"{place}: this line is not an object with department, subject and text."
            continue
        yield _example({"department": department, **fields}, place)


def _example(fields: Mapping[str, object], source: str) -> Example | str:
    department = fields.get("department")
    if not isinstance(department, str) or not department.strip():
        return f"{source}: the department is missing; name the one that handled this text."
    texts = [fields.get(column) or "" for column in _COLUMNS]
    subject, words, mailbox = (text.strip() if isinstance(text, str) else None for text in texts)
    if subject is None or words is None or mailbox is None:
        return f"{source}: subject, text and mailbox must be text."
    if not subject and not words:
        return f"{source}: subject and text are both empty; there is nothing to learn from."
    return Example(Text(subject, words, mailbox), department.strip(), source)


# ---- sorted mail


def _read_folder(root: Path, departments: Collection[str]) -> Examples:
    folders = sorted(one for one in root.iterdir() if one.is_dir() and not one.name.startswith("."))
    if departments:
        problems = [f"{one}: {_stranger(one.name, departments)}" for one in folders if one.name not in departments]
        if problems:
            raise ExamplesRefused(problems)
    rows = [_mail_example(mail, folder.name) for folder in folders for mail in sorted(folder.glob("*.eml"))]
    if not rows:
        raise ExamplesRefused((f"{root} holds no mail; put it into one folder per department, as it/1.eml.",))
    read = without_duplicates(row for row in rows if isinstance(row, Example))
    return Examples(read.kept, read.duplicates, tuple(row for row in rows if isinstance(row, str)))


def _mail_example(path: Path, department: str) -> Example | str:
    try:
        with path.open("rb") as file:
            subject, words = _mail_text(file.read(_MOST_BYTES))
    except OSError as trouble:
        return f"{path}: skipped, for it cannot be read ({trouble.strerror})."
    except _UNREADABLE_MAIL as trouble:
        return f"{path}: skipped, for it is no readable mail ({type(trouble).__name__})."
    if not subject and not words:
        return f"{path}: skipped, for it has neither subject nor text."
    return Example(Text(subject, words), department, str(path))


def _mail_text(raw: bytes) -> tuple[str, str]:
    """Subject and own words of a mail. The old parser takes what the strict one would refuse."""
    mail = email.message_from_bytes(raw)
    leaves = [part for part in mail.walk() if part.get_content_disposition() != "attachment"]
    plain = [_decoded(part) for part in leaves if part.get_content_type() == "text/plain"]
    pages = [_readable(_decoded(part)) for part in leaves if part.get_content_type() == "text/html"]
    words = next((text for text in (*plain, *pages) if text.strip()), "")
    return _heading(str(mail.get("Subject", ""))), _own_lines(words)


def _heading(field: str) -> str:
    """A header field with its encoded words (RFC 2047) decoded, as far as they can be."""
    try:
        parts = decode_header(field)
    except MessageError:
        return field.strip()
    return "".join(_as_text(part, charset) if isinstance(part, bytes) else part for part, charset in parts).strip()


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return _as_text(payload, part.get_content_charset()) if isinstance(payload, bytes) else ""


def _as_text(raw: bytes, charset: str | None) -> str:
    """By the declared charset, else UTF-8, else cp1252, which is what undeclared text of Windows is."""
    for candidate in (charset or "utf-8", "utf-8"):
        try:
            return raw.decode(candidate)
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _own_lines(words: str) -> str:
    """Without quoted lines and without what stands below a signature mark (RFC 3676, section 4.3)."""
    above, _, _ = words.replace("\r\n", "\n").partition("\n-- \n")
    return "\n".join(line for line in above.split("\n") if not line.startswith(">")).strip()


def _readable(page: str) -> str:
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    return "".join(reader.words)


class _PageReader(HTMLParser):
    """Collects the text between the tags of an HTML mail; good enough to learn words from, not to show."""

    _UNREAD = frozenset({"script", "style", "head", "title"})
    _INLINE = frozenset({"a", "b", "i", "u", "em", "strong", "span", "font", "sub", "sup"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in self._UNREAD
        if tag not in self._INLINE:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNREAD:
            self._unread = max(0, self._unread - 1)
        if tag not in self._INLINE:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)
