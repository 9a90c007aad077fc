"""How sure a model may be of the best department, learnt from mails that it had not seen.

The chances of a softmax weigh departments against each other; whether the best of them is right also depends on how
far it leads, on how much of the mail is known, and on the department itself: some are mixed up by the people who sort
mails, and no temperature for all can say so. So the held-out mails are asked once more, by a logistic regression: was
the best department right? It starts from the chances and leaves them as far as the mails speak against them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from classifier.weights import KNOWN_LETTERS, MARKS, Sureness, Values, marks_of

Rights = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

# How far a weight may leave zero for a mail's worth of surprise (variance of the Gaussian before any mail is seen).
_FREEDOM = 0.3
# The level of all departments is held by many more mails than any other weight.
_FREEDOM_OF_ALL = 3.0
# Fewer mails say nothing; the chances are then taken as they are.
_FEWEST = 20


def learn_sureness(values: Values, chances: Values, known_letters: Values, features: Values, truth: Rows) -> Sureness:
    """How sure to be, from decision values, chances, and what `marks_of` takes, of held-out mails of known truth."""
    departments = values.shape[1]
    if len(truth) < _FEWEST:
        return Sureness.as_the_chances(departments)
    best = chances.argmax(axis=1)
    right = best == truth
    marks = marks_of(values, chances, known_letters, features)
    spread = marks.std(axis=0)
    scale = np.vstack([marks.min(axis=0), marks.max(axis=0), marks.mean(axis=0), np.where(spread > 0, spread, 1.0)])
    weights, own = _fitted(marks[:, 0], (marks - scale[2]) / scale[3], best, right, departments)
    return Sureness(np.vstack([scale, weights]).astype(np.float32), own.astype(np.float32))


def _fitted(start: Values, marks: Values, best: Rows, right: Rights, departments: int) -> tuple[Values, Values]:
    """Weights of the marks, and of each department its offset and its slope along the first mark."""

    def parted(x: Values) -> tuple[float, Values, Values]:
        return float(x[0]), x[1 : MARKS + 1], x[MARKS + 1 :].reshape(2, departments)

    def surprise(x: Values) -> tuple[float, Values]:
        level, weights, own = parted(x)
        log_odds = start + level + marks @ weights + own[0, best] + own[1, best] * marks[:, 0]
        wrong_way = np.where(right, -log_odds, log_odds)
        loss = np.logaddexp(0.0, wrong_way).sum() + (level**2 / _FREEDOM_OF_ALL + (x[1:] @ x[1:]) / _FREEDOM) / 2
        too_sure = 1 / (1 + np.exp(-np.clip(log_odds, -500, 500))) - right
        of_own = [np.bincount(best, too_sure * one, minlength=departments) for one in (1.0, marks[:, 0])]
        slope = np.concatenate([[too_sure.sum()], too_sure @ marks, *of_own])
        return float(loss), slope + x / np.r_[_FREEDOM_OF_ALL, np.full(len(x) - 1, _FREEDOM)]

    # To know less of a mail is never a reason to be surer of it.
    bounds = [(0.0, None) if at == KNOWN_LETTERS + 1 else (None, None) for at in range(1 + MARKS + 2 * departments)]
    found = minimize(surprise, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    level, weights, own = parted(np.asarray(found.x, dtype=np.float64))
    return weights, own + np.array([[level], [0.0]])
