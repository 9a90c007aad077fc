"""What is wrong with labelled examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from classifier.check import Check, Growth, check, conflicts, leaks, learnable, suspicious
from classifier.curve import Stage
from classifier.evaluate import DepartmentFigures, Figures
from classifier.examples import Example
from classifier.text import Text
from classifier.threshold import Strangers
from classifier.train import Judged, judge


def _example(department: str, words: str, place: str = "x") -> Example:
    return Example(Text("", words), department, place)


def _checked(examples: Sequence[Example], judged: Judged | None = None, stages: Sequence[Stage] = ()) -> Check:
    return check(
        examples,
        Counter(),
        ("finance", "hr", "it"),
        judged,
        stages,
        promise=0.95,
        fewest=5,
        language_of=lambda text: "de" if "ü" in text else "",
    )


def test_equal_texts_of_two_departments_contradict_each_other() -> None:
    examples = [_example("it", "My vpn is down."), _example("hr", "my VPN is down."), _example("it", "Another text.")]

    (found,) = conflicts(examples, [0, 0, 2])

    assert (found.kind, [one.department for one in found.examples]) == ("same", ["it", "hr"])


def test_nearly_equal_texts_of_two_departments_are_told_after_equal_ones() -> None:
    examples = [_example(name, f"text {n}", str(n)) for n, name in enumerate(["it", "hr", "it", "it"])]
    examples += [_example("it", "the same", "4"), _example("hr", "the same", "5")]

    found = conflicts(examples, [0, 0, 2, 2, 4, 4])

    assert [(one.kind, [example.source for example in one.examples]) for one in found] == [
        ("same", ["4", "5"]),
        ("alike", ["0", "1"]),
    ]


def test_a_wrong_label_is_suspicious_and_right_ones_are_not(examples: tuple[Example, ...]) -> None:
    wrong = Example(examples[0].text, "finance", "wrong")

    found = suspicious(judge([wrong, *examples[1:]], seed=1))

    assert (found[0].example.source, found[0].said) == ("wrong", "it")
    assert found[0].chance < found[0].said_chance
    assert len(found) < 6


def test_a_label_is_only_suspicious_if_the_other_department_is_as_likely_as_it_usually_is() -> None:
    """it is always told with certainty, so that 0.6 says nothing for it."""
    examples = tuple(_example(name, str(n)) for n, name in enumerate(["it", "it", "hr", "hr"]))
    chances = np.array([[0.0, 1.0], [0.0, 1.0], [0.4, 0.6], [0.5, 0.5]])
    nobody = Strangers(np.zeros(4), np.full(4, "it"), np.zeros(4, dtype=bool))
    judged = Judged(
        examples,
        ("hr", "it"),
        np.array([1, 1, 0, 0]),
        chances,
        np.ones(4, dtype=bool),
        np.arange(4),
        np.ones(4),
        nobody,
    )

    assert suspicious(judged) == ()


SIGNATURE = "Best regards from the third floor"


def test_a_signature_a_number_of_another_system_and_a_single_word_are_told_as_habits() -> None:
    it = [_example("it", f"Word{n} mail about INC{n:07} with printer\nmore {n}\n{SIGNATURE}") for n in range(30)]
    hr = [_example("hr", f"Other{n} matters\nand more of {n}") for n in range(30)]

    found = {(leak.kind, leak.words): leak for leak in leaks([*it, *hr])}

    assert found["line", SIGNATURE].texts == 30
    assert (found["number", "INC…"].department, found["number", "INC…"].elsewhere) == ("it", 0)
    assert found["word", "printer"].department == "it"
    assert ("word", "more") not in found
    assert {leak.department for leak in found.values() if leak.kind == "line"} == {"it"}


def test_a_line_that_everybody_writes_tells_nothing() -> None:
    texts = [_example(name, f"Text {n}\n{SIGNATURE}") for n in range(20) for name in ("it", "hr")]

    assert leaks(texts) == ()


def test_each_department_is_told_whether_it_has_enough(examples: tuple[Example, ...]) -> None:
    few = [_example("hr", f"word{n} other{n} third{n}") for n in range(2)]

    rows = {row.department: row for row in _checked([*examples, *few]).departments}

    assert rows["hr"].verdict == "too few to learn: give 3 more"
    assert rows["hr"].missing == 3
    assert rows["it"].verdict == "few: 30 more would help a lot"
    assert dict(rows["facilities"].languages).keys() == {"de", "unknown"}
    assert "facilities" in rows  # although the settings do not name it
    nothing = _checked(examples[:1]).departments
    assert next(row for row in nothing if row.department == "hr").verdict == "no texts: the model never routes there"


def test_form_letters_are_counted_and_are_not_enough() -> None:
    letter = "dear colleagues please register {} who starts on monday in the dealer team and order laptop and telephone"
    letters = [_example("hr", letter.format(name)) for name in ("eva", "lea", "max", "ben", "tom", "ida")]

    row = next(row for row in _checked(letters).departments if row.department == "hr")

    assert (row.examples, row.near_duplicates, row.verdict) == (6, 5, "one form letter: give others")


def _stages(*f1: float) -> list[Stage]:
    return [
        Stage(n, Figures(20, 0.9, value, 0.1, (DepartmentFigures("it", 20, value, value, value),)))
        for n, value in enumerate(f1)
    ]


GROWTHS = {
    (0.5, 0.6, 0.7): ("more would help: twice as many, about +10 points of F1", 0.1),
    (0.5, 0.7, 0.8): ("more would help: twice as many, about +5 points of F1", 0.05),
    (0.9, 0.9, 0.9): ("enough: twice as many would bring little", 0.0),
    (0.3, 0.3, 0.2): ("hard to tell: look at its labels first", 0.0),
}


@pytest.mark.parametrize("f1", GROWTHS)
def test_what_more_would_bring_is_read_from_what_fewer_have_brought(f1: tuple[float, ...]) -> None:
    examples = [_example("it", f"a{n} b{n} c{n} d{n}") for n in range(60)]

    row = next(row for row in _checked(examples, stages=_stages(*f1)).departments if row.department == "it")

    verdict, expected = GROWTHS[f1]
    assert row.verdict == verdict
    assert row.growth == Growth(f1, pytest.approx(expected))


def test_what_cannot_be_learnt_is_not_judged(examples: tuple[Example, ...]) -> None:
    few = [_example("legal", f"contract{n} court{n} law{n}") for n in range(3)]

    assert {one.department for one in learnable([*examples, *few], 5)} == {"facilities", "finance", "it"}
    assert learnable([*examples[:20], *few], 5) == []


def test_a_promise_takes_so_many_texts_at_the_least(examples: tuple[Example, ...]) -> None:
    assert _checked(examples).to_prove == 72
