"""The commands that act: by whom, why, and what the ledger and the outbox say afterwards."""

from __future__ import annotations

import getpass
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.cli import sheet

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

ROOT = Path(__file__).parents[2]
TOBIAS = "tobias.lang@lindwerk.example"


def ledger(lindwerk: Lindwerk, reference: str) -> list[tuple[str, str, str | None]]:
    entries = lindwerk.runs("ledger", reference, "--json").json["entries"]
    return [(entry["actor"], entry["what"], entry["to_value"]) for entry in entries]


def mails(lindwerk: Lindwerk, reference: str) -> list[tuple[str, str]]:
    return [(mail["kind"], mail["recipient"]) for mail in lindwerk.runs("show", reference, "--json").json["mails"]]


def test_assign_places_a_request_and_tells_the_people(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("assign", "REQ-2", "--department", "hr", "--by", "anke.wulf@lindwerk.example", "--why", "leave")

    assert (ran.status, ran.out, ran.err) == (0, f"REQ-2 is with hr; {TOBIAS} owns it.\n", "")
    assert ("anke.wulf@lindwerk.example", "routed", "hr") in ledger(lindwerk, "REQ-2")
    assert ("assignment", TOBIAS) in mails(lindwerk, "REQ-2")
    assert ("new_owner", "eva.lund@lindwerk.example") in mails(lindwerk, "REQ-2")


def test_assign_prints_nothing_but_json_when_asked(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("assign", "REQ-1", "--owner", "aylin.demir@lindwerk.example", "--why", "holiday", "--json")

    assert (ran.json["reference"], ran.json["owner"]) == ("REQ-1", "aylin.demir@lindwerk.example")
    assert ran.err == ""


WRONG = {
    "REQ-1 --why x": "Say to which department (--department) or to whom (--owner) the request goes.",
    "REQ-1 --why x --department hrr": "There is no department 'hrr'; the departments are it, hr.",
    f"REQ-1 --why x --owner {TOBIAS}": f"{TOBIAS} does not belong to IT; its people are ",
    f"REQ-2 --why x --owner {TOBIAS}": "REQ-2 stands in triage; say to which department it goes.",
    "REQ-9 --why x --department hr": "There is no request REQ-9.",
    "nine --why x --department hr": "'nine' is no reference; references look like REQ-2041.",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_assign_says_what_it_wants_and_changes_nothing(lindwerk: Lindwerk, arguments: str) -> None:
    before = lindwerk.rows()

    ran = lindwerk.runs("assign", *arguments.split())

    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(WRONG[arguments])
    assert lindwerk.rows() == before


def test_resolve_ends_a_request_once(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("resolve", "REQ-1", "--why", "restarted it")

    assert (ran.status, ran.out) == (0, "REQ-1 is resolved.\n")
    assert (getpass.getuser(), "status", "resolved") in ledger(lindwerk, "REQ-1")
    assert [clock["stopped_at"] is not None for clock in lindwerk.runs("show", "REQ-1", "--json").json["clocks"]] == [
        True,
        True,
    ]

    again = lindwerk.runs("resolve", "REQ-1", "--why", "again")
    assert again.status == 1
    assert again.err.startswith("REQ-1: ")
    given_away = lindwerk.runs("assign", "REQ-1", "--department", "hr", "--why", "x")
    assert given_away.err == "REQ-1 is resolved; only an unfinished request can be given away.\n"


def test_resolve_prints_nothing_but_json_when_asked(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("resolve", "REQ-1", "--why", "done", "--json")

    assert (ran.json["reference"], ran.json["status"]) == ("REQ-1", "resolved")


def test_an_account_without_a_name_acts_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 54321")

    monkeypatch.setattr(getpass, "getuser", nobody)

    assert sheet.account().startswith("user ")


def test_quarantine_show_gives_the_bytes(lindwerk: Lindwerk) -> None:
    from tests.cli.conftest import UNREADABLE

    assert lindwerk.runs("quarantine", "show", "3").raw == UNREADABLE


@pytest.mark.parametrize(
    ("how", "said", "state"),
    [
        ("retry", "Mail 3 will be read again within a minute; see `postroom quarantine list`.", "stored"),
        ("release", "Mail 3 is released.", "done"),
    ],
)
def test_quarantine_ends_and_resolves_the_placeholder(lindwerk: Lindwerk, how: str, said: str, state: str) -> None:
    ran = lindwerk.runs("quarantine", how, "3")

    assert (ran.status, ran.out) == (0, f"REQ-3 is resolved.\n{said}\n")
    assert lindwerk.rows()["copies"].get(state) == (3 if state == "done" else 1)
    assert lindwerk.runs("quarantine", "list", "--json").json == []
    assert lindwerk.runs("show", "REQ-3", "--json").json["status"] == "resolved"
    assert ledger(lindwerk, "REQ-3")[-1][1:] == ("status", "resolved")


@pytest.mark.parametrize("how", ["show", "retry", "release"])
def test_quarantine_knows_only_what_lies_there(lindwerk: Lindwerk, how: str) -> None:
    ran = lindwerk.runs("quarantine", how, "1")

    assert ran.status == 1
    assert ran.err == "No mail with the number 1 lies in quarantine; see `postroom quarantine list`.\n"


def test_a_reader_that_goes_away_ends_the_command_quietly(lindwerk: Lindwerk) -> None:
    command = f"{sys.executable} -m daemon -c {lindwerk.path} list --json | head -c 1"

    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[", "")


def test_reassign_gives_everything_of_somebody_to_others(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("reassign", "--from", "jonas.petersen@lindwerk.example", "--why", "has left", "--json")
    again = lindwerk.runs("reassign", "--from", "jonas.petersen@lindwerk.example", "--why", "has left")

    assert {one["owner"] for one in ran.json} == {"aylin.demir@lindwerk.example"}
    assert "0 requests of jonas.petersen@lindwerk.example" in again.out


def test_reassign_says_who_cannot_take_it(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("reassign", "--from", "jonas.petersen@lindwerk.example", "--to", TOBIAS, "--why", "x", "--json")

    assert all(one["why"].startswith(f"{TOBIAS} does not belong to IT") for one in ran.json)
