"""Thresholds that keep what they promise."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from classifier.threshold import (
    DepartmentThreshold,
    Strangers,
    Threshold,
    at_most,
    lower_bound,
    lowest_threshold,
    thresholds_for,
)


def _ranked(*rights: bool) -> tuple[np.ndarray, np.ndarray]:
    """Confidences from 1 down to 0.5, and whether each was right."""
    return np.linspace(1.0, 0.5, len(rights)), np.array(rights)


@pytest.mark.parametrize(
    ("mistakes", "n", "rate", "chance"), [(0, 59, 0.05, 0.95**59), (1, 2, 0.5, 0.75), (2, 2, 0.9, 1)]
)
def test_the_binomial_chance_is_exact(mistakes: int, n: int, rate: float, chance: float) -> None:
    assert at_most(mistakes, n, rate) == pytest.approx(chance)


@pytest.mark.parametrize(
    # From the tables of Clopper and Pearson (one-sided, 95 %).
    ("good", "n", "bound"),
    [(0, 10, 0.0), (10, 10, 0.05 ** (1 / 10)), (9, 10, 0.6058), (8, 10, 0.4931), (95, 100, 0.8977)],
)
def test_the_lower_bound_is_that_of_clopper_and_pearson(good: int, n: int, bound: float) -> None:
    assert lower_bound(good, n) == pytest.approx(bound, abs=1e-4)


def test_a_model_that_is_always_right_covers_everything() -> None:
    found = lowest_threshold(*_ranked(*[True] * 300), promise=0.95)

    assert (found.value, found.coverage, found.precision) == (0.5, 1.0, 1.0)
    assert found.bound > 0.99


def test_the_walk_stops_where_mistakes_begin() -> None:
    found = lowest_threshold(*_ranked(*[True] * 300, *[False] * 300), promise=0.95)

    assert 250 <= found.accepted <= 310
    assert found.value is not None
    assert found.bound >= 0.95


def test_too_few_mails_prove_nothing_however_right() -> None:
    found = lowest_threshold(*_ranked(*[True] * 50), promise=0.95)

    assert (found.value, found.accepted, found.bound) == (None, 0, 0.0)


def test_a_model_that_guesses_always_abstains() -> None:
    found = thresholds_for(*_ranked(*[True, False] * 400))

    assert [one.value for one in found] == [None] * 4


def test_no_mails_at_all_give_no_threshold() -> None:
    assert [one.value for one in thresholds_for(np.array([]), np.array([], dtype=bool))] == [None] * 4


def test_one_confident_mistake_at_the_top_does_not_end_everything() -> None:
    found = lowest_threshold(*_ranked(False, *[True] * 200, *[True] * 1_000), promise=0.99)

    assert found.coverage == 1.0


def test_mails_of_equal_confidence_are_accepted_together() -> None:
    confidences = np.repeat([0.9, 0.6], 200)
    right = np.array([True] * 200 + [True, False] * 100)

    found = lowest_threshold(confidences, right, promise=0.9)

    assert (found.value, found.accepted) == (0.9, 200)


def test_what_keeps_a_stricter_promise_keeps_a_milder_one() -> None:
    chance = np.random.default_rng(3)
    for _ in range(200):
        confidences = chance.random(400)
        right = chance.random(400) < 0.75 + 0.25 * confidences

        coverages = [one.coverage for one in thresholds_for(confidences, right)]

        assert coverages == sorted(coverages, reverse=True)


@pytest.mark.parametrize("promise", [0.9, 0.95, 0.97])
def test_the_promise_is_broken_no_oftener_than_one_time_in_twenty(promise: float) -> None:
    """With a known truth: a mail of confidence c is right with chance 0.7 + 0.3 c."""
    chance = np.random.default_rng(11)
    broken, tries = 0, 400
    for _ in range(tries):
        confidences = chance.random(800)
        found = lowest_threshold(confidences, chance.random(800) < 0.7 + 0.3 * confidences, promise)
        if found.value is not None:
            assert found.bound >= promise
            true_precision = 0.7 + 0.3 * (1 + found.value) / 2
            broken += true_precision < promise

    assert broken / tries <= 0.05


@pytest.mark.parametrize("promise", [0.0, 1.0, 95])
def test_a_promise_that_is_no_share_is_refused(promise: float) -> None:
    with pytest.raises(ValueError, match=r"is not between 0 and 1; write for example 0\.95"):
        lowest_threshold(*_ranked(True), promise=promise)


def test_a_department_that_is_demonstrably_worse_than_promised_stays_in_triage() -> None:
    chance = np.random.default_rng(2)
    confidences = chance.random(3_000)
    named = np.array(["good", "bad"])[(np.arange(3_000) % 10 == 0).astype(int)]
    right = chance.random(3_000) < np.where(named == "good", 0.99, 0.80)

    (found,) = thresholds_for(confidences, right, [0.95], named=named)

    assert found.of("good") is not None
    assert found.of("bad") is None
    assert found.precision > 0.97
    (bad,) = [one for one in found.departments if one.department == "bad"]
    assert (bad.value, bad.n, bad.more) == (None, 300, None)


def test_a_department_that_keeps_the_promise_takes_the_threshold_of_all() -> None:
    chance = np.random.default_rng(4)
    confidences = chance.random(4_000)
    named = np.array(["good", "fair", "few"])[np.where(np.arange(4_000) % 100 == 0, 2, np.arange(4_000) % 2)]
    right = chance.random(4_000) < np.where(named == "good", 0.99, 0.96)

    (found,) = thresholds_for(confidences, right, [0.95], named=named)

    assert found.departments == ()
    assert found.of("good") == found.of("fair") == found.of("few") == found.value


def test_a_department_that_is_worse_at_the_threshold_of_all_keeps_the_promise_at_one_of_its_own() -> None:
    confidences = np.tile(np.linspace(1.0, 0.5, 2_000), 2)
    named = np.repeat(["good", "hard"], 2_000)
    right = np.concatenate([np.arange(2_000) % 200 > 0, np.arange(2_000) < 1_500])

    (found,) = thresholds_for(confidences, right, [0.9], named=named)

    (hard,) = found.departments
    assert hard.department == "hard"
    assert found.value is not None
    assert hard.value is not None
    assert found.value < 0.56
    assert 0.58 < hard.value < 0.63


def test_of_many_departments_none_is_called_worse_for_what_chance_does() -> None:
    """Each keeps 96 of 100; at one in twenty for each, one or two of thirty would lose what they have."""
    chance = np.random.default_rng(5)
    named = np.array([f"department {number}" for number in range(30)])[np.arange(9_000) % 30]
    cut = 0
    for _ in range(20):
        (found,) = thresholds_for(chance.random(9_000), chance.random(9_000) < 0.96, [0.95], named=named)
        cut += len(found.departments)

    assert cut <= 2


def test_the_walk_starts_where_the_confidences_say_that_the_proof_is_easiest() -> None:
    """Of the surest two hundred one in ten is wrong, which no walk from the top survives."""
    confidences = np.linspace(1.0, 0.9, 3_000)
    confidences[2_000:] = np.linspace(0.8, 0.3, 1_000)
    right = np.arange(3_000) % 100 > 0
    right[:200:10] = False
    right[2_000::2] = False

    found = lowest_threshold(confidences, right, promise=0.95)

    assert 0.6 < found.coverage < 0.75


def test_it_is_said_how_many_times_as_many_mails_would_do() -> None:
    """Mails of the department are right above 0.9 only, and there are too few of them to prove it."""
    confidences = np.concatenate([np.linspace(1.0, 0.5, 2_000), np.linspace(1.0, 0.5, 200)])
    named = np.array(["good"] * 2_000 + ["bad"] * 200)
    right = np.concatenate([np.ones(2_000, dtype=bool), np.arange(200) < 40])

    (found,) = thresholds_for(confidences, right, [0.95], named=named)

    (bad,) = [one for one in found.departments if one.department == "bad"]
    assert (bad.value, bad.more) == (None, 2.0)


def test_strangers_are_counted_but_never_accepted() -> None:
    confidences, right = np.linspace(1.0, 0.5, 400), np.ones(400, dtype=bool)
    asked = np.arange(400) % 4 > 0

    (found,) = thresholds_for(confidences, right, [0.95], asked=asked)

    assert (found.n, found.accepted) == (400, 300)


def test_a_threshold_is_raised_until_it_keeps_the_promise_with_strangers_among_the_mail() -> None:
    """Of ours all are right; strangers are taken for ours wherever the model is less than 0.8 sure."""
    confidences, named = np.linspace(1.0, 0.5, 2_000), np.full(2_000, "it")
    right, sure = np.ones(2_000, dtype=bool), np.full(2_000, 0.8)
    known, unknown = (Strangers(sure, named, asked) for asked in (~right, right))

    (without,), (told_apart,), (mixed_in,) = (
        thresholds_for(confidences, right, [0.97], named=named, strangers=one) for one in (None, known, unknown)
    )

    assert without == told_apart
    assert (without.accepted, without.precision) == (2_000, 1.0)
    assert mixed_in.value is not None
    assert mixed_in.value > 0.8
    assert mixed_in.n == 2_000
    assert mixed_in.bound >= 0.97


def test_a_stored_threshold_is_read_back() -> None:
    found = Threshold(0.95, 0.7, 100, 80, 0.98, 0.96, (DepartmentThreshold("it", None, 20, more=3.0),))

    assert Threshold.from_json(json.loads(json.dumps(asdict(found)))) == found
