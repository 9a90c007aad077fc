"""`postroom ledger`: who had it, whether the ledger stands as it was written, and a copy for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from daemon.store import ledger

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

JONAS = "jonas.petersen@lindwerk.example"


def forge(connection: sa.Connection) -> None:
    connection.execute(sa.text("drop trigger ledger_no_UPDATE"))
    connection.execute(sa.text("update ledger set why = 'never mind' where id = 2"))


def test_the_history_ends_with_who_had_it_and_why(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("ledger", "REQ-1")

    (row,) = [line for line in ran.out.partition("who had it")[2].splitlines() if JONAS in line]
    assert re.fullmatch(rf"{JONAS} +it +\w+ .* now +.*", row.strip())
    (held,) = lindwerk.runs("ledger", "REQ-1", "--json").json["holdings"]
    assert (held["owner"], held["department"], held["until"]) == (JONAS, "it", None)


@pytest.mark.parametrize(("name", "status"), [("REQ-99", 1), ("VPN", 1)])
def test_a_request_that_is_not_there_gets_a_sentence(lindwerk: Lindwerk, name: str, status: int) -> None:
    ran = lindwerk.runs("ledger", name)

    assert ran.status == status
    assert ran.err.strip().endswith(("There is no request REQ-99.", "references look like REQ-2041."))


def test_verify_says_how_many_lines_stand_as_they_were_written(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("ledger", "verify")

    assert ran.status == 0
    assert re.fullmatch(r"\d+ lines, all as they were written\. Witness: \d+:[0-9a-f]{64}\n", ran.out)


def test_verify_names_the_line_that_was_changed(lindwerk: Lindwerk) -> None:
    lindwerk.writes(forge)

    ran = lindwerk.runs("ledger", "verify")

    assert ran.status == 1
    assert "The ledger was tampered with: line 2 (REQ-1, routed of " in ran.out
    (said,) = lindwerk.runs("ledger", "verify", "--json").json["wrong"]
    assert said.startswith("line 2 (REQ-1, routed of ")


def test_a_witness_outside_of_the_database_finds_a_ledger_that_was_written_anew(lindwerk: Lindwerk) -> None:
    witness = lindwerk.runs("ledger", "verify").out.split("Witness: ")[1].strip()
    assert lindwerk.runs("ledger", "verify", "--witness", witness).status == 0

    ran = lindwerk.runs("ledger", "verify", "--witness", witness[:-1] + ("0" if witness[-1] != "0" else "1"))

    number = witness.partition(":")[0]
    assert ran.status == 1
    assert f"line {number} is not the line that the witness saw" in ran.out
    gone = lindwerk.runs("ledger", "verify", "--witness", f"999:{'0' * 64}")
    assert "line 999 is not there any more" in gone.out
    odd = lindwerk.runs("ledger", "verify", "--witness", "yesterday")
    assert odd.status == 64
    assert "'yesterday' is no witness" in odd.err


def test_a_spreadsheet_gets_every_line_since_a_day(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("ledger", "export", "--since", "2026-11-23")

    rows = list(csv.DictReader(io.StringIO(ran.raw.decode())))
    assert [(row["request"], row["what"]) for row in rows[:3]] == [
        ("REQ-1", "opened"),
        ("REQ-1", "routed"),
        ("REQ-1", "owner"),
    ]
    assert rows[0]["at"].endswith("+00:00")
    assert len(lindwerk.runs("ledger", "export", "--since", "2126-11-23").out.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    ["=cmd|'/c calc'!A1", "+49 40 1234", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", "\uff1d1", "\uff0b1"],
)
def test_no_cell_is_a_formula(lindwerk: Lindwerk, words: str) -> None:
    said = ledger.Entry(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), words, "said", words, words, words)
    lindwerk.writes(lambda c: ledger.write(c, 1, [said]))

    ran = lindwerk.runs("ledger", "export", "--since", "2026-11-23")

    *_, row = csv.DictReader(io.StringIO(ran.raw.decode(), newline=""))
    assert [row[name] for name in ("actor", "from_value", "to_value", "why")] == [f"'{words}"] * 4


def test_holdings_are_exported_with_those_that_began_before(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("ledger", "export", "--since", "1h", "--what", "holdings", "--format", "json")

    held = json.loads(ran.out)
    assert [(one["request"], one["owner"]) for one in held][:2] == [("REQ-1", JONAS), ("REQ-2", None)]
    assert {one["until"] for one in held} == {None}


def test_a_file_is_written_and_counted(lindwerk: Lindwerk) -> None:
    path = lindwerk.path.parent / "ledger.csv"

    ran = lindwerk.runs("ledger", "export", "--since", "2026-11-23", "--output", str(path))

    lines = path.read_bytes().decode().split("\r\n")
    assert ran.out == f"{len(lines) - 2} lines are in {path}.\n"


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_what_is_exported_can_be_read_by_its_owner_alone(lindwerk: Lindwerk, form: str) -> None:
    path = lindwerk.path.parent / f"ledger.{form}"

    lindwerk.runs("ledger", "export", "--since", "1d", "--format", form, "--output", str(path))

    assert path.stat().st_mode & 0o777 == 0o600


def test_parquet_carries_instants_as_instants(lindwerk: Lindwerk) -> None:
    from pyarrow import parquet

    path = lindwerk.path.parent / "ledger.parquet"
    options = ["--since", "2026-11-23", "--format", "parquet", "--output", str(path)]
    assert lindwerk.runs("ledger", "export", *options).status == 0

    table = parquet.read_table(path)
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert table.column("request").to_pylist()[0] == "REQ-1"
    lindwerk.runs("ledger", "export", *options, "--what", "holdings")
    assert parquet.read_table(path).column("owner").to_pylist()[0] == JONAS


def test_parquet_without_its_module_says_what_to_install(lindwerk: Lindwerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    ran = lindwerk.runs("ledger", "export", "--since", "1d", "--format", "parquet", "--output", "x.parquet")

    assert ran.status == 1
    assert "install Postroom with its extra `parquet`" in ran.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--since", "soon"], "--since wants a duration such as 90d or a day such as 2026-01-31, not 'soon'."),
        (["--since", "1d", "--format", "parquet"], "Parquet is no text for the screen; name a file with --output."),
    ],
)
def test_a_wrong_wish_gets_a_sentence(lindwerk: Lindwerk, options: list[str], sentence: str) -> None:
    ran = lindwerk.runs("ledger", "export", *options)

    assert (ran.status, ran.err.strip()) == (64, sentence)


def test_a_file_that_cannot_be_written_gets_a_sentence(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("ledger", "export", "--since", "1d", "--output", "/nowhere/x.csv")

    assert (ran.status, ran.err.strip()) == (1, "/nowhere/x.csv cannot be written (No such file or directory).")
