"""`postroom models` looks at stored models, and puts one into service only through the gate."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

WORDS = {
    "it": "laptop password printer screen network mouse login software install update cable monitor keyboard",
    "hr": "holiday contract salary leave training pension birthday team parental certificate payslip bonus",
}


def labelled(path: Path, n: int, *, wrong: float = 0.0, seed: int = 1) -> str:
    """A CSV of labelled mails, of which such a share names the wrong department."""
    chance, other = random.Random(seed), {"it": "hr", "hr": "it"}
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["department", "subject", "text"])
        for number in range(n):
            department = ("it", "hr")[number % 2]
            chosen = chance.sample(WORDS[department].split(), 5)
            named = other[department] if chance.random() < wrong else department
            rows.writerow([named, " ".join(chosen[:2]), f"Please {'abcdefghij'[number % 10] * 3}: {' '.join(chosen)}"])
    return str(path)


def models(lindwerk: Lindwerk) -> dict[str, str]:
    """State by version."""
    return {one["version"]: one["state"] for one in lindwerk.runs("models", "list", "--json").json["models"]}


def in_service(lindwerk: Lindwerk) -> str:
    return next(version for version, state in models(lindwerk).items() if state == "in service")


def house(lindwerk: Lindwerk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lindwerk.runs("ledger", "house", "--json").json["entries"]
    return found


@pytest.fixture
def good(lindwerk: Lindwerk, tmp_path: Path) -> str:
    """A good model in service."""
    assert lindwerk.runs("train", labelled(tmp_path / "good.csv", 400)).status == 0
    return in_service(lindwerk)


@pytest.fixture
def poisoned(lindwerk: Lindwerk, tmp_path: Path, good: str) -> str:
    """A model that has learnt from texts of which half name the wrong department, stored and not in service."""
    texts = labelled(tmp_path / "poisoned.csv", 400, wrong=0.0, seed=2)
    rows = Path(texts).read_text().splitlines()
    # What is set apart is labelled well, what is learnt is not: as if somebody had taught the model wrong things.
    from classifier.examples import read_examples
    from classifier.gate import part

    learnt = {int(one.source.rpartition(":")[2]) for one in part(read_examples(Path(texts)).kept).to_learn}
    other = {"it": "hr", "hr": "it"}
    for number in list(learnt)[::2]:
        department, rest = rows[number - 1].split(",", 1)
        rows[number - 1] = f"{other[department]},{rest}"
    Path(texts).write_text("\n".join(rows) + "\n")
    ran = lindwerk.runs("train", texts)
    assert ran.status == 1
    assert "is not put into service: " in ran.err
    (version,) = set(models(lindwerk)) - {good}
    return version


def test_a_poisoned_model_is_refused_with_what_speaks_against_it(lindwerk: Lindwerk, good: str, poisoned: str) -> None:
    assert in_service(lindwerk) == good

    diff = lindwerk.runs("models", "diff", poisoned)
    promoted = lindwerk.runs("models", "promote", poisoned)

    assert diff.status == promoted.status == 1
    assert "Against it: " in diff.out
    assert f"The model {poisoned} is not put into service: " in promoted.out
    assert in_service(lindwerk) == good
    assert [line["what"] for line in house(lindwerk)] == ["model_promoted"]


def test_force_wants_a_reason_that_the_ledger_keeps(lindwerk: Lindwerk, good: str, poisoned: str) -> None:
    without = lindwerk.runs("models", "promote", poisoned, "--force")
    assert (without.status, without.err) == (64, "--force wants a reason, which the ledger keeps: --why '…'.\n")

    forced = lindwerk.runs("models", "promote", poisoned, "--force", "--why", "a try", "--by", "anke")

    assert forced.status == 0
    assert in_service(lindwerk) == poisoned
    line = house(lindwerk)[-1]
    assert (line["actor"], line["what"], line["from_value"], line["to_value"]) == (
        "anke", "model_promoted", good, poisoned,
    )  # fmt: skip
    assert line["why"].startswith("forced: a try (although ")
    assert lindwerk.runs("ledger", "verify").status == 0


def test_diff_says_what_two_models_were_trained_from_even_where_no_text_can_tell_them_apart(
    lindwerk: Lindwerk, tmp_path: Path, good: str
) -> None:
    lindwerk.runs("train", labelled(tmp_path / "few.csv", 60), "--no-promote")
    (few,) = set(models(lindwerk)) - {good}

    diff = lindwerk.runs("models", "diff", few)

    assert diff.status == 1
    assert next(line.split() for line in diff.out.splitlines() if line.startswith("of people"))[-1] == "60"
    assert "There are only 0 labelled texts that neither model has learnt from" in diff.out
    assert lindwerk.runs("models", "diff", good, few, "--json").json["challenger"] == good


def test_a_rollback_brings_the_model_before_back_and_says_so_in_the_ledger(
    lindwerk: Lindwerk, good: str, poisoned: str
) -> None:
    lindwerk.runs("models", "promote", poisoned, "--force", "--why", "a try")

    back = lindwerk.runs("models", "rollback", "--why", "it errs")

    assert back.status == 0
    assert f"The model {good} is in service again." in back.out
    assert models(lindwerk) == {good: "in service", poisoned: "in service before"}
    assert [(line["what"], line["why"]) for line in house(lindwerk)][-1] == ("model_rolled_back", "it errs")


def test_there_is_no_way_back_from_the_first_model(lindwerk: Lindwerk, good: str) -> None:
    back = lindwerk.runs("models", "rollback")

    assert back.status == 1
    assert "to go back to; the present one is the first" in back.err


def test_show_says_from_what_a_model_learnt(lindwerk: Lindwerk, good: str) -> None:
    shown = lindwerk.runs("models", "show")
    machine = lindwerk.runs("models", "show", good, "--json").json

    assert "labelled by people, 0 made up" in shown.out
    assert "promise 0.95: acts alone from" in shown.out
    assert machine["version"] == good
    assert machine["who"]
    assert machine["set_apart"] > 30


def test_a_model_that_has_learnt_from_made_up_texts_yields_to_one_of_the_organisation(
    lindwerk: Lindwerk, tmp_path: Path
) -> None:
    lindwerk.runs("train", "--starter")

    assert lindwerk.runs("train", labelled(tmp_path / "few.csv", 60)).status == 0
    assert house(lindwerk)[-1]["why"] == "the model in service has learnt from made-up texts alone"


def test_promise_says_what_people_said_and_what_a_proof_would_take(lindwerk: Lindwerk, good: str) -> None:
    said = lindwerk.runs("models", "promise")

    assert said.status == 0
    assert said.out.startswith("Within the last 90 days, of 0 routes 0 were corrected, none drawn was answered;")
    assert "Nothing refutes the promise. To prove it takes 59 answers (`postroom confirm`); there are 0." in said.out
    assert lindwerk.runs("models", "promise", "--json").json["proof_takes"] == 59


def test_without_a_model_there_is_no_promise_to_keep(lindwerk: Lindwerk) -> None:
    said = lindwerk.runs("models", "promise")

    assert said.status == 1
    assert said.err.startswith("The model never acts alone: no model is in service")


def test_prune_keeps_what_is_needed(lindwerk: Lindwerk, tmp_path: Path, good: str) -> None:
    for seed in (3, 4):
        lindwerk.runs("train", labelled(tmp_path / "more.csv", 60, seed=seed), "--no-promote")
    assert len(models(lindwerk)) == 3

    assert "2 models are left." not in lindwerk.runs("models", "prune", "--keep", "0", "--dry-run").out
    assert len(models(lindwerk)) == 3
    assert lindwerk.runs("models", "prune", "--keep", "0").status == 0
    assert set(models(lindwerk)) == {good}


def test_a_stored_model_that_was_altered_is_listed_and_refused(lindwerk: Lindwerk, good: str) -> None:
    (lindwerk.state / "models" / good / "exam.jsonl").chmod(0o666)
    (lindwerk.state / "models" / good / "manifest.json").write_text("{}")

    (listed,) = lindwerk.runs("models", "list", "--json").json["models"]

    assert "is no manifest of a model; it is truncated or was altered" in listed["refused"]
    assert lindwerk.runs("models", "show", good).status == 1


@pytest.mark.parametrize("arguments", [("promote", "20261123-000000-aaaaaaaa"), ("show", "x"), ("diff", "x")])
def test_a_model_that_is_not_stored_is_named(lindwerk: Lindwerk, good: str, arguments: tuple[str, str]) -> None:
    ran = lindwerk.runs("models", *arguments)

    assert ran.status == 1
    assert f"There is no model {arguments[1]!r} in " in ran.err
    assert f"there are: {good}." in ran.err
