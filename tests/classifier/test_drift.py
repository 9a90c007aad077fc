"""Whether mail is still what the model has learnt from, with a stated rate of false alarms."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from classifier.drift import FALSE_ALARMS_A_MONTH, LOOKS_A_MONTH, Drift, Seen, TooFewMails, look


def mails(
    n: int, seed: int, *, it: float = 0.5, german: float = 0.7, sure: float = 5.0, known: float = 9.0
) -> list[Seen]:
    chance = random.Random(seed)
    found = []
    for _ in range(n):
        confidence = chance.betavariate(sure, 1)
        found.append(
            Seen(
                confidence=confidence,
                department="it" if chance.random() < it else chance.choice(["hr", "finance"]),
                known_share=chance.betavariate(known, 1),
                language="de" if chance.random() < german else "en",
                alone=confidence > 0.8,
            )
        )
    return found


def drifted(found: Drift) -> set[str]:
    return {one.measure for one in found.drifted}


THEN = mails(600, 1)


def test_mail_that_has_not_changed_raises_no_alarm() -> None:
    found = look(THEN, mails(400, 2))

    assert drifted(found) == set()
    assert all(one.chance > 0.001 for one in found.shifts)


@pytest.mark.parametrize(
    ("changed", "measures"),
    [
        ({"it": 0.9}, {"departments"}),
        ({"german": 0.2}, {"languages"}),
        ({"known": 2.0}, {"known words"}),
        ({"sure": 1.5}, {"confidence", "triage"}),
    ],
)
def test_what_has_changed_is_named_and_nothing_else(changed: dict[str, float], measures: set[str]) -> None:
    assert drifted(look(THEN, mails(400, 4, **changed))) == measures


def test_a_shift_says_what_has_changed_most() -> None:
    found = look(THEN, mails(400, 3, german=0.2))
    (languages,) = found.drifted

    assert languages.most.name in ("de", "en")
    assert languages.psi > 0.5
    triage = next(one for one in found.shifts if one.measure == "triage")
    assert triage.before == pytest.approx(sum(not one.alone for one in THEN) / len(THEN))


def test_a_shift_that_is_no_chance_but_too_small_to_matter_raises_no_alarm() -> None:
    found = look(mails(20_000, 1), mails(20_000, 2, german=0.66))
    languages = next(one for one in found.shifts if one.measure == "languages")

    assert languages.chance < 0.001
    assert not languages.drifted


def test_the_false_alarms_are_no_more_than_stated() -> None:
    """Small samples, where chance alone gives large indices: 120 looks are worth 28 months."""
    alarms = sum(bool(look(mails(60, n), mails(55, 10_000 + n)).drifted) for n in range(120))

    expected = FALSE_ALARMS_A_MONTH * 120 / LOOKS_A_MONTH
    assert alarms <= expected + 3 * expected**0.5


def test_with_few_mails_nothing_is_said() -> None:
    with pytest.raises(TooFewMails, match="only 49 mails of late to compare; 50 are the least"):
        look(THEN, mails(49, 2))
    with pytest.raises(TooFewMails, match="only 10 mails from the time of the training"):
        look(THEN[:10], mails(400, 2))


def test_mails_that_are_all_alike_are_no_drift() -> None:
    same = [replace(THEN[0])] * 100

    assert drifted(look(same, same)) == set()
