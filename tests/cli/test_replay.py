"""`postroom replay` says what new rules or another model would have done with past mail, and changes nothing."""

from __future__ import annotations

import csv
import hashlib
import random
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.store import requests
from daemon.store.tables import messages

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

EVER = ("--since", "36500d")

NEW_RULES = """
rules:
  - name: vpn is for people
    when: {subject: vpn}
    then: {department: hr}
  - name: things
    when: {subject: thing}
    then: {department: it}
"""


@pytest.fixture
def new_rules(lindwerk: Lindwerk) -> Path:
    """Candidate rules: REQ-1 would go to hr rather than it, REQ-2 to it rather than to triage."""
    folder = lindwerk.path.parent / "new"
    folder.mkdir()
    (folder / "all.yaml").write_text(NEW_RULES)
    return folder


def everything(lindwerk: Lindwerk) -> dict[str, str]:
    """All rows of the database as SQL, and every other file by its digest."""
    database = lindwerk.state / "postroom.db"
    files = [path for path in sorted(lindwerk.path.parent.rglob("*")) if path.is_file()]
    found = {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if database.name not in path.name
    }
    with sqlite3.connect(database) as connection:
        found["rows"] = "\n".join(connection.iterdump())
    connection.close()
    return found


def test_what_changes_is_said_with_both_reasons_and_nothing_is_changed(lindwerk: Lindwerk, new_rules: Path) -> None:
    before = everything(lindwerk)

    ran = lindwerk.runs("replay", "--rules", str(new_rules), *EVER)

    assert "2 of 2 requests go elsewhere (100.0 %): 2 not decided by people yet." in ran.out
    assert "live:      it, because rule 'network' matched: subject has 'vpn'" in ran.out
    assert "candidate: hr, because rule 'vpn is for people' matched: subject has 'vpn'" in ran.out
    assert "The gate does not hold" in ran.out
    assert ran.status == 1
    assert everything(lindwerk) == before


def test_what_people_decided_is_the_measure_and_the_gate_decides_the_exit_status(
    lindwerk: Lindwerk, new_rules: Path
) -> None:
    lindwerk.runs("assign", "REQ-1", "--department", "hr", "--why", "a contract", "--by", "anke.wulf@lindwerk.example")
    lindwerk.runs("assign", "REQ-2", "--department", "it", "--why", "a thing", "--by", "anke.wulf@lindwerk.example")

    good = lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json")
    bad = lindwerk.runs("replay", "--rules", str(lindwerk.path.parent / "rules"), *EVER, "--json")

    assert good.status == 0
    assert good.json["effects"] == {"worse": 0, "better": 2, "as good": 0, "undecided": 0}
    assert good.json["matrix"] == [
        {"from": "it", "to": "hr", "requests": 1},
        {"from": "triage", "to": "it", "requests": 1},
    ]
    assert {one["decided_by"] for one in good.json["changes"]} == {"anke.wulf@lindwerk.example moved it there"}
    assert bad.status == 1
    assert bad.json["changed"] == 0
    assert "of its automatic routes 0.0 % (0 of 1) are right, 95.0 % are promised" in bad.json["gate"]["against"][0]


def test_the_gate_is_set_in_the_settings(lindwerk: Lindwerk, new_rules: Path) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, status="resolved"))
    ran = lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json")
    assert next(one.partition(" falls")[0] for one in ran.json["gate"]["against"]) == "the recall of it"
    assert ran.json["effects"]["worse"] == 1

    lindwerk.replaces("rules: {folder", "replay: {recall_points: 100, precision: 0.5}\nrules: {folder")
    ran = lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json")
    assert ran.json["gate"]["against"] == [
        "of its automatic routes 0.0 % (0 of 1) are right, 50.0 % are promised (the live ones: 100.0 % (1 of 1))"
    ]


def test_the_same_rules_change_nothing(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda connection: requests.change(connection, 1, status="resolved"))

    ran = lindwerk.runs("replay", "--rules", str(lindwerk.path.parent / "rules"), *EVER)

    assert "0 of 2 requests go elsewhere (0.0 %)." in ran.out
    assert "The gate holds." in ran.out
    assert ran.status == 0


def test_a_report_stands_by_itself_and_holds_no_markup_of_a_mail(lindwerk: Lindwerk, new_rules: Path) -> None:
    lindwerk.writes(lambda database: database.execute(messages.update().values(subject="<script>alert(1)</script>")))
    page = lindwerk.path.parent / "report.html"

    lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--html", str(page))

    text = page.read_text()
    assert "<svg" in text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert page.stat().st_mode & 0o777 == 0o600
    assert "src=" not in text
    assert "href=" not in text


def test_a_report_that_cannot_be_written_is_a_sentence(lindwerk: Lindwerk, new_rules: Path) -> None:
    ran = lindwerk.runs("replay", "--rules", str(new_rules), "--html", str(lindwerk.path.parent / "no" / "r.html"))

    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "cannot be written" in ran.err
    assert "name another file" in ran.err


