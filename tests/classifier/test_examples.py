"""Reading labelled examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.examples import Example, Examples, ExamplesRefused, read_examples, starter_examples
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
        "old.jsonl:6: subject, text and mailbox must be text.",
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
    assert _problems(tmp_path / "old.xlsx") == [
        "old.xlsx is neither a .csv file, a .jsonl file nor a folder of departments."
    ]


def test_the_same_text_counts_once_per_department(written: Written) -> None:
    path = written("old.csv", "department,subject,text\nit,VPN,down\nit,vpn,DOWN \nhr,VPN,down\n")

    read = read_examples(path)

    assert (len(read.kept), read.duplicates) == (2, 1)


def test_sorted_mail_is_read_from_one_folder_per_department(written: Written) -> None:
    written("it/1.eml", "Subject: =?utf-8?q?Dr=C3=BCcker?=\nContent-Type: text/plain\n\nIt jams.\n> old\n-- \nJoe")
    page = "<head><style>x{}</style></head><p>R&eacute;gler<br>la <b>fac</b>ture</p>"
    path = written("finance/2.eml", f"Subject: a\nContent-Type: text/html; charset=nonsense\n\n{page}")

    read = read_examples(path.parent.parent)

    assert [(one.department, one.text.subject, one.text.words.split()) for one in read.kept] == [
        ("finance", "a", ["Régler", "la", "facture"]),
        ("it", "Drücker", ["It", "jams."]),
    ]


def test_the_text_of_a_mail_is_its_plain_part_and_not_an_attachment(written: Written) -> None:
    parts = (
        'Subject: a\nContent-Type: multipart/mixed; boundary="x"\n\n'
        "--x\nContent-Type: text/plain\nContent-Disposition: attachment\n\nminutes of 2019\n"
        "--x\nContent-Type: text/html\n\n<p>page</p>\n"
        "--x\nContent-Type: text/plain; charset=latin-1\n\nB\xfcro\n--x--\n"
    )
    path = written("it/1.eml", parts.encode("latin-1"))

    assert [words for _, _, words in _texts(read_examples(path.parent.parent))] == ["Büro"]


def test_mail_with_nothing_to_read_is_skipped_and_named(written: Written) -> None:
    written("it/1.eml", "Subject: VPN\n\ndown")
    nested = "".join(f'Content-Type: multipart/mixed; boundary="{i}"\n\n--{i}\n' for i in range(3_000))
    deep = written("it/deep.eml", nested)
    empty = written("it/empty.eml", "From: a@lindwerk.example\n\n")

    read = read_examples(empty.parent.parent)

    assert len(read.kept) == 1
    assert read.skipped == (
        f"{deep}: skipped, for it is no readable mail (RecursionError).",
        f"{empty}: skipped, for it has neither subject nor text.",
    )


@pytest.mark.parametrize("head", [b"Subject: =?utf-8?b?abc?=", b"Subject: =?x?q?=FF?= \xff", b"Subject: \x00"])
def test_a_broken_subject_does_not_hide_the_text(written: Written, head: bytes) -> None:
    path = written("it/1.eml", head + b"\nContent-Type: text/plain; charset=\xff\xfe\n\nThe printer jams.\n")

    assert [words for _, _, words in _texts(read_examples(path.parent.parent))] == ["The printer jams."]


def test_a_folder_that_is_no_department_is_a_mistake(written: Written) -> None:
    path = written("fnance/1.eml", "Subject: a\n\nb")

    assert _problems(path.parent.parent, ("finance", "it"))[0].endswith(
        "fnance: there is no department 'fnance'; did you mean 'finance'?"
    )


def test_a_folder_without_mail_says_how_it_should_look(tmp_path: Path) -> None:
    assert _problems(tmp_path)[0].endswith("holds no mail; put it into one folder per department, as it/1.eml.")


def test_the_starter_examples_cover_eight_departments_evenly() -> None:
    read = starter_examples()

    counts = {one: sum(one == other.department for other in read.kept) for one in {e.department for e in read.kept}}
    assert set(counts) == {
        "communications", "facilities", "finance", "hr", "it", "legal", "procurement", "security",
    }  # fmt: skip
    assert min(counts.values()) >= 50
    assert max(counts.values()) < 2 * min(counts.values())
