"""How sure to be of the best department, learnt from mails of known truth."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.evaluate import calibration_error
from classifier.sureness import learn_sureness
from classifier.weights import KNOWN_LETTERS, Sureness, Values, probabilities

_MAILS, _DEPARTMENTS = 3_000, 4


def _mails(seed: int) -> tuple[Values, Values, Values, Values]:
    """Decision values, chances, shares of known letter groups and numbers of known features of made-up mails."""
    chance = np.random.default_rng(seed)
    values = chance.normal(0.0, 1.0, (_MAILS, _DEPARTMENTS))
    return values, probabilities(values, 0.3), chance.random(_MAILS), chance.integers(1, 200, _MAILS).astype(float)


def _truth(best: np.ndarray, how_often: Values, seed: int) -> np.ndarray:
    """The best department, as often as that, and else the one behind it."""
    right = np.random.default_rng(seed).random(len(best)) < how_often
    return np.where(right, best, (best + 1) % _DEPARTMENTS)


def test_a_department_whose_mails_people_mix_up_is_named_less_surely() -> None:
    mails = _mails(1)
    best, sure = mails[1].argmax(axis=1), mails[1].max(axis=1)
    truth = _truth(best, np.where(best == 2, 0.8 * sure, sure), seed=2)

    told = learn_sureness(*mails, truth).applied(*mails)

    assert (told.argmax(axis=1) == best).all()
    assert told.max(axis=1)[best == 2].mean() == pytest.approx((truth == best)[best == 2].mean(), abs=0.03)
    assert told.max(axis=1)[best != 2].mean() == pytest.approx((truth == best)[best != 2].mean(), abs=0.03)


def test_it_comes_true_on_mails_that_did_not_teach_it() -> None:
    def judged(seed: int) -> tuple[tuple[Values, Values, Values, Values], np.ndarray]:
        values, chances, known, features = _mails(seed)
        how_often = chances.max(axis=1) * (0.75 + 0.25 * known) * (1 - 0.2 * (features < 20))
        return (values, chances, known, features), _truth(chances.argmax(axis=1), how_often, seed + 1)

    (learnt, truth), (mails, later) = judged(3), judged(5)

    told = learn_sureness(*learnt, truth).applied(*mails)

    right = mails[1].argmax(axis=1) == later
    assert calibration_error(mails[1].max(axis=1), right) > 0.1
    assert calibration_error(told.max(axis=1), right) < 0.03


def test_to_know_less_of_a_mail_is_no_reason_to_be_surer() -> None:
    values, chances, known, features = _mails(7)
    truth = _truth(chances.argmax(axis=1), 1 - 0.5 * known, seed=8)

    sureness = learn_sureness(values, chances, known, features, truth)

    assert sureness.marks[-1, KNOWN_LETTERS] == 0.0


def test_mails_beyond_all_that_were_seen_are_taken_as_the_furthest_of_them() -> None:
    values, chances, known, features = _mails(9)
    sureness = learn_sureness(values, chances, known, features, chances.argmax(axis=1))

    furthest, beyond = (
        sureness.applied(values, chances, known, np.full(_MAILS, many)) for many in (features.max(), 1e6)
    )

    np.testing.assert_allclose(furthest, beyond, rtol=1e-6)


@pytest.mark.parametrize("few", [0, 1, 19])
def test_a_handful_of_mails_leaves_the_chances_as_they_are(few: int) -> None:
    mails = values, chances, known, features = _mails(11)
    nothing = np.zeros(few, dtype=np.intp)

    sureness = learn_sureness(values[:few], chances[:few], known[:few], features[:few], nothing)

    np.testing.assert_allclose(sureness.applied(*mails), mails[1], atol=1e-6)


@pytest.mark.parametrize("offset", [-50.0, -1.0, 0.0, 1.0, 50.0])
def test_whatever_was_learnt_the_best_stays_the_best_and_chances_are_chances(offset: float) -> None:
    mails = _mails(13)
    mails[1][:3] = np.array([[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    plain = Sureness.as_the_chances(_DEPARTMENTS)
    own = np.vstack([np.full(_DEPARTMENTS, offset), np.zeros(_DEPARTMENTS)]).astype(np.float32)

    told = Sureness(plain.marks, own).applied(*mails)

    assert (told.argmax(axis=1) == mails[1].argmax(axis=1)).all()
    assert (told >= 0).all()
    np.testing.assert_allclose(told.sum(axis=1), 1.0)
