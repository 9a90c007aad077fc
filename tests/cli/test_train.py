"""`postroom train` learns, says how good it is, and puts the model into service; `check` and `explain` know it."""

from __future__ import annotations

import csv
import random
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import mail

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

WORDS = {
    "it": "laptop password printer screen network mouse login software install update",
    "hr": "holiday contract salary leave training pension birthday team parental certificate",
}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A small CSV of labelled mails."""
    chance = random.Random(1)
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["department", "subject", "text"])
        for number in range(60):
            for department, words in WORDS.items():
                chosen = chance.sample(words.split(), 5)
                rows.writerow([department, " ".join(chosen[:2]), f"Please help {number}: {' '.join(chosen)}"])
    return path


def test_train_puts_a_model_into_service_that_explain_speaks_of(lindwerk: Lindwerk, labelled: Path) -> None:
    trained = lindwerk.runs("train", str(labelled))

    assert trained.status == 0
    assert "macro-F1" in trained.out
    assert "is in service; `systemctl reload postroom` lets a running daemon take it" in trained.out
    (promised,) = [line for line in trained.out.splitlines() if line.endswith("<- your promise")]
    assert promised.startswith("promise 0.95: ")
    assert "made up" not in trained.out
    (model,) = [one for one in lindwerk.runs("check", "--json").json if one["thing"] == "model"]
    assert "for a promise of 0.95" in model["sentence"]
    asked = lindwerk.path.parent / "asked.eml"
    asked.write_bytes(mail("My laptop screen and printer").as_bytes(policy=SMTP))
    today = lindwerk.runs("explain", str(asked), "--json").json["today"]
    assert today["model"].startswith("it ")
    assert any(line.startswith("for it: ") and "laptop" in line for line in today["words that spoke"])

    (champion,) = (lindwerk.state / "models").glob("2*")
    weights = champion / "arrays.npz"
    weights.chmod(0o600)
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    refused = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}
    assert not refused["model"]["good"]
    assert refused["model"]["sentence"].startswith("No model is in service, rules and triage do all the routing: ")
    assert refused["rules"]["good"]


def test_a_model_is_in_service_before_the_daemon_was_ever_started(empty: Lindwerk, labelled: Path) -> None:
    empty.runs("check")
    assert (empty.state / "postroom.db").exists()  # without a table

    trained = empty.runs("train", str(labelled))

    assert (trained.status, "is in service" in trained.out) == (0, True)


def test_train_prints_json_and_can_leave_the_model_out_of_service(lindwerk: Lindwerk, labelled: Path) -> None:
    trained = lindwerk.runs("train", str(labelled), "--no-promote", "--json").json

    assert trained["promoted"] is False
    assert (lindwerk.state / "models" / trained["version"]).is_dir()
    assert lindwerk.runs("explain", "REQ-1", "--json").json["today"]["model"] == "no model is in service"


WRONG = {
    "no such file": ("nothing.csv", "nothing.csv"),
    "an empty file": ("", ""),
    "too few texts": ("department,subject,text\nit,a,b\n", ""),
    "an unknown department only": ("department,subject,text\nkitchen,a,b\n", ""),
    "other columns": ("a,b\n1,2\n", ""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_train_says_what_it_cannot_learn_from(lindwerk: Lindwerk, tmp_path: Path, wrong: str) -> None:
    text, named = WRONG[wrong]
    path = tmp_path / (named or "labelled.csv")
    if not named:
        path.write_text(text)

    ran = lindwerk.runs("train", str(path))

    assert ran.status == 1
    assert ran.err
    assert not (lindwerk.state / "models").exists()


def test_train_from_the_starter_corpus_makes_a_model_for_the_first_days(lindwerk: Lindwerk) -> None:
    trained = lindwerk.runs("train", "--starter", "--json").json

    assert trained["promoted"] is True
    assert {d["department"] for d in trained["report"]["figures"]["departments"]} == {"it", "hr"}
    assert "All of these texts were made up" in lindwerk.runs("train", "--starter", "--no-promote").out
