"""The recipe where there is little to learn from, or much that is strange."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import routing
from benchmarks.routing import Recipe
from classifier.examples import Example, starter_examples
from classifier.predict import Model, Text
from classifier.train import TrainedModel, train


@pytest.fixture(scope="module")
def starter() -> TrainedModel:
    """What every fourth text of the starter corpus teaches."""
    return train(starter_examples().kept[::4], seed=0)


@pytest.fixture(scope="module")
def started(starter: TrainedModel) -> Model:
    return Model(starter.weights, "started", starter.report.thresholds)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["broken laptop"], ["it"]),
        (["broken laptop", "broken screen"], ["it", "it"]),
        (["broken laptop", "invoice due"], ["it", "finance"]),
        (["", ""], ["it", "finance"]),
        (["", " ", "broken laptop", "broken laptop now"], ["a", "b", "c", "d"]),
        (
            ["laptop broken", "laptop stolen", "invoice due", "invoice paid", "new chair"],
            ["it"] * 2 + ["fin"] * 2 + ["f"],
        ),
        (["密码重置", "密码忘了", "发票付款", "发票报销"], ["it", "it", "fin", "fin"]),
        (["كلمة المرور", "كلمة السر", "فاتورة الدفع", "فاتورة جديدة"], ["it", "it", "fin", "fin"]),
    ],
    ids=["one text", "one label", "no shared word", "empty", "a label each", "a lone label", "Chinese", "Arabic"],
)
def test_whatever_it_is_given_it_answers_with_probabilities(texts: list[str], labels: list[str]) -> None:
    recipe = Recipe().fit(texts, labels)

    chances = recipe.predict_proba([*texts, "", "\ud800", "something else"])

    assert recipe.classes_ == sorted(set(labels))
    assert chances.shape == (len(texts) + 3, len(set(labels)))
    assert np.isfinite(chances).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert not recipe.routed_alone(texts, 0.95).any()
    assert recipe.predict_proba([]).shape == (0, len(set(labels)))


def test_texts_without_labels_for_each_are_refused() -> None:
    with pytest.raises(ValueError, match=r"There are 2 texts and 1 labels; give one label for each text\."):
        Recipe().fit(["a", "b"], ["it"])


def test_the_functions_say_what_the_recipe_says(examples: tuple[Example, ...]) -> None:
    texts, labels = [one.text.words for one in examples], [one.department for one in examples]

    recipe = routing.fit(texts, labels)

    np.testing.assert_array_equal(routing.predict_proba(texts), Recipe().fit(texts, labels).predict_proba(texts))
    np.testing.assert_array_equal(routing.confidence(texts), recipe.confidence(texts))
    np.testing.assert_array_equal(routing.ood_score(texts), recipe.ood_score(texts))


def test_a_text_in_a_script_never_learnt_is_a_stranger(started: Model) -> None:
    said = started.predict(Text("", "Пожалуйста, сбросьте мой пароль от почты, я не могу войти в систему"))

    assert said.stranger
    assert said.familiarity < 0.1


def test_of_the_mails_it_learnt_from_few_are_strangers(starter: TrainedModel, started: Model) -> None:
    strange = [started.predict(one.text).stranger for one in starter_examples().kept[::4]]

    assert sum(strange) / len(strange) < 0.03


def test_what_is_known_less_is_said_less_boldly(started: Model) -> None:
    plain = started.predict(Text("", "password reset for the vpn"))
    mixed = started.predict(Text("", "password reset for the vpn щщщщщ жжжжж ыыыыы юююю"))

    assert mixed.department == plain.department
    assert mixed.confidence < plain.confidence


PAIRS = {"it": ("laptop", "docking"), "finance": ("invoice", "ledger"), "facilities": ("window", "radiator")}
PAST = [Text("", f"{one} {other} mail{number} please") for one, other in PAIRS.values() for number in range(40)]


def _own(name: str, number: int) -> str:
    """Words that no other mail has, so that none is a near-duplicate, and that say nothing of the department."""
    at = 10 * list(PAIRS).index(name) + number
    return " ".join(f"{letter}{at * at + 7}" for letter in "pqr")


def test_past_mails_teach_where_held_out_labels_say_that_they_help() -> None:
    """That a docking station goes with laptops is said by past mails only."""
    labelled = [
        Example(Text("", f"{other if number == 7 else one} {_own(name, number)}"), name, "")
        for name, (one, other) in PAIRS.items()
        for number in range(8)
    ]

    without, taught = train(labelled, seed=0), train(labelled, seed=0, unlabelled=PAST)

    assert (without.report.unlabelled, taught.report.unlabelled) == (0, 120)
    assert taught.report.figures.macro_f1 > without.report.figures.macro_f1


def test_past_mails_that_do_not_help_leave_no_trace() -> None:
    labelled = [
        Example(Text("", f"{one} {_own(name, number)} {other}"), name, "")
        for name, (one, other) in PAIRS.items()
        for number in range(8)
    ]

    taught = train(labelled, seed=0, unlabelled=PAST)

    assert taught.report.unlabelled == 0
    assert taught.weights.digest() == train(labelled, seed=0).weights.digest()


def test_departments_with_labels_enough_are_not_taught_by_past_mails(examples: tuple[Example, ...]) -> None:
    many = [
        Example(Text(one.text.subject, f"{one.text.words} {copy}"), one.department, "")
        for one in examples
        for copy in range(11)
    ]

    assert train(many, seed=0, unlabelled=[Text("", "laptop chair")]).report.unlabelled == 0
