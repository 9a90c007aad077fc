"""Labelled examples: a text and the department that handled it; from a table, from lines of JSON, or made up.

Touches files. A table with mistakes is refused as a whole, with every mistake. Reads no mail: who does gives
its text as an example.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

from classifier.text import Text, document

TABLES = (".csv", ".jsonl", ".parquet")

FEWEST_EXAMPLES = 5
"""Below this a department cannot be held out and learnt at the same time."""

_COLUMNS = ("subject", "text", "mailbox", "group", "received_at")
_ROWS_AT_ONCE = 10_000
# A description names what a department handles; each of these ends one such thing.
_PIECES = re.compile(r"[.,;:/()]| and | und | et | y ")
MADE_UP_WEIGHT = 0.5
"""What nobody wrote to us counts half: real mail is to outvote it."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the department that handled it.

    `source` says where it is from: `file:line`, the file of a mail, or a reference. `received_at`: UTC, None if
    unknown. `group`: that of the requester, "" if unknown. `weight`: how much it counts, 1 for what a person
    decided. `made_up`: nobody sent it; it teaches, and no figure counts it where there is mail. `doubtful`: who said so
    said more than a person may on one day; it teaches, and no model is examined by it.
    """

    text: Text
    department: str
    source: str
    received_at: datetime | None = None
    group: str = ""
    weight: float = 1.0
    made_up: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Examples:
    """What was read: the examples kept, and how many said the same again."""

    kept: tuple[Example, ...]
    duplicates: int = 0


class ExamplesRefused(Exception):
    """Examples with mistakes. `problems` has one sentence for each, with file and line where there is one."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_examples(path: Path, departments: Collection[str] = ()) -> Examples:
    """Examples from a table as `read_rows` reads it, each text once per department."""
    return without_duplicates(read_rows(path, departments))


def read_rows(path: Path, departments: Collection[str] = ()) -> tuple[Example, ...]:
    """Every row of a `.csv`, `.jsonl` or `.parquet` file.

    It has the columns `department`, `subject`, `text` and perhaps `mailbox`, `group` (of the requester) and
    `received_at` (ISO 8601; without a zone it is UTC); others are ignored. With `departments` given, any other
    department is a mistake. Raises ExamplesRefused with every mistake at once.
    """
    try:
        return _checked(_rows_of(path), departments, str(path))
    except OSError as trouble:
        raise ExamplesRefused((f"{path} cannot be read: {trouble.strerror or trouble}.",)) from trouble


def starter_examples() -> Examples:
    """The examples that come with Postroom: short requests of office life in four languages."""
    folder = files("classifier") / "starter"
    rows: list[Example | str] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name, _, suffix = entry.name.rpartition(".")
        if suffix == "jsonl":
            rows += _json_rows(entry.read_text(encoding="utf-8"), f"starter/{entry.name}", name)
    read = _checked(rows, (), "starter")
    return without_duplicates(replace(one, weight=MADE_UP_WEIGHT, made_up=True) for one in read)


def described(department: str, name: str, description: str) -> tuple[Example, ...]:
    """What the settings say of a department, as examples for the first days: its name, and each thing it handles."""
    pieces = [piece.strip() for piece in _PIECES.split(description)]
    source = f"settings: departments.{department}"
    texts = [Text(name, description), *(Text("", piece) for piece in pieces if piece)]
    made = (Example(text, department, source, weight=MADE_UP_WEIGHT, made_up=True) for text in texts)
    return without_duplicates(made).kept


def without_duplicates(examples: Iterable[Example]) -> Examples:
    """Each text once per department: the one that counts most, of equal ones the first.

    Texts are the same if the model sees them so.
    """
    read = list(examples)
    best: dict[tuple[str, str], Example] = {}
    for example in read:
        key = (example.department, document(example.text))
        if key not in best or example.weight > best[key].weight:
            best[key] = example
    return Examples(tuple(best.values()), duplicates=len(read) - len(best))


