"""Learning from examples."""

from __future__ import annotations

from string import ascii_lowercase

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from classifier.examples import Example, ExamplesRefused
from classifier.text import Text
from classifier.train import Step, TrainedModel, best_temperature, train
from classifier.weights import probabilities


def test_equal_examples_and_seed_give_an_equal_model(trained: TrainedModel, examples: tuple[Example, ...]) -> None:
    again = train(reversed(examples), seed=0)

    assert again.weights.digest() == trained.weights.digest()
    assert again.report == trained.report


def test_other_examples_have_another_digest(trained: TrainedModel, examples: tuple[Example, ...]) -> None:
    fewer = train(examples[:-1], seed=0)

    assert fewer.report.data != trained.report.data
    assert fewer.weights.digest() != trained.weights.digest()


def test_departments_that_are_easy_to_tell_apart_are_told_apart(trained: TrainedModel) -> None:
    figures = trained.report.figures

    assert (figures.n, [one.examples for one in figures.departments]) == (60, [20, 20, 20])
    assert figures.macro_f1 > 0.9
    assert trained.report.usual_known_share > 0.5


def test_sixty_mails_can_keep_no_high_promise(trained: TrainedModel) -> None:
    """Even sixty right answers in a row do not prove 95 %."""
    promised = {one.promise: one.value for one in trained.report.thresholds}

    assert promised.keys() == {0.90, 0.95, 0.97, 0.99}
    assert promised[0.95] is promised[0.97] is promised[0.99] is None


def test_labels_by_chance_give_a_model_that_always_abstains(examples: tuple[Example, ...]) -> None:
    names = ("finance", "hr", "it")
    shuffled = [Example(one.text, names[number % 3], one.source) for number, one in enumerate(examples)]

    report = train(shuffled, seed=0, promises=[0.9]).report

    assert [one.value for one in report.thresholds] == [None]
    assert report.figures.accuracy < 0.6


def test_the_progress_is_told_step_by_step(examples: tuple[Example, ...]) -> None:
    told: list[Step] = []

    train(examples, seed=0, progress=told.append)

    assert [step.done for step in told] == list(range(told[-1].total + 1))
    assert told[0].doing == "counting words and letters"
    assert told[1].doing == "testing on part 1 of 10"
    assert told[-1].doing == "learnt"


def test_training_takes_one_core_and_gives_the_others_back(examples: tuple[Example, ...]) -> None:
    during: set[int] = set()

    with threadpool_limits(limits=2):
        train(examples, seed=0, progress=lambda step: during.update(_threads() if step.doing != "learnt" else ()))
        afterwards = _threads()

    assert (during, afterwards) == ({1}, {2})


def _threads() -> set[int]:
    """With how many threads each library calculates."""
    return {pool["num_threads"] for pool in threadpool_info()}


def test_examples_without_a_common_word_are_refused() -> None:
    strangers = [
        Example(Text("", f"{letter}{letter}"), "it" if letter < "n" else "hr", "x") for letter in ascii_lowercase
    ]

    with pytest.raises(ExamplesRefused, match="have no words in common; give more of them, or longer ones"):
        train(strangers, seed=0)


def test_too_few_examples_are_refused_department_by_department(examples: tuple[Example, ...]) -> None:
    few = [Example(Text("", f"contract {number}"), "legal", "x") for number in range(3)]
    one = Example(Text("", "flowers"), "hr", "x")

    with pytest.raises(ExamplesRefused) as refused:
        train([*examples, *few, one], seed=0)

    assert refused.value.problems == (
        "The department 'hr' has only 1 examples; give 5 or more, or leave it out.",
        "The department 'legal' has only 3 examples; give 5 or more, or leave it out.",
    )


def test_one_department_is_nothing_to_choose_from(examples: tuple[Example, ...]) -> None:
    with pytest.raises(ExamplesRefused, match=r"name 1 department\(s\); give examples of two or more"):
        train([one for one in examples if one.department == "it"], seed=0)


def test_the_temperature_makes_confidence_true() -> None:
    """Decision values three times too bold are cooled by three."""
    chance = np.random.default_rng(5)
    values = chance.normal(size=(4_000, 3)) * 2
    truth = np.array([chance.choice(3, p=row) for row in probabilities(values, 1.0)])

    assert best_temperature(3 * values, truth) == pytest.approx(3.0, rel=0.1)
