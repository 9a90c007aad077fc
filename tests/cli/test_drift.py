"""`postroom drift` says whether mail is still what the model has learnt from."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import intake
from daemon.office import open_office, read_settings
from daemon.parsing import ParserPool
from daemon.store.copies import Arrival
from daemon.store.database import Store
from tests.cli.test_models import WORDS, labelled

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

BIKES = ["ebike", "charging", "station", "parking", "rack", "battery", "helmet", "cable"]


@pytest.fixture
def new_matters(lindwerk: Lindwerk, tmp_path: Path) -> Lindwerk:
    """A model that has learnt from 400 texts, 40 mails like them, and 25 about something else."""
    assert lindwerk.runs("train", labelled(tmp_path / "old.csv", 600)).status == 0
    settings = read_settings(lindwerk.path, {})
    store, chance = Store(settings.database.url), random.Random(1)
    with ParserPool(wall_seconds=120) as parsers:
        office = open_office(lindwerk.path, settings, store, parsers)
        words = [chance.sample(WORDS["it" if n % 2 else "hr"].split(), 5) for n in range(40)]
        words += [chance.sample(BIKES, 5) for _ in range(25)]
        raws = [_mail(number, said) for number, said in enumerate(words)]
        arrivals = [Arrival("it", 1, 100 + uid, raw, office.now()) for uid, raw in enumerate(raws)]
        accepted = intake.accept(arrivals, office, office.now())
        intake.take_in(accepted, office, lambda: None, lambda: None)
    store.close()
    return lindwerk


def _mail(number: int, words: list[str]) -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = f"Eva <eva.{number}@lindwerk.example>", "it@lindwerk.example"
    made["Subject"], made["Message-ID"] = " ".join(words[:2]), f"<new.{number}@mail.lindwerk.example>"
    made.set_content(f"Please: {' '.join(words)}\n")
    return made.as_bytes(policy=SMTP)


def test_what_has_drifted_is_named_with_what_changed_and_the_rate_of_false_alarms(new_matters: Lindwerk) -> None:
    said, machine = new_matters.runs("drift"), new_matters.runs("drift", "--json").json

    assert said.status == 1
    assert "has drifted" in said.out
    assert "weekly looks raise at most 5 false alarms in a hundred months" in said.out
    assert "known words" in machine["drifted"]
    assert machine["false_alarms_a_month"] == 0.05
    assert {one["measure"] for one in machine["looked"]["drift"]["shifts"]} == {
        "confidence", "departments", "known words", "languages", "triage",
    }  # fmt: skip


def test_a_look_changes_nothing(new_matters: Lindwerk) -> None:
    before = new_matters.rows()

    new_matters.runs("drift")

    assert new_matters.rows() == before


def test_without_a_model_or_with_few_mails_a_sentence_says_so(lindwerk: Lindwerk, tmp_path: Path) -> None:
    assert lindwerk.runs("drift").err.startswith("No model is in service; there is nothing")

    lindwerk.runs("train", labelled(tmp_path / "old.csv", 600))

    assert "There are only" in lindwerk.runs("drift").err
