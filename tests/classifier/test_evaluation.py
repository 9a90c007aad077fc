"""What an evaluation says, on cases that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from classifier.curve import learning_curve
from classifier.evaluation import Kept, Share, bins, confusion, evaluate, instructive, kept, points, slices
from classifier.examples import Example
from classifier.text import Text
from classifier.threshold import Strangers
from classifier.train import judge


def test_a_share_says_how_sure_it_is() -> None:
    few, many = Share(9, 10), Share(900, 1000)

    assert (few.value, many.value) == (0.9, 0.9)
    assert (round(few.least, 3), round(few.most, 3)) == (0.596, 0.982)
    assert (round(many.least, 3), round(many.most, 3)) == (0.880, 0.917)
    assert (Share(0, 0).value, Share(0, 0).least, Share(0, 0).most) == (0.0, 0.0, 1.0)
    assert Share(0, 5).least == 0.0
    assert Share(5, 5).most == 1.0


def test_the_matrix_has_a_row_for_who_handled_it_and_a_column_for_what_was_said() -> None:
    assert confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [[1, 1], [0, 1]]


def test_texts_of_equal_confidence_are_routed_together() -> None:
    found = points(np.array([0.9, 0.8, 0.8, 0.4]), np.array([True, True, False, True]))

    assert [(one.confidence, one.coverage, round(one.precision, 3)) for one in found] == [
        (0.9, 0.25, 1.0),
        (0.8, 0.75, 0.667),
        (0.4, 1.0, 0.75),
    ]


def test_bins_tell_what_confidence_came_to() -> None:
    (low, high) = bins(np.array([0.42, 0.48, 1.0]), np.array([False, True, True]))

    assert (round(low.confidence, 3), low.right.part, low.right.whole) == (0.45, 1, 2)
    assert (high.confidence, high.right.value) == (1.0, 1.0)


def test_a_slice_is_told_for_each_name() -> None:
    right, alone = np.array([True, False, True]), np.array([True, True, False])

    german, english = slices(["de", "de", "en"], right, alone)

    assert (german.name, german.right.value, german.alone.value, german.alone_right.value) == ("de", 0.5, 1.0, 0.5)
    assert (english.name, english.alone_right.whole) == ("en", 0)


def _kept(sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], promise: float) -> Kept:
    n = len(sure)
    named, nobody = np.full(n, "it"), np.zeros(n, dtype=bool)
    return kept(sure, right, named, ~nobody, np.arange(n), promise, 1, Strangers(np.zeros(n), named, nobody))


def test_a_promise_that_one_half_makes_is_tried_on_the_other() -> None:
    """The sure half of the texts is right in 99 of 100: a promise of 0.95 is kept, one of 0.999 never made."""
    chance = np.random.default_rng(1)
    sure = np.repeat([0.9, 0.4], 2000) + chance.random(4000) * 0.05
    right = np.where(sure > 0.6, np.arange(4000) % 100 != 0, np.arange(4000) % 2 == 0)

    tried = _kept(sure, right, 0.95)

    assert 0.4 < tried.alone.value < 0.65
    assert tried.alone_right.value > 0.95
    assert tried.holds(0.95)
    assert _kept(sure, right, 0.999).thresholds == (None, None)


def test_a_promise_that_is_broken_beyond_chance_is_said_to_be() -> None:
    def tried(right: int) -> bool:
        found = _kept(np.full(10, 0.9), np.ones(10, dtype=bool), 0.95)
        return replace(found, alone=Share(100, 100), alone_right=Share(right, 100)).holds(0.95)

    assert [tried(right) for right in (99, 93, 88)] == [True, True, False]


def test_the_errors_shown_are_the_surest_and_not_all_of_one_kind() -> None:
    examples = [Example(Text("", str(n)), "it", f"x:{n}") for n in range(7)]
    truth = np.array([0, 0, 0, 0, 0, 0, 0])
    chances = np.array(
        [[0.1, 0.9, 0], [0.15, 0.85, 0], [0.2, 0.8, 0], [0.3, 0.7, 0], [0.9, 0.1, 0], [0.4, 0, 0.6], [0.45, 0, 0.55]]
    )

    found = instructive(examples, ("it", "hr", "legal"), truth, chances, np.zeros(7, dtype=bool))

    assert [(one.said, one.example.text.words) for one in found] == [
        ("hr", "0"), ("hr", "1"), ("hr", "2"), ("legal", "5"), ("legal", "6"),
    ]  # fmt: skip
    assert (found[0].confidence, found[0].truth_chance) == (0.9, 0.1)


def _dated(examples: tuple[Example, ...]) -> list[Example]:
    """Five times as many, told apart by a word, a day after each other, from two groups."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    words = ["red", "green", "blue", "white", "black"]
    many = [replace(one, text=Text(f"{one.text.subject} {word}", one.text.words)) for word in words for one in examples]
    return [
        replace(one, received_at=start + timedelta(days=day), group="field" if day % 3 else "office")
        for day, one in enumerate(many)
    ]


def test_an_evaluation_has_every_figure(examples: tuple[Example, ...]) -> None:
    judged = judge(_dated(examples), seed=1)

    found = evaluate(
        judged, promise=0.9, promises=(0.9, 0.95), language_of=lambda text: "de" if "Licht" in text else "", seed=1
    )

    assert found.figures.n == 300
    assert sum(sum(row) for row in found.matrix) == 300
    assert [row.department for row in found.rows] == ["facilities", "finance", "it"]
    assert found.rows[0].recall.least < found.rows[0].recall.value <= found.rows[0].recall.most
    assert found.macro_f1.least <= found.macro_f1.value <= found.macro_f1.most
    assert found.macro_f1.value == pytest.approx(found.figures.macro_f1)
    assert [one.name for one in found.languages] == ["de", "unknown"]
    assert [one.name for one in found.groups] == ["field", "office"]
    assert [one.name for one in found.months][:2] == ["2026-01", "2026-02"]
    assert sum(one.right.whole for one in found.months) == 300
    assert found.chosen.promise == 0.9


def test_the_newest_are_judged_by_what_was_learnt_before_them(examples: tuple[Example, ...]) -> None:
    """In autumn the mails of finance go to it: whoever has learnt from spring is wrong about all of them."""
    dated = _dated(examples)
    moved = [
        replace(one, department="it") if one.department == "finance" and day >= 240 else one
        for day, one in enumerate(dated)
    ]

    newest = evaluate(judge(moved, seed=1), promise=0.9, promises=(0.9,), language_of=lambda _: "", seed=1).newest

    assert newest is not None
    assert newest.since == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=240)
    assert newest.figures.accuracy < 0.75
    assert sum(one.right.whole for one in newest.months) == newest.figures.n


def test_without_dates_nothing_is_said_about_the_newest(examples: tuple[Example, ...]) -> None:
    found = evaluate(judge(examples, seed=1), promise=0.9, promises=(0.9,), language_of=lambda _: "", seed=1)

    assert (found.newest, found.months, found.groups) == (None, (), ())


def test_more_texts_teach_more(examples: tuple[Example, ...]) -> None:
    stages = learning_curve(examples, lambda _: None, seed=1)

    assert [one.learnt for one in stages] == sorted(one.learnt for one in stages)
    assert stages[-1].figures.macro_f1 > stages[0].figures.macro_f1
    assert {one.figures.n for one in stages} == {stages[0].figures.n}