def test_another_model_is_tried(lindwerk: Lindwerk, tmp_path: Path) -> None:
    labelled, chance = tmp_path / "labelled.csv", random.Random(1)
    words = {"it": "laptop password printer vpn broken mouse", "hr": "thing salary since this leave morning"}
    with labelled.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["department", "subject", "text"])
        # Each has a word that no other has, as mails do: who has met only what it knows calls the rest strange.
        rows.writerows(
            [d, "", " ".join([*chance.sample(w.split(), 4), f"so{number}called"])]
            for d, w in words.items()
            for number in range(80)
        )
    version = lindwerk.runs("train", str(labelled), "--no-promote", "--json").json["version"]
    lindwerk.replaces("rules: {folder", "routing: {promise: 0.9}\nrules: {folder")

    ran = lindwerk.runs("replay", "--model", version, *EVER, "--json")

    assert ran.json["candidate"].endswith(f"model {version}")
    assert ran.json["live"].endswith("no model")
    (change,) = ran.json["changes"]
    assert (change["reference"], change["live"]["place"], change["candidate"]["place"]) == ("REQ-2", "triage", "hr")
    assert change["candidate"]["reason"].startswith("the model is sure: hr ")


MISTAKES = {
    "no candidate": ((), 64, "Name the candidate: --rules FOLDER, --model VERSION, or both."),
    "no such folder": (("--rules", "nowhere"), 78, "the folder cannot be read"),
    "no such model": (("--model", "20261123-000000-aaaaaaaa"), 78, "There is no model '20261123-000000-aaaaaaaa'"),
    "no duration": (("--model", "x", "--since", "soon"), 64, "wants a duration such as 30s, 15m, 4h or 2d"),
    "no time at all": (("--model", "x", "--since", "0d"), 64, "write for example 90d"),
}


@pytest.mark.parametrize(("arguments", "status", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_a_sentence(lindwerk: Lindwerk, arguments: tuple[str, ...], status: int, sentence: str) -> None:
    ran = lindwerk.runs("replay", *arguments)

    assert ran.status == status
    assert sentence in ran.err


def test_rules_with_mistakes_are_named_before_anything_is_asked(lindwerk: Lindwerk, new_rules: Path) -> None:
    (new_rules / "all.yaml").write_text(NEW_RULES.replace("hr", "haar"))

    ran = lindwerk.runs("replay", "--rules", str(new_rules))

    assert ran.status == 78
    assert "all.yaml:5: rule 'vpn is for people': there is no department 'haar'" in ran.err


def test_what_cannot_be_asked_again_is_named_and_left_out(lindwerk: Lindwerk, new_rules: Path) -> None:
    second = messages.update().where(messages.c.request_id == 2)
    lindwerk.writes(lambda database: database.execute(second.values(mailbox="gone")))

    ran = lindwerk.runs("replay", "--rules", str(new_rules), *EVER)

    assert "Left out: REQ-2: its mailbox 'gone' is no longer in the settings" in ran.out
    assert "1 of 1 requests go elsewhere" in ran.out


QUARREL = """
rules:
  - {name: network, when: {words: vpn}, then: {department: it}}
  - {name: mornings, when: {body: morning}, then: {department: hr}}
  - {name: things, when: {subject: thing}, then: {department: it}}
"""
SAID = (
    "rule 'network' (all.yaml:3) gives department it, rule 'mornings' (all.yaml:4) gives department hr, "
    "and both have the order 100"
)


def test_rules_of_equal_order_that_disagree_about_a_past_mail_are_named(lindwerk: Lindwerk, new_rules: Path) -> None:
    (new_rules / "all.yaml").write_text(QUARREL)

    ran = lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json")
    out = lindwerk.runs("replay", "--rules", str(new_rules), *EVER).out

    assert {one["rules"]: one["requests"] for one in ran.json["disagreements"]}[SAID] == 1
    assert f"{SAID}; the live rules do not disagree so" in ran.json["gate"]["against"]
    assert f"Disagreement about 1 request: {SAID}." in out
    (new_rules / "all.yaml").write_text(QUARREL.replace("mornings, when", "mornings, order: 200, when"))
    assert lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json").json["disagreements"] == []


def test_a_disagreement_that_is_live_already_does_not_speak_against_a_candidate(
    lindwerk: Lindwerk, new_rules: Path
) -> None:
    for folder in (new_rules, lindwerk.path.parent / "rules"):
        (folder / "all.yaml").write_text(QUARREL)

    asked = lindwerk.runs("replay", "--rules", str(new_rules), *EVER, "--json").json

    assert len(asked["disagreements"]) == 2
    assert not [sentence for sentence in asked["gate"]["against"] if "disagree" in sentence]