def stranger(name: str, departments: Collection[str]) -> str:
    """The sentence about a name that is no department, with the one that may be meant."""
    near = difflib.get_close_matches(name, sorted(departments), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"write one of {', '.join(sorted(departments))}."
    return f"there is no department {name!r}; {hint}"


def _checked(rows: Iterable[Example | str], departments: Collection[str], source: str) -> tuple[Example, ...]:
    """The examples among the rows; raises ExamplesRefused if one of them is a sentence about a mistake."""
    read = [_known(row, departments) if isinstance(row, Example) else row for row in rows]
    problems = [row for row in read if isinstance(row, str)]
    if problems:
        raise ExamplesRefused(problems)
    examples = [row for row in read if isinstance(row, Example)]
    if not examples:
        raise ExamplesRefused((f"{source} holds no examples.",))
    return tuple(examples)


def _known(example: Example, departments: Collection[str]) -> Example | str:
    if not departments or example.department in departments:
        return example
    return f"{example.source}: {stranger(example.department, departments)}"


# ---- tables and lines of JSON


def _rows_of(path: Path) -> Iterator[Example | str]:
    suffix = path.suffix.lower()
    if suffix not in TABLES:
        raise ExamplesRefused((f"{path} is no table; give a file named {', '.join(TABLES)}.",))
    if suffix == ".parquet":
        return _parquet_rows(path)
    raw = path.read_bytes()
    try:
        written = raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = raw.count(b"\n", 0, trouble.start) + 1
        raise ExamplesRefused((f"{path}:{line}: this is not UTF-8; save the file as UTF-8.",)) from trouble
    return (_table_rows if suffix == ".csv" else _json_rows)(written, str(path))


def _parquet_rows(path: Path) -> Iterator[Example | str]:
    """One example or one sentence per row; the place is the number of the row, from 1."""
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - an extra of 150 MB
    except ModuleNotFoundError as missing:
        sentence = (
            f"{path}: reading Parquet needs pyarrow; install Postroom with its extra `parquet` "
            "(in its checkout: `pip install '.[parquet]'`), or give the table as .csv or .jsonl."
        )
        raise ExamplesRefused((sentence,)) from missing
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            names = {name.strip().lower(): name for name in file.schema_arrow.names}
            if "department" not in names or not {"subject", "text"} & set(names):
                yield f"{path}: the columns must be named department, subject and text."
                return
            wanted = {key: name for key, name in names.items() if key in ("department", *_COLUMNS)}
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(wanted.values())):
                for row in batch.to_pylist():
                    number += 1
                    yield _example({key: row[name] for key, name in wanted.items()}, f"{path}:row {number}")
    except ArrowException as trouble:
        first = str(trouble).partition("\n")[0].rstrip(".")
        yield f"{path}: this is not a whole Parquet file ({first}); write it again."


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
            hint = "look for a quote too many"
            if "field limit" in str(trouble):
                hint += "; if the text is as long as that, give the table as .jsonl"
            yield place, f"{place}: this is not a record of CSV ({trouble}); {hint}."


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
    texts = [fields.get(column) or "" for column in ("subject", "text", "mailbox", "group")]
    subject, words, mailbox, group = (text.strip() if isinstance(text, str) else None for text in texts)
    if subject is None or words is None or mailbox is None or group is None:
        return f"{source}: subject, text, mailbox and group must be text."
    if not subject and not words:
        return f"{source}: subject and text are both empty; there is nothing to learn from."
    try:
        received_at = _instant(fields.get("received_at"))
    except ValueError:
        return f"{source}: {fields['received_at']!r} is no time; write it as 2026-11-03T08:15:00+01:00."
    return Example(Text(subject, words, mailbox, group), department.strip(), source, received_at, group)


def _instant(written: object) -> datetime | None:
    """The instant in UTC that is meant, None by nothing. Raises ValueError."""
    if written is None or written == "":
        return None
    if isinstance(written, str):
        written = datetime.fromisoformat(written.strip())
    if isinstance(written, date) and not isinstance(written, datetime):
        written = datetime(written.year, written.month, written.day, tzinfo=UTC)
    if not isinstance(written, datetime):
        raise ValueError("not a time")
    return written.replace(tzinfo=UTC) if written.tzinfo is None else written.astimezone(UTC)
