"""What people say of placements becomes labels: sorted, moved, confirmed; each with who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from classifier import registry
from classifier.examples import Example
from classifier.predict import Model
from classifier.text import Text
from classifier.threshold import Threshold
from classifier.train import train
from daemon import assigning, confirming
from daemon.confirming import CannotConfirm, automatic, label_of
from daemon.store import labels

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]

TEXTS = {"it": "laptop screen mouse", "hr": "salary pension contract"}


@pytest.fixture(scope="module")
def model() -> Model:
    """Tells IT from HR by a few words; it acts alone from 0.8 on."""
    examples = [
        Example(Text(word, f"{word} {'please' if n % 2 else 'now'}"), department, f"made:{n}")
        for department, words in TEXTS.items()
        for word in words.split()
        for n in range(20)
    ]
    return Model(train(examples, seed=1).weights, "20261123-080000-aaaaaaaa", [Threshold(0.95, 0.8, 100)])


@pytest.fixture
def routed(house: House, a_mail: Mail, model: Model) -> House:
    """Twelve requests that the model placed alone; half of them, by chance, were drawn."""
    draws(house, 0.5)
    house.runs_with(model=model)
    for number in range(12):
        sender = f"Eva {number} <eva.{number}@lindwerk.example>"
        house.receives(a_mail("My laptop", f"The laptop please, and a mouse {number}", From=sender))
    return house


def draws(house: House, share: float) -> None:
    settings = house.office.settings
    routing = settings.routing.model_copy(update={"confirm": share})
    house.runs_with(settings=settings.model_copy(update={"routing": routing}))


def said(house: House) -> dict[int, labels.Said]:
    with house.office.store.reading() as database:
        return {one.number: one for one in labels.since(database, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))}


def waiting(house: House) -> list[int]:
    with house.office.store.reading() as database:
        return [one.number for one in labels.waiting(database)]


def test_a_share_of_what_the_model_places_is_drawn_and_waits_for_a_word(routed: House) -> None:
    drawn = [number for number, one in said(routed).items() if one.drawn == 0.5]

    assert 0 < len(drawn) < 12
    assert waiting(routed) == drawn
    assert {one.source for one in said(routed).values()} == {"model"}


def test_nothing_is_drawn_of_what_a_rule_or_nobody_placed(house: House, a_mail: Mail) -> None:
    draws(house, 0.5)
    for number in range(6):
        house.receives(a_mail("VPN" if number % 2 else "The thing", f"words {number}"))

    assert waiting(house) == []


def test_a_confirmation_is_a_label_with_who_and_when(routed: House) -> None:
    number = waiting(routed)[0]

    confirming.confirm(routed.office, number, actor="anke", why="it is theirs")

    one = said(routed)[number]
    assert (one.department, one.who, one.at, one.confirmed) == ("it", "anke", routed.office.now(), True)
    assert number not in waiting(routed)
    label = label_of(one)
    assert label is not None
    assert (label.how, label.automatic, label.drawn) == ("confirmed", True, 0.5)


def test_a_move_is_a_label_and_answers_the_draw(routed: House) -> None:
    number = waiting(routed)[0]

    assigning.assign(routed.office, number, department="hr", owner=None, actor="anke", why="hers")

    label = label_of(said(routed)[number])
    assert label is not None
    assert (label.department, label.who, label.how, label.drawn) == ("hr", "anke", "moved", 0.5)
    assert number not in waiting(routed)


def test_sorting_triage_is_a_label_too(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("The thing", "whatever"))
    assigning.assign(house.office, 1, department="hr", owner=None, actor="anke", why="hers")

    label = label_of(said(house)[1])

    assert label is not None
    assert (label.how, label.automatic, label.drawn) == ("sorted", False, None)


def test_a_guess_of_the_model_that_nobody_spoke_of_is_no_label(routed: House) -> None:
    assert [label_of(one) for one in said(routed).values()] == [None] * 12


def test_only_what_was_drawn_can_be_confirmed_and_only_once(routed: House) -> None:
    drawn = waiting(routed)
    other = next(number for number in said(routed) if number not in drawn)

    with pytest.raises(CannotConfirm, match=f"REQ-{other} was not drawn"):
        confirming.confirm(routed.office, other, actor="anke", why="x")
    with pytest.raises(CannotConfirm, match="There is no request REQ-99 that a mail opened"):
        confirming.confirm(routed.office, 99, actor="anke", why="x")
    confirming.confirm(routed.office, drawn[0], actor="anke", why="x")
    with pytest.raises(CannotConfirm, match=f"REQ-{drawn[0]} was confirmed by anke already"):
        confirming.confirm(routed.office, drawn[0], actor="jonas", why="x")


def test_corrections_of_one_person_count_no_more_than_the_ceiling_against_the_promise(routed: House) -> None:
    for number in range(1, 7):
        assigning.assign(routed.office, number, department="hr", owner=None, actor="mallory", why="x")

    found = automatic(said(routed).values(), "20261123-080000-aaaaaaaa", per_day=4)

    assert [one.counts for one in found if one.right is False] == [True] * 4 + [False] * 2


def test_a_floor_raises_the_threshold_and_never_lowers_it(routed: House) -> None:
    at = routed.office.now()
    assert routed.office.acts_alone_from == 0.8
    for value, alone in ((0.9, 0.9), (0.1, 0.8), (None, None)):
        routed.runs_with(floor=registry.Floor(value, at, "it broke its promise"))
        assert routed.office.acts_alone_from == alone
