"""Labelled sets of requests on the disk: found whatever they are called, read whatever their format, split.

A set is a folder in `routing/` with one table or several (each is a part, named by its file: `train.csv`, `test.csv`),
or a table that lies there by itself. A table is Parquet, CSV, TSV, lines of JSON, or JSON.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier.alike import groups_of
from classifier.text import Text

# What others call these columns, the likeliest first.
_LABELS = ("label", "department", "queue", "category", "intent", "topic_group", "class", "topic", "target")
_TEXTS = ("text", "utterance", "document", "question", "query", "sentence", "content", "body", "message", "words")
_SUBJECTS, _BODIES = ("subject", "title"), ("body", "text", "message", "description", "content", "words")
_LANGUAGES = ("lang", "language", "locale")
_OUT_OF_SCOPE = ("oos", "ood", "out_of_scope", "out-of-scope", "out of scope", "stranger")

_TEST_SHARE = 0.2
# A mail of the measured ones is cut here, as the scoring tool does.
_LONGEST = 3_000


class SetRefused(Exception):
    """A set that cannot be measured; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `part`: train, valid, test or "" as the set says; `group`: that of its near-duplicates, if known."""

    text: str
    label: str
    part: str = ""
    language: str = ""
    group: str | None = None
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """What to learn from, what to judge by, and texts of none of the labels; near-duplicates are on one side."""

    learnt: tuple[Row, ...]
    test: tuple[Row, ...]
    strangers: tuple[str, ...]


def found(data: Path) -> dict[str, Path]:
    """Every set in `data/routing` by its name; of folders and of tables that lie there by themselves."""
    entries = sorted((data / "routing").glob("*"))
    named = {one.name if one.is_dir() else one.stem: one for one in entries if not one.name.startswith(".")}
    return {name: one for name, one in named.items() if _tables(one)}


def columns(table: Path) -> frozenset[str]:
    """What the columns of a Parquet file are called; none if it is broken."""
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - takes half a second, and not every set needs it

    try:
        return frozenset(parquet.read_schema(table).names)
    except ArrowException:
        return frozenset()


def read(path: Path) -> tuple[Row, ...]:
    """The rows of a set. Raises SetRefused with a sentence."""
    rows: list[Row] = []
    tables = _tables(path)
    for table in tables:
        part = table.stem if len(tables) > 1 else ""
        try:
            rows += _rows(_READERS[table.suffix.lower()](table), part)
        except (OSError, ValueError, KeyError, csv.Error) as trouble:
            raise SetRefused(f"{table} cannot be read: {trouble}") from trouble
    if len({row.label for row in rows if not row.stranger}) < 2:
        raise SetRefused(f"{path} has fewer than two labels, or no column that is called as labels and texts are.")
    return tuple(rows)


def split(rows: Sequence[Row], seed: int | None = None) -> Split:
    """What was set apart for testing is tested; without that, or with a `seed`, a fifth of each label by chance."""
    strangers = tuple(row.text for row in rows if row.stranger and not row.part.startswith("valid"))
    inside = _grouped([row for row in rows if not row.stranger])
    if seed is None and any(row.part == "test" for row in inside):
        tested = {row.group for row in inside if row.part == "test"}
        test = [row for row in inside if row.part == "test"]
    else:
        tested = _drawn(inside, np.random.default_rng(seed))
        test = [row for row in inside if row.group in tested]
    learnt = tuple(row for row in inside if row.group not in tested)
    if not test or len({row.label for row in learnt}) < 2:
        raise SetRefused("its test part leaves fewer than two labels to learn, or is empty.")
    return Split(learnt, tuple(test), strangers)


def sample(rows: Sequence[Row], most: int, seed: int) -> tuple[Row, ...]:
    """No more than about so many rows, drawn by chance in whole groups of near-duplicates."""
    if len(rows) <= most:
        return tuple(rows)
    grouped = _grouped(rows)
    names = sorted({row.group for row in grouped if row.group is not None})
    chosen = set(np.random.default_rng(seed).permutation(names)[: round(most * len(names) / len(rows))].tolist())
    return tuple(row for row in grouped if row.group in chosen)


def _grouped(rows: Sequence[Row]) -> list[Row]:
    """The same rows; where the set does not say which are near-duplicates, as our own groups have it."""
    if all(row.group is not None for row in rows):
        return list(rows)
    groups = groups_of(Text("", row.text) for row in rows)
    return [replace(row, group=str(group)) for row, group in zip(rows, groups.tolist(), strict=True)]


def _drawn(rows: Sequence[Row], chance: np.random.Generator) -> set[str | None]:
    """Groups with about a fifth of each label."""
    sizes: dict[str | None, int] = {}
    of_label: dict[str, list[str | None]] = {}
    for row in rows:
        if row.group not in sizes:
            of_label.setdefault(row.label, []).append(row.group)
        sizes[row.group] = sizes.get(row.group, 0) + 1
    drawn: set[str | None] = set()
    for label in sorted(of_label):
        groups, got = of_label[label], 0
        wanted = _TEST_SHARE * sum(sizes[group] for group in groups)
        for at in chance.permutation(len(groups)).tolist():
            # A form letter of half the label would leave nothing to learn.
            if got + sizes[groups[at]] / 2 <= wanted:
                drawn.add(groups[at])
                got += sizes[groups[at]]
    return drawn


# -- reading


def _tables(path: Path) -> list[Path]:
    """The tables of a set; of a folder that says the same in several formats, those of the first."""
    if path.is_file():
        return [path] if path.suffix.lower() in _READERS else []
    every = sorted(path.iterdir())
    by_format = ([one for one in every if one.suffix.lower() == suffix and one.is_file()] for suffix in _READERS)
    return next((tables for tables in by_format if tables), [])


def _rows(records: Iterable[Mapping[str, object]], part: str) -> Iterator[Row]:
    for record in records:
        told = {str(name).strip().lower(): value for name, value in record.items()}
        label, text = _first(told, _LABELS), _text(told)
        its_part = (_first(told, ("split", "part", "fold")) or part).lower()
        outside = any(one.lower().startswith(_OUT_OF_SCOPE) for one in (label, its_part))
        if not text or not (label or outside):
            continue
        if outside:
            its_part = its_part.partition("_")[2] if its_part.startswith(_OUT_OF_SCOPE) else its_part
        group = _first(told, ("dupgroup", "group_id"))
        yield Row(text[:_LONGEST], label, its_part, _first(told, _LANGUAGES), group or None, outside)


def _text(told: Mapping[str, object]) -> str:
    """The whole text if there is one, otherwise subject and body."""
    subject = _first(told, _SUBJECTS)
    if subject and "text" not in told:
        return f"{subject}\n{_first(told, _BODIES)}".strip()
    if subject and "body" not in told:  # then `text` is the body
        return f"{subject}\n{_first(told, _TEXTS)}".strip()
    return _first(told, _TEXTS)


def _first(told: Mapping[str, object], names: Iterable[str]) -> str:
    """The first of these columns that has anything in it."""
    said = (str(told[name]).strip() for name in names if told.get(name) is not None)
    return next((one for one in said if one and one != "nan"), "")


def _parquet(path: Path) -> Iterator[Mapping[str, object]]:
    from pyarrow import parquet  # noqa: PLC0415 - takes half a second, and not every set needs it

    table: list[Mapping[str, object]] = parquet.read_table(path).to_pylist()
    yield from table


def _csv(path: Path) -> Iterator[Mapping[str, object]]:
    written = _decoded(path)
    header = written.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    usual = csv.field_size_limit(10_000_000)  # of the whole process; learning from tables keeps the usual one
    try:
        rows = list(csv.DictReader(io.StringIO(written, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(usual)
    yield from rows


def _json_lines(path: Path) -> Iterator[Mapping[str, object]]:
    yield from (json.loads(line) for line in _decoded(path).split("\n") if line.strip())


def _json(path: Path) -> Iterator[Mapping[str, object]]:
    """A list of objects, or an object with a list for each part; a pair instead of an object is text and label."""
    told: Any = json.loads(_decoded(path))
    parts: Mapping[str, Any] = told if isinstance(told, dict) else {"": told}
    for part, rows in parts.items():
        for row in rows:
            fields = dict(zip(("text", "label"), row, strict=False)) if isinstance(row, list) else row
            if not isinstance(fields, dict):
                raise ValueError(f"a row is {json.dumps(fields)[:40]}, neither an object nor a pair")
            yield {"split": part, **fields}


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


_READERS: Mapping[str, Callable[[Path], Iterator[Mapping[str, object]]]] = {
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
}
