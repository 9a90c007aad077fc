"""`postroom evaluate` says how well a model would do, at the terminal, for machines and as a page."""

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
CONTESTED = "certificate for the laptop training software"


def _written(path: Path, seed: int, mails: int = 80) -> Path:
    """Labelled mails over two years; both departments have had mail about certificates."""
    chance = random.Random(seed)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["department", "subject", "text", "received_at", "group"])
        for number in range(mails):
            for department, words in WORDS.items():
                chosen = " ".join(chance.sample(words.split(), 4))
                text = f"{chosen} {CONTESTED}" if number % 8 == 0 else chosen
                day = f"{2025 + number // 60}-{number % 12 + 1:02}-{number % 28 + 1:02}"
                rows.writerow([department, f"Bitte {number}", f"<b>{text} und nicht die {seed}", day, "office"])
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Mails of two departments that are mostly easy to tell apart."""
    return _written(tmp_path / "labelled.csv", 1)


def test_an_admin_reads_every_figure_with_its_uncertainty(lindwerk: Lindwerk, labelled: Path) -> None:
    ran = lindwerk.runs("evaluate", str(labelled))

    assert ran.status == 0
    assert "160 texts, each judged by a model that had not seen it" in ran.out
    assert re.search(r"it +80 +\d+\.\d % \(\d+\.\d-\d+\.\d\)", ran.out)
    assert "With a promise of 95.0 % the model acts alone from" in ran.out
    assert "No model is in service yet." in ran.out
    assert "office" in ran.out
    assert re.search(r"The \d+ texts since 2026-\d\d-\d\d, by a model of the \d+ older ones: right in", ran.out)
    assert "Learning curve" not in ran.out
    assert not (lindwerk.state / "models").exists()


def test_the_page_needs_nothing_from_elsewhere_and_is_for_its_owner_alone(
    lindwerk: Lindwerk, labelled: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"

    ran = lindwerk.runs("evaluate", str(labelled), "--curve", "--html", str(page))

    assert f"The report is in {page}." in ran.out
    assert "Learning curve" in ran.out
    written = page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    assert written.count("<svg") == written.count("</svg>") == 4
    assert written.count("<title>") == 5
    assert re.findall(r"(?:src|href)=", written) == []
    assert set(re.findall(r"https?://[^\"\s]+", written)) == {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme: dark" in written
    assert "<script" not in written
    assert "<b>" not in written  # the mails' own markup is shown, not obeyed


def test_machines_get_all_of_it(lindwerk: Lindwerk, labelled: Path) -> None:
    found = lindwerk.runs("evaluate", str(labelled), "--json").json

    assert found["texts"] == 160
    assert [one["department"] for one in found["departments"]] == ["hr", "it"]
    assert sum(map(sum, found["matrix"])) == 160
    assert found["promise"] == 0.95
    assert [one["promise"] for one in found["thresholds"]] == [0.9, 0.95, 0.97, 0.99]
    assert found["languages"][0]["name"] in {"de", "unknown"}
    assert found["curve"] == []


def test_the_errors_name_file_and_line_and_hide_what_is_confidential(lindwerk: Lindwerk, tmp_path: Path) -> None:
    """One mail of hr lies among those of it; hr is confidential."""
    path = _written(tmp_path / "labelled.csv", 1)
    with path.open("a") as file:
        file.write("it,My salary,holiday contract salary pension parental leave,2026-01-02,office\n")
        file.write("it,Printer,laptop printer screen mouse,2026-01-02,office\n")

    (error,) = [one for one in lindwerk.runs("evaluate", str(path), "--json").json["errors"] if one["said"] == "hr"][:1]
    assert error["source"] == f"{path}:162"
    assert error["subject"] == "My salary"

    lindwerk.replaces("description: Contracts and leave.", "description: Contracts and leave.\n    confidential: true")
    page = tmp_path / "page.html"
    ran = lindwerk.runs("evaluate", str(path), "--html", str(page))
    assert "My salary" not in ran.out + page.read_text()
    assert "(confidential)" in ran.out
    assert "(confidential)" in page.read_text()


def test_the_model_in_service_is_asked_about_what_it_has_not_learnt(
    lindwerk: Lindwerk, labelled: Path, tmp_path: Path
) -> None:
    assert lindwerk.runs("train", str(labelled)).status == 0
    later = _written(tmp_path / "later.csv", 2)

    beside = lindwerk.runs("evaluate", str(later), "--json").json["champion"]

    assert beside["n"] > 100
    assert beside["macro_f1"]["before"] > 0.8


def test_examples_that_cannot_be_learnt_from_are_told_in_one_sentence(lindwerk: Lindwerk, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("department,text\nit,a\nhr,b\n")

    ran = lindwerk.runs("evaluate", str(path))

    assert ran.status == 1
    assert ran.err.splitlines() == [
        "The department 'hr' has only 1 example; give 5 or more, or leave it out.",
        "The department 'it' has only 1 example; give 5 or more, or leave it out.",
    ]


def test_a_model_that_errs_nowhere_has_no_errors_to_show(lindwerk: Lindwerk, tmp_path: Path) -> None:
    path = tmp_path / "easy.csv"
    chance = random.Random(1)
    rows = [f"{name},{' '.join(chance.sample(words.split(), 5))}" for _ in range(30) for name, words in WORDS.items()]
    path.write_text("\n".join(["department,text", *rows]))

    ran = lindwerk.runs("evaluate", str(path))

    assert "There are no errors." in ran.out
    assert "Most often taken for another" not in ran.out
