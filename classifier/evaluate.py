"""How good a model is: figures from predictions for mails it had not seen. Decides; touches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.threshold import Threshold

_BINS = 15


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """One department: its examples, how often right when named, how many of its mails found, both in one."""

    department: str
    examples: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; macro-F1 over the departments that have examples.

    `calibration_error` is the ECE over 15 bins: how far confidence is from truth.
    """

    n: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    departments: tuple[DepartmentFigures, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about a trained model. `data` is the SHA-256 of its examples, whatever their order.

    `learnt`: from how many texts it has learnt; `figures` do not count those that were made up, if there was mail.
    `usual_known_share`: nineteen of twenty held-out mails had at least this share of words the model knew.
    `unlabelled`: so many past mails without a label taught along, as held-out examples said that they help.
    """

    seed: int
    folds: int
    learnt: int
    data: str
    figures: Figures
    usual_known_share: float
    thresholds: tuple[Threshold, ...]
    unlabelled: int = 0


def measure(departments: Sequence[str], truth: npt.NDArray[np.int_], probabilities: npt.NDArray[np.float64]) -> Figures:
    """Figures for `truth` (numbers of columns) against one row of probabilities per mail."""
    named = probabilities.argmax(axis=1)
    rows = tuple(_department(name, truth == i, named == i) for i, name in enumerate(departments))
    return Figures(
        n=len(truth),
        accuracy=float(np.mean(named == truth)),
        macro_f1=float(np.mean([row.f1 for row in rows if row.examples])),
        calibration_error=calibration_error(probabilities.max(axis=1), named == truth),
        departments=rows,
    )


def calibration_error(confidences: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error: mean distance between confidence and share of right ones, over 15 bins."""
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    apart = np.bincount(bins, weights=confidences - right, minlength=_BINS)
    return float(np.abs(apart).sum() / len(confidences))


def _department(name: str, its: npt.NDArray[np.bool_], named: npt.NDArray[np.bool_]) -> DepartmentFigures:
    hits, examples, times_named = int((its & named).sum()), int(its.sum()), int(named.sum())
    return DepartmentFigures(
        department=name,
        examples=examples,
        precision=hits / times_named if times_named else 0.0,
        recall=hits / examples if examples else 0.0,
        f1=2 * hits / (examples + times_named) if examples + times_named else 0.0,
    )
