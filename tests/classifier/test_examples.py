"""Reading labelled examples."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from classifier.examples import (
    Example,
    Examples,
    ExamplesRefused,
    described,
    read_examples,
    starter_examples,
    without_duplicates,
)
from classifier.text import Text

Written = Callable[[str, str | bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a file below a fresh folder."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def _problems(path: Path, departments: tuple[str, ...] = ()) -> list[str]:
    """The sentences about a file, without the folder it lies in."""
    with pytest.raises(ExamplesRefused) as refused:
        read_examples(path, departments)
    return [problem.replace(f"{path.parent}/", "") for problem in refused.value.problems]


def _texts(read: Examples) -> list[tuple[str, str, str]]:
    return [(example.department, example.text.subject, example.text.words) for example in read.kept]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_of_any_spreadsheet_is_read(written: Written, mark: str) -> None:
    rows = [("Department", "subject", "text"), ("it", "VPN", '"two\nlines"'), ("hr", "", "holiday")]
    path = written("old.csv", "\ufeff" + "\r\n".join(mark.join(row) for row in rows))

    assert _texts(read_examples(path)) == [("it", "VPN", "two\nlines"), ("hr", "", "holiday")]


def test_an_example_says_where_it_stands(written: Written) -> None:
    path = written("old.csv", 'department,text,mailbox\nit,"a\nb",it@lindwerk.example\nhr,c,\n')

    assert read_examples(path).kept == (
        Example(Text("", "a\nb", "it@lindwerk.example"), "it", f"{path}:2"),
        Example(Text("", "c"), "hr", f"{path}:4"),
    )


def test_every_mistake_of_a_table_is_told_at_once(written: Written) -> None:
    path = written("old.csv", 'department,subject,text\n,a,b\nit,,\nit,a,b,c\nit,a"b,c\nit,"a"b,c\nhr,ok,ok\n')

    assert _problems(path) == [
        "old.csv:2: the department is missing; name the one that handled this text.",
        "old.csv:3: subject and text are both empty; there is nothing to learn from.",
        "old.csv:4: 4 fields for 3 columns; put a text with ',' in quotes.",
        "old.csv:6: this is not a record of CSV (',' expected after '\"'); look for a quote too many.",
    ]


def test_a_text_too_long_for_a_table_is_refused_with_a_way_out(written: Written) -> None:
    path = written("old.csv", "department,subject,text\nit,Log," + "word " * 40_000)

    assert _problems(path) == [
        "old.csv:2: this is not a record of CSV (field larger than field limit (131072)); look for a quote too many; "
        "if the text is as long as that, give the table as .jsonl."
    ]


@pytest.mark.parametrize("first", ["", "dept,subject,text\nit,a,b\n", "department,notes\nit,a\n"])
def test_a_table_must_name_its_columns(written: Written, first: str) -> None:
    path = written("old.csv", first)

    assert _problems(path) == ["old.csv:1: the first line must name the columns department, subject and text."]


def test_every_mistake_of_json_lines_is_told_at_once(written: Written) -> None:
    lines = ['{"department": "it", "text": "a"}', "", "{", "[]", '{"text": "b"}', '{"department": "it", "text": 1}']
    path = written("old.jsonl", "\n".join(lines))

    assert _problems(path) == [
        "old.jsonl:3: this line is not JSON; write one object per line.",
        "old.jsonl:4: this line is not an object with department, subject and text.",
        "old.jsonl:5: the department is missing; name the one that handled this text.",
        "old.jsonl:6: subject, text, mailbox and group must be text.",
    ]


def test_an_unknown_department_is_a_mistake_with_a_hint(written: Written) -> None:
    path = written("old.csv", "department,text\nfinanze,a\nxyz,b\nit,c\n")

    assert _problems(path, ("it", "finance")) == [
        "old.csv:2: there is no department 'finanze'; did you mean 'finance'?",
        "old.csv:3: there is no department 'xyz'; write one of finance, it.",
    ]


def test_text_in_another_encoding_is_refused_with_its_line(written: Written) -> None:
    path = written("old.csv", "department,text\nit,a\nit,Büro\n".encode("latin-1"))

    assert _problems(path) == ["old.csv:3: this is not UTF-8; save the file as UTF-8."]


def test_what_is_not_there_or_not_a_table_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert _problems(tmp_path / "gone.csv") == ["gone.csv cannot be read: No such file or directory."]
    assert _problems(tmp_path / "old.xlsx") == ["old.xlsx is no table; give a file named .csv, .jsonl, .parquet."]


def test_the_same_text_counts_once_per_department(written: Written) -> None:
    path = written("old.csv", "department,subject,text\nit,VPN,down\nit,vpn,DOWN \nhr,VPN,down\n")

    read = read_examples(path)

    assert (len(read.kept), read.duplicates) == (2, 1)


def test_of_the_same_text_the_one_that_counts_most_is_kept() -> None:
    guess = Example(Text("VPN", "down"), "it", "REQ-1", weight=0.5)
    moved = Example(Text("vpn", "Down"), "it", "REQ-2")

    assert without_duplicates([guess, moved]).kept == (moved,)


def test_a_table_may_say_when_and_from_whom_a_text_came(written: Written) -> None:
    path = written(
        "old.csv", "department,text,received_at,group\nit,a,2026-11-03T08:15:00+01:00,field\nit,b,2026-11-03,\n"
    )

    assert [(one.received_at, one.group) for one in read_examples(path).kept] == [
        (datetime(2026, 11, 3, 7, 15, tzinfo=UTC), "field"),
        (datetime(2026, 11, 3, tzinfo=UTC), ""),
    ]


def test_a_time_that_is_none_is_a_mistake(written: Written) -> None:
    path = written("old.csv", "department,text,received_at\nit,a,last week\n")

    assert _problems(path) == ["old.csv:2: 'last week' is no time; write it as 2026-11-03T08:15:00+01:00."]


def _parquet(path: Path, **columns: list[object]) -> Path:
    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_a_parquet_file_is_read_like_any_table(tmp_path: Path) -> None:
    when = datetime(2026, 11, 3, 8, 15, tzinfo=UTC)
    path = _parquet(tmp_path / "old.parquet", Department=["it", "hr"], text=["a", "b"], received_at=[when, None])

    assert read_examples(path).kept == (
        Example(Text("", "a"), "it", f"{path}:row 1", when),
        Example(Text("", "b"), "hr", f"{path}:row 2"),
    )


def test_every_mistake_of_a_parquet_file_is_told_with_its_row(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "old.parquet", department=["it", None, "xyz"], text=["a", "b", "c"])

    assert _problems(path, ("it",)) == [
        "old.parquet:row 2: the department is missing; name the one that handled this text.",
        "old.parquet:row 3: there is no department 'xyz'; write one of it.",
    ]


def test_a_parquet_file_that_is_cut_or_has_other_columns_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "old.parquet", a=["it"])
    assert _problems(path) == ["old.parquet: the columns must be named department, subject and text."]

    path.write_bytes(path.read_bytes()[:-9])
    (sentence,) = _problems(path)
    assert sentence.startswith("old.parquet: this is not a whole Parquet file (")
    assert sentence.endswith("); write it again.")


def test_without_pyarrow_the_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _parquet(tmp_path / "old.parquet", department=["it"], text=["a"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert _problems(path) == [
        "old.parquet: reading Parquet needs pyarrow; install Postroom with its extra `parquet` "
        "(in its checkout: `pip install '.[parquet]'`), or give the table as .csv or .jsonl."
    ]


def test_a_description_is_an_example_for_each_thing_that_it_names() -> None:
    made = described("it", "IT Service", "Computers, accounts and the network.")

    assert [(one.text.subject, one.text.words) for one in made] == [
        ("IT Service", "Computers, accounts and the network."),
        ("", "Computers"),
        ("", "accounts"),
        ("", "the network"),
    ]
    assert all(one.made_up and one.weight < 1 for one in made)


def test_the_starter_examples_cover_eight_departments_evenly() -> None:
    read = starter_examples()

    counts = {one: sum(one == other.department for other in read.kept) for one in {e.department for e in read.kept}}
    assert set(counts) == {
        "communications", "facilities", "finance", "hr", "it", "legal", "procurement", "security",
    }  # fmt: skip
    assert min(counts.values()) >= 50
    assert max(counts.values()) < 2 * min(counts.values())
