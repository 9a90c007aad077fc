"""The figures, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.evaluate import calibration_error, measure


def test_the_figures_are_those_of_the_text_book() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])

    figures = measure(["hr", "it"], np.array([0, 1, 1, 1]), chances)

    hr, it = figures.departments
    assert (hr.examples, hr.precision, hr.recall, hr.f1) == (1, 0.5, 1.0, pytest.approx(2 / 3))
    assert (it.examples, it.precision, it.recall, it.f1) == (3, 1.0, pytest.approx(2 / 3), pytest.approx(0.8))
    assert figures.accuracy == 0.75
    assert figures.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)


def test_a_department_that_is_never_named_has_no_precision() -> None:
    figures = measure(["hr", "it"], np.array([1, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]))

    assert [(one.precision, one.recall, one.f1) for one in figures.departments] == [(0.0, 0.0, 0.0)] * 2


def test_confidence_that_comes_true_has_no_calibration_error() -> None:
    assert calibration_error(np.full(4, 0.75), np.array([True, True, True, False])) == pytest.approx(0.0)


def test_calibration_error_is_how_far_confidence_is_from_truth() -> None:
    confidences = np.array([0.9, 0.9, 0.5, 0.5])

    assert calibration_error(confidences, np.array([False, False, True, False])) == pytest.approx(0.45)


def test_too_bold_and_too_shy_do_not_cancel_out() -> None:
    assert calibration_error(np.array([0.9, 0.1]), np.array([False, True])) == pytest.approx(0.9)
