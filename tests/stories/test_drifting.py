"""Mail of late is compared with what the model knows; what nobody could place may be a new topic."""

from __future__ import annotations

import random
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from classifier import registry
from classifier.drift import TooFewMails
from classifier.examination import evidence_of
from classifier.examples import Example
from classifier.gate import part
from classifier.text import Text
from classifier.train import train
from daemon import assigning, drifting, learning
from daemon.drifting import Looked, NothingToCompare, look_for_drift
from daemon.office import load_model
from daemon.state_dir import read_drift
from daemon.store import requests

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]

TEXTS = {
    "it": "laptop screen mouse keyboard printer password login update",
    "hr": "salary pension contract leave payslip bonus training certificate",
}
BIKES = "ebike charging station parking rack battery helmet cable"
FILLING = "please can somebody help with this since monday today again thanks kind regards and the to for"


def words(of: str, chance: random.Random) -> str:
    return " ".join([*chance.sample(of.split(), 4), *chance.sample(FILLING.split(), 5)])


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    chance = random.Random(1)
    return [
        Example(Text(said.split()[n % 8], words(said, chance)), slug, "old.csv:1")
        for slug, said in TEXTS.items()
        for n in range(400)
    ]


@pytest.fixture
def taught(house: House, examples: list[Example]) -> House:
    """A house with a model in service that has learnt from 640 texts."""
    parted, root = part(examples), house.office.settings.classifier.folder
    trained = train(parted.to_learn, seed=1)
    version = registry.publish(trained, root, house.office.now(), evidence=evidence_of(parted))
    registry.promote(root, version)
    house.runs_with(model=load_model(root / version, house.office.settings))
    return house


@pytest.fixture
def writes(taught: House, a_mail: Mail) -> Callable[..., None]:
    """So many people write about something."""
    chance = random.Random(2)

    def write(count: int, *about: str) -> None:
        for number in range(count):
            sender = f"Eva <eva.{taught.uid}@lindwerk.example>"
            of = about[number % len(about)]
            taught.receives(a_mail(of.split()[number % 8], words(of, chance), From=sender))

    return write


def looks(house: House) -> Looked:
    return look_for_drift(house.office, house.office.now(), learning.MONTH)


def test_mail_as_ever_has_not_drifted(taught: House, writes: Callable[..., None]) -> None:
    writes(80, *TEXTS.values())

    found = looks(taught)

    assert found.drift.drifted == ()
    assert found.reference.endswith("labelled texts that it had not learnt from")
    assert found.topics == ()


def test_a_new_topic_drifts_and_is_proposed_with_its_ten_most_typical_mails(
    taught: House, writes: Callable[..., None]
) -> None:
    writes(60, *TEXTS.values())
    taught.runs_with(floor=registry.Floor(None, taught.office.now(), "everything goes to triage"))
    writes(30, BIKES)
    for number in range(61, 65):
        assigning.assign(taught.office, number, department="hr", owner=None, actor="anke", why="theirs")

    found = looks(taught)

    assert "known words" in {one.measure for one in found.drift.drifted}
    (topic,) = found.topics
    assert topic.mails >= 20
    assert len(topic.typical) == 10
    assert set(topic.words) & set(BIKES.split())
    assert {name for name, _ in topic.placed} == {"hr"}
    assert 0.2 < found.in_triage < 0.5


def test_a_confidential_mail_stands_for_no_topic(taught: House, writes: Callable[..., None]) -> None:
    writes(60, *TEXTS.values())
    taught.runs_with(floor=registry.Floor(None, taught.office.now(), "everything goes to triage"))
    writes(20, BIKES)
    with taught.office.store.writing() as database:
        for number in range(61, 81):
            requests.change(database, number, confidential=True)

    assert looks(taught).topics == ()


def test_a_confidential_mail_is_no_sample_of_mail_of_late(taught: House, writes: Callable[..., None]) -> None:
    writes(60, *TEXTS.values())
    writes(60, BIKES)
    with taught.office.store.writing() as database:
        for number in range(61, 121):
            requests.change(database, number, confidential=True)

    assert looks(taught).drift.drifted == ()


def test_many_mails_of_one_sender_on_one_day_count_once(
    taught: House, writes: Callable[..., None], a_mail: Mail
) -> None:
    writes(60, *TEXTS.values())
    for number in range(15):
        taught.receives(
            a_mail(f"ebike {number}", words(BIKES, random.Random(number)), From="eva.lund@lindwerk.example")
        )

    found = looks(taught)

    assert found.left_out == 14
    assert found.drift.lately == 61


def test_without_a_model_or_with_few_mails_a_sentence_says_so(house: House) -> None:
    with pytest.raises(NothingToCompare, match="No model is in service"):
        looks(house)


def test_few_mails_are_no_reason_to_be_alarmed(taught: House, writes: Callable[..., None]) -> None:
    writes(5, *TEXTS.values())

    with pytest.raises(TooFewMails, match="only 5 mails of late"):
        looks(taught)


def test_a_model_without_texts_set_apart_is_compared_with_the_first_mails_after_its_training(
    taught: House,
    writes: Callable[..., None],
    examples: list[Example],
    day: Day,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drifting, "FIRST", 60)
    root = taught.office.settings.classifier.folder
    version = registry.publish(train(examples[::4], seed=1), root, taught.office.now())
    taught.runs_with(model=load_model(root / version, taught.office.settings))
    writes(65, *TEXTS.values())
    day.goes_on(days=20)
    writes(60, BIKES, BIKES, TEXTS["it"])

    found = looks(taught)

    assert found.reference == "the first 60 requests after its training"
    assert "known words" in {one.measure for one in found.drift.drifted}


def test_the_daemon_looks_once_a_week_and_keeps_what_it_found(
    taught: House, writes: Callable[..., None], day: Day
) -> None:
    day.goes_on(days=8)
    writes(60, BIKES)
    assert learning.due(taught.office, day()) == ["drift"]

    outcome = learning.check_drift(taught.office, day())

    assert outcome.sentence.startswith("mail has drifted: ")
    assert not outcome.changed
    kept = read_drift(taught.office.settings.state_dir)
    assert kept is not None
    assert "known words" in kept["drifted"]
    assert kept["psi"]["known words"] > 0.1
    assert learning.due(taught.office, day()) == []
    day.goes_on(days=7)
    assert learning.due(taught.office, day()) == ["drift"]
