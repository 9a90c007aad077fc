"""The commands that look: what people read, what machines read, and that nothing changes by looking."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING

import pytest

from daemon import state_dir
from daemon.premises import utc_now
from daemon.store import ledger, requests
from tests.cli.conftest import EVA, UNREADABLE, mail

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

HOSTILE = "\x1b[2J\x1b]0;title\x07 VPN\rforged line \u202egnp.exe\x9b31m"


def test_list_shows_what_is_unfinished_newest_first(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("list")

    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines if "REQ" in line] == ["REQ-3", "REQ-2", "REQ-1"]
    assert "jonas.petersen@lindwerk.example" in lines[-1]
    assert "Mon 23 Nov 14:00" in lines[-1]  # the organisation's time


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["--triage"], ["REQ-2"]),
        (["--department", "it"], ["REQ-3", "REQ-1"]),
        (["--owner", "Jonas.Petersen@lindwerk.example"], ["REQ-1"]),
        (["--status", "new"], ["REQ-2"]),
        (["--status", "new", "--status", "open", "--limit", "2"], ["REQ-3", "REQ-2"]),
        (["--status", "closed"], []),
    ],
)
def test_list_can_be_narrowed(lindwerk: Lindwerk, options: list[str], shown: list[str]) -> None:
    assert [request["reference"] for request in lindwerk.runs("list", "--json", *options).json] == shown


@pytest.mark.parametrize(
    "command", ["list", "status", "show REQ-1", "ledger REQ-1", "explain REQ-1", "quarantine list"]
)
def test_every_look_has_a_json_form_with_instants_in_utc(lindwerk: Lindwerk, command: str) -> None:
    ran = lindwerk.runs(*command.split(), "--json")

    assert ran.status == (1 if command == "status" else 0)
    assert ran.json
    assert "raw" not in ran.out
    assert command.startswith("explain") or "2026-11-23T09:00:00+00:00" in ran.out or "+00:00" in ran.out


def test_show_tells_who_what_why_here_until_when_and_every_mail(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("show", "REQ-1")

    for word in (
        "VPN is broken",
        "jonas.petersen@lindwerk.example",
        f"Eva Lund <{EVA}>",
        "rule 'network' matched",
        "due Mon 23 Nov 14:00",
        "Since this morning.",
        "[attachment] log.bin",
        "acknowledgement",
        "queued",
    ):
        assert word in ran.out


@pytest.mark.parametrize("name", ["REQ-1", "req-1", "[REQ-1]", "1"])
def test_a_request_is_named_as_people_write_it(lindwerk: Lindwerk, name: str) -> None:
    assert lindwerk.runs("show", name, "--json").json["reference"] == "REQ-1"


def test_show_raw_gives_the_exact_bytes(lindwerk: Lindwerk) -> None:
    from email.policy import SMTP

    assert lindwerk.runs("show", "REQ-3", "--raw").raw == UNREADABLE
    assert lindwerk.runs("show", "REQ-1", "--raw").out.startswith(mail("VPN is broken").as_string(policy=SMTP)[:200])


def test_ledger_tells_the_story_in_order(lindwerk: Lindwerk) -> None:
    entries = lindwerk.runs("ledger", "REQ-1", "--json").json["entries"]

    assert [(entry["actor"], entry["what"]) for entry in entries] == [
        (EVA, "opened"),
        ("postroom", "routed"),
        ("postroom", "owner"),
    ]
    assert "→" not in lindwerk.runs("ledger", "REQ-1").out.splitlines()[2]


@pytest.mark.parametrize("command", ["list", "show REQ-1", "ledger REQ-1", "explain REQ-1"])
def test_no_mail_writes_on_the_readers_terminal(lindwerk: Lindwerk, command: str) -> None:
    lindwerk.writes(lambda c: requests.change(c, 1, subject=HOSTILE, requester_name=HOSTILE, summary=HOSTILE))
    said = ledger.Entry(dt.datetime(2026, 11, 23, tzinfo=dt.UTC), HOSTILE, "routed", HOSTILE, HOSTILE, HOSTILE)
    lindwerk.writes(lambda c: ledger.write(c, 1, [said]))
    lindwerk.writes(lambda c: c.exec_driver_sql("update messages set words = ?, subject = ?", (HOSTILE, HOSTILE)))

    out = lindwerk.runs(*command.split()).out

    assert [character for character in out if not character.isprintable() and character != "\n"] == []
    assert "\\x1b[2J" in out


def test_json_carries_hostile_text_as_data(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda c: requests.change(c, 1, subject=HOSTILE))

    ran = lindwerk.runs("list", "--json")

    assert ran.json[-1]["subject"] == HOSTILE
    assert "\x1b" not in ran.out


def test_status_says_that_the_daemon_does_not_run_and_what_else_is_wrong(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("status")

    assert ran.status == 1
    assert "The daemon is not running; start it with `systemctl start postroom`." in ran.out
    assert "1 mails lie in quarantine; look at them with `postroom quarantine list`." in ran.out
    assert "Requests: 1 new, 2 open" in ran.out
    assert "Outbox: 5 queued" in ran.out


def test_status_of_a_running_daemon_shows_its_workers_and_names_what_is_down(lindwerk: Lindwerk) -> None:
    lindwerk.runs("quarantine", "release", "3")
    worker = {"name": "it", "mailbox": True, "state": "watching", "sentence": "waits", "restarts": 0}
    status = {"pid": 7, "started_at": "then", "rules_version": "abc", "model_version": None, "troubles": []}
    status["written_at"] = utc_now().isoformat()
    with state_dir.held(lindwerk.state):
        state_dir.write_status(lindwerk.state, status | {"workers": [worker]})
        well = lindwerk.runs("status")
        state_dir.write_status(lindwerk.state, status | {"workers": [worker | {"state": "down"}], "troubles": ["Oh."]})
        ill = lindwerk.runs("status", "--json")

    assert well.status == 0
    assert "Postroom runs as process 7" in well.out
    assert (ill.status, ill.json["wrong"]) == (1, ["Oh.", "it: waits"])


def test_a_daemon_that_has_fallen_silent_is_not_called_well(lindwerk: Lindwerk) -> None:
    lindwerk.runs("quarantine", "release", "3")
    status = {"pid": 7, "started_at": "then", "rules_version": "abc", "model_version": None, "troubles": []}
    silent = {"written_at": (utc_now() - dt.timedelta(minutes=5)).isoformat(), "workers": []}
    with state_dir.held(lindwerk.state):
        state_dir.write_status(lindwerk.state, status | silent)
        ran = lindwerk.runs("status", "--json")

    assert ran.status == 1
    said = re.search(r"has said nothing for (\d+) s", ran.json["wrong"][0])
    assert said is not None
    assert 300 <= int(said[1]) < 600


def test_looking_changes_nothing(lindwerk: Lindwerk) -> None:
    before = lindwerk.rows()
    for command in ("list", "show REQ-1", "ledger REQ-1", "explain REQ-1", "status", "quarantine list", "db version"):
        lindwerk.runs(*command.split())

    assert lindwerk.rows() == before


def test_config_describe_is_the_example_that_comes_with_postroom(lindwerk: Lindwerk) -> None:
    from config.describe import describe

    ran = lindwerk.runs("config", "describe")

    assert ran.out == describe()
    assert ran.out.startswith("#")


def test_config_check_counts_what_it_has_read(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("config", "check")

    assert ran.out == f"{lindwerk.path}: 2 mailboxes, 2 departments, no mistakes.\n"


def test_db_version_says_whether_an_upgrade_is_wanted(lindwerk: Lindwerk) -> None:
    assert lindwerk.runs("db", "version").status == 0
    lindwerk.writes(lambda c: c.exec_driver_sql("update alembic_version set version_num = 'zzzz'"))

    ran = lindwerk.runs("db", "version")

    assert (ran.status, ran.out.startswith("Schema zzzz; this program wants ")) == (1, True)


def test_db_upgrade_makes_the_tables_once(empty: Lindwerk) -> None:
    first, second = empty.runs("db", "upgrade"), empty.runs("db", "upgrade")

    assert first.out.startswith("Schema none -> ")
    assert (first.status, second.status) == (0, 0)
    assert json.loads(empty.runs("list", "--json").out) == []


def test_a_request_says_what_it_has_to_do_with_others(lindwerk: Lindwerk) -> None:
    entry = ledger.Entry(
        dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC), "postroom", "split_from", None, "REQ-2", "a new matter"
    )
    lindwerk.writes(lambda c: ledger.write(c, 1, [entry]))

    assert "split from REQ-2 (a new matter)" in " ".join(lindwerk.runs("show", "REQ-1").out.split())
    assert [one["to_value"] for one in lindwerk.runs("show", "REQ-1", "--json").json["related"]] == ["REQ-2"]


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "list --json",
        "show REQ-1",
        "show REQ-1 --json",
        "explain REQ-1",
        "explain REQ-1 --json",
        "ledger REQ-1",
        "ledger REQ-1 --json",
        "ledger export --since 9999d",
        "ledger export --since 9999d --format json",
    ],
)
def test_no_look_shows_what_a_confidential_request_says_nor_who_asked(lindwerk: Lindwerk, command: str) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, confidential=True))
    lindwerk.writes(lambda connection: requests.change(connection, 2, confidential=True))

    ran = lindwerk.runs(*command.split())

    assert ran.status == 0
    assert "onfidential" in ran.out or "the requester" in ran.out
    assert not any(word in ran.out for word in ("VPN is broken", "has 'vpn'", "'VPN'", "log.bin", EVA, "Eva"))


def test_a_mail_made_up_to_ask_about_a_confidential_request_learns_nothing(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, confidential=True))
    asked = lindwerk.path.parent / "asked.eml"
    probe = mail("Re: [REQ-1] tell me more")
    asked.write_bytes(probe.as_bytes())

    ran = lindwerk.runs("explain", "--mailbox", "it", str(asked), "--json")

    assert ran.status == 0
    assert "VPN" not in ran.out
    assert "its sender is the requester" not in ran.out
    assert ran.json["today"]["thread"].startswith("REQ-1, which is confidential")
    assert "mails" not in ran.json["today"]


def test_an_unreadable_mail_of_a_confidential_department_is_not_printed(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 3, confidential=True))
    (one,) = lindwerk.runs("quarantine", "list", "--json").json

    ran = lindwerk.runs("quarantine", "show", str(one["id"]))

    assert (ran.status, ran.out) == (1, "")
    assert f"Mail {one['id']} is REQ-3, which is confidential: only " in ran.err


def test_the_bytes_of_a_confidential_request_are_not_printed(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, confidential=True))

    ran = lindwerk.runs("show", "REQ-1", "--raw")

    assert (ran.status, ran.out) == (1, "")
    assert "REQ-1 is confidential: only its owner reads it, who got it by mail." in ran.err


def test_a_replay_shows_where_a_confidential_request_would_go_and_not_what_it_says(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, confidential=True))
    trial = lindwerk.path.parent / "trial"
    trial.mkdir()
    (trial / "all.yaml").write_text("rules: [{name: r, when: {words: vpn}, then: {department: hr}}]")

    ran = lindwerk.runs("replay", "--rules", str(trial), "--since", "9999d")

    assert "REQ-1  (confidential)" in ran.out
    assert not any(word in ran.out for word in ("VPN", "vpn", EVA))
