"""Learning: from labelled examples to a model that knows how sure it may be. Touches nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from classifier.evaluate import Report, measure
from classifier.examples import Example, ExamplesRefused
from classifier.pipeline import Counts, count, decision_values, known_words, learn, weigh, weights_of
from classifier.text import WORD, document, known_share
from classifier.threshold import PROMISES, thresholds_for
from classifier.weights import Weights, probabilities

# Below this a department cannot be held out and learnt at the same time.
FEWEST_EXAMPLES = 5
# Ten folds keep the held-out models close to the final one; with many examples five are as close and cost
# half.
_FOLDS, _FOLDS_OF_MANY, _MANY = 10, 5, 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """How far a training run has come: `done` of `total` steps, and what is being done now."""

    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a run has learnt, and what is known about it. Not yet stored anywhere."""

    weights: Weights
    report: Report


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """For each example: decision values and share of known words, from a model that had not seen it."""

    values: npt.NDArray[np.float64]
    known_shares: npt.NDArray[np.float64]


Progress = Callable[[Step], None]


def _in_silence(step: Step) -> None:
    """Progress that nobody watches."""


def train(
    examples: Iterable[Example],
    *,
    seed: int,
    promises: Sequence[float] = PROMISES,
    progress: Progress = _in_silence,
) -> TrainedModel:
    """Learn from the examples, whatever their order; equal examples and seed give an equal model.

    Equal bit for bit only on one machine: sums of floats depend on their order. Calculates on one core; while it
    does, so do the numeric libraries in the other threads of this process.

    The figures, the temperature and the thresholds come from predictions for examples that the predicting
    model had not seen (cross-fitting). Raises ExamplesRefused if there are too few examples to do that.
    """
    lines, labels, weights = _in_order(examples)
    folds = _folds(labels)
    departments, truth = np.unique(labels, return_inverse=True)

    # Each sum is small: threads would spend more time on waiting for each other than they save.
    with threadpool_limits(limits=1):
        progress(Step(0, folds + 2, "counting words and letters"))
        counts = count(lines)
        held_out = _cross_fit(counts, lines, truth, weights, folds, seed, progress)
        temperature = best_temperature(held_out.values, truth)
        chances = probabilities(held_out.values, temperature)
        progress(Step(folds + 1, folds + 2, "learning from all examples"))
        weighed = weigh(counts, np.arange(len(lines)))
        line = learn(weighed.features, np.array(labels), weights)
    progress(Step(folds + 2, folds + 2, "learnt"))

    report = Report(
        seed=seed,
        folds=folds,
        data=_digest(lines, labels),
        figures=measure([str(name) for name in departments], truth, chances),
        usual_known_share=float(np.quantile(held_out.known_shares, 0.05)),
        thresholds=thresholds_for(chances.max(axis=1), chances.argmax(axis=1) == truth, promises),
    )
    return TrainedModel(weights_of(weighed, line, temperature), report)


def best_temperature(values: npt.NDArray[np.float64], truth: npt.NDArray[np.int_]) -> float:
    """The temperature from 1/20 to 20 under which the held-out decision values find the truth likeliest."""

    def surprise(log_temperature: float) -> float:
        chances = probabilities(values, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12)).mean())

    low, high = np.log(1 / 20), np.log(20.0)
    for _ in range(60):  # one valley only: each look throws away a third
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if surprise(left) <= surprise(right) else (left, high)
    return float(np.exp((low + high) / 2))


def _in_order(examples: Iterable[Example]) -> tuple[list[str], list[str], npt.NDArray[np.float64]]:
    """Documents, departments and weights in an order that does not depend on how the examples were read."""
    rows = sorted((document(example.text), example.department, example.weight) for example in examples)
    lines, labels = [line for line, _, _ in rows], [department for _, department, _ in rows]
    return lines, labels, np.array([weight for _, _, weight in rows])


def _folds(labels: Sequence[str]) -> int:
    """How many folds; raises ExamplesRefused if some department cannot be in each of them."""
    counts = Counter(labels)
    if len(counts) < 2:
        raise ExamplesRefused((f"The examples name {len(counts)} department(s); give examples of two or more.",))
    problems = tuple(
        f"The department {name!r} has only {count} examples; give {FEWEST_EXAMPLES} or more, or leave it out."
        for name, count in sorted(counts.items())
        if count < FEWEST_EXAMPLES
    )
    if problems:
        raise ExamplesRefused(problems)
    return min(*counts.values(), _FOLDS if len(labels) <= _MANY else _FOLDS_OF_MANY)


def _cross_fit(
    counts: Counts,
    lines: Sequence[str],
    truth: npt.NDArray[np.int_],
    weights: npt.NDArray[np.float64],
    folds: int,
    seed: int,
    progress: Progress,
) -> _HeldOut:
    values = np.zeros((len(lines), int(truth.max()) + 1))
    known_shares = np.zeros(len(lines))
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(lines, truth)
    for fold, (learnt, kept) in enumerate(split, start=1):
        progress(Step(fold, folds + 2, f"testing on part {fold} of {folds}"))
        weighed = weigh(counts, learnt)
        line = learn(weighed.features[learnt], truth[learnt], weights[learnt])
        values[kept] = decision_values(line, weighed.features[kept])
        known = known_words(weighed)
        known_shares[kept] = [known_share(WORD.findall(lines[i]), known) for i in kept]
    return _HeldOut(values, known_shares)


def _digest(lines: Sequence[str], labels: Sequence[str]) -> str:
    seal = hashlib.sha256()
    for line, label in zip(lines, labels, strict=True):
        seal.update(f"{label}\x00{line}\x00".encode("utf-8", "replace"))
    return seal.hexdigest()
