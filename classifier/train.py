"""Learning: from labelled examples to a model that knows how sure it may be. Touches nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from classifier.alike import Groups, groups_of
from classifier.evaluate import Report, measure
from classifier.examples import FEWEST_EXAMPLES, Example, ExamplesRefused
from classifier.folds import deal
from classifier.pipeline import Counts, Rows, count, decision_values, known_words, learn, weigh, weights_of
from classifier.text import WORD, document, known_share
from classifier.threshold import PROMISES, thresholds_for
from classifier.weights import Weights, probabilities

# When the newest are judged by the older ones: at least so many texts with a date, so large a share of all
# texts, and so large a share of them is the newest.
FEWEST_DATED, DATED_SHARE, NEWEST = 100, 0.8, 0.2
# Who evaluates waits for it; a daemon may work beside a training run, which takes one core.
_JUDGES = 2
# A department that was not learnt has no chance.
_NEVER = -1e9
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
class Later:
    """The newest examples, judged by a model that has learnt from older ones only.

    `since`: UTC. `rows`: their places among all examples. `learnt`: how many older ones there were. `chances`: as
    of all examples.
    """

    since: datetime
    rows: npt.NDArray[np.intp]
    learnt: int
    chances: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Examples, and what models that had not seen them nor any text like them say of them.

    `truth`: for each example the number of its department. `chances`: one row per example, one calibrated
    probability per department. `groups`: examples of equal number are near-duplicates. `known_shares`: share
    of the words of each example that the judging model knew. `later`: how the newest fared, where it is known.
    """

    examples: tuple[Example, ...]
    departments: tuple[str, ...]
    truth: npt.NDArray[np.intp]
    chances: npt.NDArray[np.float64]
    groups: Groups
    known_shares: npt.NDArray[np.float64]
    later: Later | None = None

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Which examples count in figures: those that somebody sent us, or all if nobody has yet."""
        return _counted(self.examples)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a run has learnt, what is known about it, and how it did. Not yet stored anywhere."""

    weights: Weights
    report: Report
    judged: Judged


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """For each example: decision values and share of known words, from a model that had not seen it."""

    values: npt.NDArray[np.float64]
    known_shares: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Examples in an order that does not depend on how they were read, ready to be learnt from."""

    examples: tuple[Example, ...]
    lines: list[str]
    labels: list[str]
    departments: tuple[str, ...]
    truth: npt.NDArray[np.intp]
    groups: Groups
    weights: npt.NDArray[np.float64]


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
    model had not seen, nor any near-duplicate of them (cross-fitting); what was made up for the first days
    does not count in them as soon as there is mail. Raises ExamplesRefused if there are too few examples.
    """
    lesson = prepared(examples)
    folds = _folds(lesson)

    # Each sum is small: threads would spend more time on waiting for each other than they save.
    with threadpool_limits(limits=1):
        progress(Step(0, folds + 2, "counting words and letters"))
        counts = count(lesson.lines)
        held_out = _cross_fit(counts, lesson, folds, seed, progress)
        temperature = _temperature(held_out, lesson)
        progress(Step(folds + 1, folds + 2, "learning from all examples"))
        weighed = weigh(counts, np.arange(len(lesson.lines)))
        line = learn(weighed.features, np.array(lesson.labels), lesson.weights)
    progress(Step(folds + 2, folds + 2, "learnt"))

    judged = _judged(lesson, held_out, temperature)
    return TrainedModel(weights_of(weighed, line, temperature), _report(judged, lesson, seed, folds, promises), judged)


def judge(examples: Iterable[Example], *, seed: int, progress: Progress = _in_silence) -> Judged:
    """The examples as models judge them that had not seen them: what `train` measures, without a model at the end.

    Raises ExamplesRefused as `train` does.
    """
    lesson = prepared(examples)
    folds = _folds(lesson)
    with threadpool_limits(limits=1):
        progress(Step(0, folds + 2, "counting words and letters"))
        counts = count(lesson.lines)
        held_out = _cross_fit(counts, lesson, folds, seed, progress, _JUDGES)
        progress(Step(folds + 1, folds + 2, "testing the newest on the older ones"))
        later = _later(counts, lesson, held_out)
    progress(Step(folds + 2, folds + 2, "judged"))
    return replace(_judged(lesson, held_out, _temperature(held_out, lesson)), later=later)


def _later(counts: Counts, lesson: Lesson, held_out: _HeldOut) -> Later | None:
    """The newest fifth by a model of the rest; None if too few say when they came, or the rest is too little.

    A near-duplicate of an older text is no news and is left out. The temperature is that of the older ones.
    """
    dated = [(one.received_at, row) for row, one in enumerate(lesson.examples) if one.received_at and not one.made_up]
    if len(dated) < FEWEST_DATED or len(dated) < DATED_SHARE * _counted(lesson.examples).sum():
        return None
    dated.sort()
    since, _ = dated[round(len(dated) * (1 - NEWEST))]
    older = np.array([one.received_at is None or one.received_at < since for one in lesson.examples])
    newer = ~older & ~np.isin(lesson.groups, lesson.groups[older])
    learnt, rows = np.flatnonzero(older), np.flatnonzero(newer)
    if len(rows) < FEWEST_DATED * NEWEST / 2 or len(np.unique(lesson.truth[learnt])) < 2:
        return None
    values, _ = judged_by(counts, lesson, learnt, rows)
    known = older & _counted(lesson.examples)
    temperature = best_temperature(held_out.values[known], lesson.truth[known])
    return Later(since, rows, len(learnt), probabilities(values, temperature))


