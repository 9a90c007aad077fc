"""Learning from examples."""

from __future__ import annotations

from dataclasses import replace
from string import ascii_lowercase

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from classifier.examples import Example, ExamplesRefused
from classifier.predict import Model
from classifier.text import Text
from classifier.train import Step, TrainedModel, best_temperature, judge, train
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
        "The department 'hr' has only 1 example; give 5 or more, or leave it out.",
        "The department 'legal' has only 3 examples; give 5 or more, or leave it out.",
    )


def test_no_text_is_judged_by_a_model_that_knows_its_near_duplicate(examples: tuple[Example, ...]) -> None:
    """A form letter of hr in the words of it: whoever had seen one of them would know all the others."""
    letter = (
        "please order laptop keyboard screen and telephone for {} who starts on monday in the dealer team of the "
        "northern region and prepare software password and login before the first day so that all is ready"
    )
    letters = [Example(Text("", letter.format(name)), "hr", name) for name in ("Eva", "Lea", "Max", "Ben", "Tom")]
    others = [Example(Text("", f"{one.text.words} contract"), "hr", "x") for one in examples[:20]]

    judged = train([*examples, *letters, *others], seed=0).judged

    rows = [row for row, one in enumerate(judged.examples) if one in letters]
    assert len({judged.groups[row] for row in rows}) == 1
    named = {judged.departments[int(judged.chances[row].argmax())] for row in rows}
    assert named == {"it"}


def test_a_department_of_one_form_letter_is_refused(examples: tuple[Example, ...]) -> None:
    letter = "the contract of {} with all its many terms has been signed by both sides and lies in the cabinet of legal"
    letters = [Example(Text("", letter.format(name)), "legal", "x") for name in ("Eva", "Lea", "Max", "Ben", "Tom")]

    with pytest.raises(ExamplesRefused) as refused:
        train([*examples, *letters], seed=0)

    assert refused.value.problems == (
        "The 5 examples of the department 'legal' are the same text but for a few words; give others, or leave it out.",
    )


def test_what_was_made_up_teaches_and_is_in_no_figure(examples: tuple[Example, ...]) -> None:
    made_up = [replace(one, made_up=True, weight=0.5) for one in examples if one.department != "it"]
    real = [one for one in examples if one.department == "it"]

    figures = train([*made_up, *real], seed=0).report.figures

    assert figures.n == 20
    assert [one.examples for one in figures.departments] == [0, 0, 20]
    assert figures.macro_f1 == figures.departments[2].f1


def test_of_two_who_disagree_about_a_text_the_one_who_counts_more_is_believed(examples: tuple[Example, ...]) -> None:
    text = Text("", "fresh flowers for the entrance")

    def named(it: float, finance: float) -> str:
        both = [Example(text, "it", "x", weight=it), Example(text, "finance", "y", weight=finance)]
        return Model(train([*examples, *both], seed=0).weights, "x", ()).predict(text).department

    assert named(it=1.0, finance=0.1) == "it"
    assert named(it=0.1, finance=1.0) == "finance"


def test_judging_alone_finds_what_training_finds(trained: TrainedModel, examples: tuple[Example, ...]) -> None:
    judged = judge(examples, seed=0)

    assert judged.examples == trained.judged.examples
    assert np.array_equal(judged.chances, trained.judged.chances)


def test_one_department_is_nothing_to_choose_from(examples: tuple[Example, ...]) -> None:
    with pytest.raises(ExamplesRefused, match="name only the department 'it'; give examples of two or more"):
        train([one for one in examples if one.department == "it"], seed=0)


def test_the_temperature_makes_confidence_true() -> None:
    """Decision values three times too bold are cooled by three."""
    chance = np.random.default_rng(5)
    values = chance.normal(size=(4_000, 3)) * 2
    truth = np.array([chance.choice(3, p=row) for row in probabilities(values, 1.0)])

    assert best_temperature(3 * values, truth) == pytest.approx(3.0, rel=0.1)
