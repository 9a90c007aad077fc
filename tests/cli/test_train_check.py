"""`postroom train --check` looks at labelled mails before anything is learnt from them."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

WORDS = {
    "it": "laptop password printer screen network mouse login software install update",
    "hr": "holiday contract salary leave training pension birthday team parental certificate",
}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Sixty mails of each department; one is there twice, one has two labels, one has the wrong one."""
    chance = random.Random(1)
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["department", "subject", "text"])
        for _ in range(60):
            for department, words in WORDS.items():
                rows.writerow(
                    [department, "", f"{' '.join(chance.sample(words.split(), 6))}\nTel. of {department} 040"]
                )
        rows.writerow(["it", "Twice", "the laptop and the printer are both slow today"])
        rows.writerow(["it", "twice", "The laptop and the printer are both slow today"])
        rows.writerow(["hr", "Twice", "the laptop and the printer are both slow today"])
        rows.writerow(["it", "Wrong label", "holiday contract salary leave training pension"])
    return path


def test_an_admin_reads_what_is_wrong_with_the_texts(lindwerk: Lindwerk, labelled: Path) -> None:
    ran = lindwerk.runs("train", "--check", str(labelled))

    assert ran.status == 0
    assert re.search(r"hr +61 .* enough|hr +61 .* more would help", ran.out)
    assert re.search(r"it +62 +1 ", ran.out)  # texts, then the duplicate
    assert re.search(r"the same +hr, it +Twice / .* labelled.csv:242, labelled.csv:244", ran.out)
    assert re.search(r"it +\d+\.\d % +hr +\d+\.\d % +Wrong label / .* labelled.csv:245", ran.out)
    assert re.search(r"it +Tel. of it 040 +60 +0 +a line of a signature or form\?", ran.out)
    assert "What more of each would bring" in ran.out
    assert not (lindwerk.state / "models").exists()


def test_machines_get_all_of_it(lindwerk: Lindwerk, labelled: Path) -> None:
    found = lindwerk.runs("train", "--check", "--json", str(labelled)).json

    assert found["is_enough"] is True
    assert found["to_prove"] == 72
    it = next(one for one in found["departments"] if one["department"] == "it")
    assert (it["examples"], it["duplicates"]) == (62, 1)
    assert found["conflicts"][0]["kind"] == "same"
    assert {label["department"] for label in found["conflicts"][0]["labels"]} == {"it", "hr"}


def test_too_few_texts_are_said_and_end_with_status_1(lindwerk: Lindwerk, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("department,text\nit,a b c\nit,d e f\n")

    ran = lindwerk.runs("train", "--check", str(path))

    assert ran.status == 1
    assert re.search(r"it +2 .* too few to learn: give 3 more", ran.out)
    assert re.search(r"hr +0 .* no texts: the model never routes there", ran.out)
    assert "A model cannot be learnt from these texts as they are; see the verdicts." in ran.out


def test_what_is_confidential_is_listed_without_its_words(lindwerk: Lindwerk, labelled: Path) -> None:
    lindwerk.replaces("description: Contracts and leave.", "description: Contracts and leave.\n    confidential: true")

    ran = lindwerk.runs("train", "--check", str(labelled))

    assert "labelled.csv:245" in ran.out
    assert "salary" not in ran.out
    assert "Tel. of hr" not in ran.out