def _counted(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    sent = np.array([not example.made_up for example in examples])
    return sent if sent.any() else ~sent


def _temperature(held_out: _HeldOut, lesson: Lesson) -> float:
    counted = _counted(lesson.examples)
    return best_temperature(held_out.values[counted], lesson.truth[counted])


def _judged(lesson: Lesson, held_out: _HeldOut, temperature: float) -> Judged:
    return Judged(
        examples=lesson.examples,
        departments=lesson.departments,
        truth=lesson.truth,
        chances=probabilities(held_out.values, temperature),
        groups=lesson.groups,
        known_shares=held_out.known_shares,
    )


def _report(judged: Judged, lesson: Lesson, seed: int, folds: int, promises: Sequence[float]) -> Report:
    counted = judged.counted
    truth, chances = judged.truth[counted], judged.chances[counted]
    return Report(
        seed=seed,
        folds=folds,
        learnt=len(lesson.lines),
        data=_digest(lesson.lines, lesson.labels),
        figures=measure(judged.departments, truth, chances),
        usual_known_share=float(np.quantile(judged.known_shares[counted], 0.05)),
        thresholds=thresholds_for(chances.max(axis=1), chances.argmax(axis=1) == truth, promises),
    )


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


def prepared(examples: Iterable[Example]) -> Lesson:
    """The examples as they are learnt from."""
    rows = sorted(
        ((document(one.text), one.department, one) for one in examples), key=lambda row: (*row[:2], row[2].weight)
    )
    labels = [department for _, department, _ in rows]
    departments, truth = np.unique(labels, return_inverse=True)
    return Lesson(
        examples=tuple(example for *_, example in rows),
        lines=[line for line, *_ in rows],
        labels=labels,
        departments=tuple(str(name) for name in departments),
        truth=truth,
        groups=groups_of(example.text for *_, example in rows),
        weights=np.array([example.weight for *_, example in rows]),
    )


def _folds(lesson: Lesson) -> int:
    """How many folds; raises ExamplesRefused if some department cannot be in each of them."""
    if len(lesson.departments) < 2:
        count = len(lesson.departments)
        raise ExamplesRefused((f"The examples name {count} department(s); give examples of two or more.",))
    counts = Counter(lesson.labels)
    several = Counter(lesson.labels[i] for i in _first_of_each(lesson))
    problems = tuple(
        f"The department {name!r} has only {count} examples; give {FEWEST_EXAMPLES} or more, or leave it out."
        for name, count in sorted(counts.items())
        if count < FEWEST_EXAMPLES
    ) or tuple(
        f"The {counts[name]} examples of the department {name!r} are the same text but for a few words; "
        "give others, or leave it out."
        for name, count in sorted(several.items())
        if count < 2
    )
    if problems:
        raise ExamplesRefused(problems)
    return min(*several.values(), _FOLDS if len(lesson.labels) <= _MANY else _FOLDS_OF_MANY)


def _first_of_each(lesson: Lesson) -> list[int]:
    """One example for each department in each group of near-duplicates."""
    pairs = np.column_stack([lesson.groups, lesson.truth])
    return [int(one) for one in np.unique(pairs, axis=0, return_index=True)[1]]


def _cross_fit(counts: Counts, lesson: Lesson, folds: int, seed: int, progress: Progress, cores: int = 1) -> _HeldOut:
    """Each fold by a model of the others; so many at once, which changes nothing but the time it takes."""
    values = np.zeros((len(lesson.lines), len(lesson.departments)))
    known_shares = np.zeros(len(lesson.lines))
    parts = deal(lesson.truth, lesson.groups, folds, seed)

    def judged(fold: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        return judged_by(counts, lesson, np.flatnonzero(parts != fold), np.flatnonzero(parts == fold))

    with ThreadPoolExecutor(cores) as pool:
        progress(Step(1, folds + 2, f"testing on part 1 of {folds}"))
        for fold, (its_values, its_shares) in enumerate(pool.map(judged, range(folds))):
            values[parts == fold], known_shares[parts == fold] = its_values, its_shares
            if fold + 1 < folds:
                progress(Step(fold + 2, folds + 2, f"testing on part {fold + 2} of {folds}"))
    return _HeldOut(values, known_shares)


def judged_by(
    counts: Counts, lesson: Lesson, learnt: Rows, judged: Rows
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Decision values and known share of words of some examples, by a model that learns from others.

    Raises ExamplesRefused if these have nothing in common.
    """
    weighed = weigh(counts, learnt)
    line = learn(weighed.features[learnt], lesson.truth[learnt], lesson.weights[learnt])
    values = np.full((len(judged), len(lesson.departments)), _NEVER)
    values[:, line.classes_] = decision_values(line, weighed.features[judged])
    known = known_words(weighed)
    return values, np.array([known_share(WORD.findall(lesson.lines[i]), known) for i in judged])


def _digest(lines: Sequence[str], labels: Sequence[str]) -> str:
    seal = hashlib.sha256()
    for line, label in zip(lines, labels, strict=True):
        seal.update(f"{label}\x00{line}\x00".encode("utf-8", "replace"))
    return seal.hexdigest()
