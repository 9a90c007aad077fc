"""Learning: from labelled examples to a model that knows how sure it may be. Touches nothing."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.sparse import vstack
from threadpoolctl import threadpool_limits

from classifier.alike import Groups, groups_of
from classifier.evaluate import Report, measure
from classifier.examples import FEWEST_EXAMPLES, Example, ExamplesRefused
from classifier.folds import deal
from classifier.pipeline import Counts, Line, Rows, Sparse, Weighed, count, known_words, learn, voices, weigh
from classifier.sureness import learn_sureness
from classifier.text import WORD, Text, document, known_share
from classifier.threshold import PROMISES, Strangers, thresholds_for
from classifier.weights import (
    Floats,
    Sureness,
    Weights,
    bent,
    familiarity,
    probabilities,
    signs,
    strangers,
    temperatures,
    usual_signs,
)

# When the newest are judged by the older ones: at least so many texts with a date, so large a share of all
# texts, and so large a share of them is the newest.
FEWEST_DATED, DATED_SHARE, NEWEST = 100, 0.8, 0.2
# Ten folds keep the held-out models close to the final one; with many examples five are as close and cost
# half.
_FOLDS, _FOLDS_OF_MANY, _MANY = 10, 5, 2_000
# Of very many, three parts leave two thirds to learn from, which is more than anybody needs, and time matters.
_FOLDS_OF_VERY_MANY, _VERY_MANY = 3, 15_000

# Of held-out mails, this share is called strange by mistake.
_STRANGE_BY_MISTAKE = 0.05
_QUANTILES = 101
# How much an unknown text is cooled. Never less than the first, for what held-out mails cannot show.
_COOLINGS = (0.5, 1.0, 2.0)
_BENDS = (0.5, 0.6, 0.7, 0.85, 1.0)
_GOLDEN = (5**0.5 - 1) / 2
# After so many looks the temperature is known to four digits.
_LOOKS = 24
# So many mails suffice to choose between them.
_MOST_TO_CHOOSE_BY = 5_000

# Past mails without a label teach where labels are few; with more they only take time.
_FEW_LABELS = 200  # per department
_MOST_UNLABELLED = 8_000
# In each round this share of those that seem to be for a department teaches, the surest, and each counts so much. As
# many for each department, whatever it gets, would teach much that is wrong of those that get little.
_ROUNDS = (0.2, 0.4, 0.6, 0.8)
_TRUST = 0.2

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a training run has come: `done` of `total` steps, and what is being done now."""

    done: int
    total: int
    doing: str


@dataclass(frozen=True, slots=True)
class Later:
    """The newest examples, judged by a model that has learnt from older ones only.

    `since`: UTC. `rows`: their places among all examples. `learnt`: how many older ones there were. `chances`,
    `asked`: as of all examples.
    """

    since: datetime
    rows: npt.NDArray[np.intp]
    learnt: int
    chances: npt.NDArray[np.float64]
    asked: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Examples, and what models that had not seen them nor any text like them say of them.

    `truth`: for each example the number of its department. `chances`: one row per example, one calibrated
    probability per department. `asked`: which of them the model may route at all; strangers go to triage. `groups`:
    examples of equal number are near-duplicates. `known_shares`: share of the words of each example that the judging
    model knew. `strangers`: what would be said of each example if its department did not exist. `later`: how the newest
    fared, where it is known.
    """

    examples: tuple[Example, ...]
    departments: tuple[str, ...]
    truth: npt.NDArray[np.intp]
    chances: npt.NDArray[np.float64]
    asked: npt.NDArray[np.bool_]
    groups: Groups
    known_shares: npt.NDArray[np.float64]
    strangers: Strangers
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
    """For each example: decision values, share of known words and of known letter groups, and how many known features
    it has, from a model that had not seen it; and the number of the fold in which that model was learnt.
    """

    values: _Values
    known_shares: _Values
    known_letters: _Values
    features: _Values
    folds: Rows

    def of(self, rows: Rows) -> _HeldOut:
        """Some of the examples."""
        return _HeldOut(
            self.values[rows],
            self.known_shares[rows],
            self.known_letters[rows],
            self.features[rows],
            self.folds[rows],
        )


@dataclass(frozen=True, slots=True)
class _Calibration:
    """What makes chances of decision values; see `Weights`."""

    temperature: float
    bend: float
    cooling: float

    def chances(self, mails: _HeldOut) -> _Values:
        """A row per mail, a column per department."""
        return probabilities(_shaped(mails.values, mails.known_letters, self.bend, self.cooling), self.temperature)

    def signs(self, mails: _HeldOut) -> _Values:
        """What tells whether they are strangers."""
        return signs(mails.values, self.chances(mails), mails.known_letters, mails.known_shares)

    def sureness(self, mails: _HeldOut, truth: Rows) -> Sureness:
        """How sure these mails teach to be."""
        return learn_sureness(mails.values, self.chances(mails), mails.known_letters, mails.features, truth)

    def sure_chances(self, sureness: Sureness, mails: _HeldOut, best: Rows | None = None) -> _Values:
        """The chances as they are told. `best`: as in `Sureness.applied`."""
        return sureness.applied(mails.values, self.chances(mails), mails.known_letters, mails.features, best)


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
    unlabelled: Iterable[Text] = (),
    fewest: int = FEWEST_EXAMPLES,
) -> TrainedModel:
    """Learn from the examples, whatever their order; equal examples and seed give an equal model.

    Equal bit for bit only on one machine: sums of floats depend on their order. Calculates on one core; while it
    does, so do the numeric libraries in the other threads of this process.

    The figures, the temperature and the thresholds come from predictions for examples that the predicting
    model had not seen, nor any near-duplicate of them (cross-fitting); what was made up for the first days
    does not count in them as soon as there is mail. `unlabelled`: past mails of which nobody said where they
    belong; where labels are few the model teaches itself with them, if held-out examples say that it helps. A
    department with less than `fewest` examples is a mistake. Raises ExamplesRefused if there are too few examples.
    """
    lesson = prepared(examples)
    folds = _folds(lesson, fewest)
    free = _free_lines(unlabelled, lesson)
    total = folds * (2 if free else 1) + 2

    # Each sum is small: threads would spend more time on waiting for each other than they save.
    with threadpool_limits(limits=1):
        progress(Step(0, total, "counting words and letters"))
        counts = count([*lesson.lines, *free], len(lesson.departments))
        judged_ways = _cross_fit(counts, lesson, folds, seed, progress, total=total)
        if free:
            judged_ways += _cross_fit(counts, lesson, folds, seed, progress, total=total, free=len(free))
        # Of equals the first, so that past mails and rounds that do not help leave no trace.
        way, held_out = max(enumerate(judged_ways), key=lambda one: _macro_f1(one[1], lesson))
        teaching = len(free) if way else 0
        progress(Step(total - 1, total, "learning from all examples"))
        weighed, lines = _learnt(counts, lesson, np.arange(len(lesson.lines)), teaching, _ROUNDS[: max(0, way - 1)])
        line = lines[-1]
    progress(Step(total, total, "learnt"))

    calibration = _calibration(held_out, lesson)
    judged = _judged(lesson, held_out, calibration)
    usual, stranger_below = _usual(calibration, held_out, judged.counted)
    counted = np.flatnonzero(judged.counted)
    weights = Weights(
        departments=lesson.departments,
        words=weighed.words,
        grams=weighed.grams,
        idf=weighed.idf,
        coefficients=_coefficients(line, voices(weighed)),
        intercepts=line.intercepts.astype(np.float32),
        temperature=calibration.temperature,
        sureness=calibration.sureness(held_out.of(counted), lesson.truth[counted]),
        bend=calibration.bend,
        cooling=calibration.cooling,
        usual=usual,
        stranger_below=stranger_below,
    )
    report = _report(judged, lesson, seed, folds, promises)
    return TrainedModel(weights, replace(report, unlabelled=teaching), judged)


def judge(examples: Iterable[Example], *, seed: int, progress: Progress = _in_silence) -> Judged:
    """The examples as models judge them that had not seen them: what `train` measures, without a model at the end.

    Raises ExamplesRefused as `train` does.
    """
    lesson = prepared(examples)
    folds = _folds(lesson, FEWEST_EXAMPLES)
    with threadpool_limits(limits=1):
        progress(Step(0, folds + 2, "counting words and letters"))
        counts = count(lesson.lines, len(lesson.departments))
        (held_out,) = _cross_fit(counts, lesson, folds, seed, progress, total=folds + 2)
        progress(Step(folds + 1, folds + 2, "testing the newest on the older ones"))
        later = _later(counts, lesson, held_out)
    progress(Step(folds + 2, folds + 2, "judged"))
    return replace(_judged(lesson, held_out, _calibration(held_out, lesson)), later=later)


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
    (newest,) = _held_out(counts, lesson, learnt, rows)
    counted = older & _counted(lesson.examples)
    known = np.flatnonzero(counted)
    calibration = _calibrated_by(held_out, lesson, known)
    usual, stranger_below = _usual(calibration, held_out, counted)
    sureness = calibration.sureness(held_out.of(known), lesson.truth[known])
    asked = ~strangers(usual, stranger_below, calibration.signs(newest))
    return Later(since, rows, len(learnt), calibration.sure_chances(sureness, newest), asked)


def _counted(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    sent = np.array([not example.made_up for example in examples])
    return sent if sent.any() else ~sent


def _macro_f1(held_out: _HeldOut, lesson: Lesson) -> float:
    """How good it is by the labels that people gave."""
    counted = _counted(lesson.examples)
    chances = probabilities(held_out.values[counted], 1.0)
    return measure(lesson.departments, lesson.truth[counted], chances).macro_f1


def _calibration(held_out: _HeldOut, lesson: Lesson) -> _Calibration:
    return _calibrated_by(held_out, lesson, np.flatnonzero(_counted(lesson.examples)))


def _calibrated_by(held_out: _HeldOut, lesson: Lesson, rows: Rows) -> _Calibration:
    """What makes the chances of these held-out examples come true."""
    some, found = rows[:: -(-len(rows) // _MOST_TO_CHOOSE_BY)], []
    for bend, cooling in product(_BENDS, _COOLINGS):
        shaped = _shaped(held_out.values[some], held_out.known_letters[some], bend, cooling)
        temperature = best_temperature(shaped, lesson.truth[some])
        found.append((_surprise(shaped, lesson.truth[some], temperature), bend, cooling))
    _, bend, cooling = min(found)
    shaped = _shaped(held_out.values[rows], held_out.known_letters[rows], bend, cooling)
    return _Calibration(best_temperature(shaped, lesson.truth[rows]), bend, cooling)


def _shaped(values: _Values, known_letters: _Values, bend: float, cooling: float) -> _Values:
    shaped: _Values = bent(values, bend) / temperatures(1.0, cooling, known_letters)[:, None]
    return shaped


def _judged(lesson: Lesson, held_out: _HeldOut, calibration: _Calibration) -> Judged:
    usual, stranger_below = _usual(calibration, held_out, _counted(lesson.examples))
    surenesses = _of_other_folds(calibration, held_out, lesson)
    chances = np.empty_like(held_out.values)
    for its, sureness in surenesses:
        chances[its] = calibration.sure_chances(sureness, held_out.of(its))
    return Judged(
        examples=lesson.examples,
        departments=lesson.departments,
        truth=lesson.truth,
        chances=chances,
        asked=~strangers(usual, stranger_below, calibration.signs(held_out)),
        groups=lesson.groups,
        known_shares=held_out.known_shares,
        strangers=_as_strangers(held_out, lesson, calibration, surenesses, (usual, stranger_below)),
    )


def _of_other_folds(calibration: _Calibration, held_out: _HeldOut, lesson: Lesson) -> list[tuple[Rows, Sureness]]:
    """The examples of each fold, and how sure those of the others teach to be of them.

    No threshold may be chosen by mails that have themselves taught how sure to be of them: it would be too low.
    """
    counted = _counted(lesson.examples)
    found: list[tuple[Rows, Sureness]] = []
    for fold in np.unique(held_out.folds):
        others = np.flatnonzero(counted & (held_out.folds != fold))
        sureness = calibration.sureness(held_out.of(others), lesson.truth[others])
        found.append((np.flatnonzero(held_out.folds == fold), sureness))
    return found


def _as_strangers(
    held_out: _HeldOut,
    lesson: Lesson,
    calibration: _Calibration,
    surenesses: Iterable[tuple[Rows, Sureness]],
    told: tuple[Floats, float],
) -> Strangers:
    """What would be said of each example if its department did not exist: a mail that nobody handles.

    Of five sets about as many of these would have been routed alone as of their own strangers and those of other sets.
    Two departments leave nothing to choose from, so that nobody can say how sure a model would be: then none is asked.
    `told`: what `_usual` gives.
    """
    rows, departments = held_out.values.shape
    others = np.arange(departments) != lesson.truth[:, None]
    left = np.nonzero(others)[1].reshape(rows, departments - 1)
    theirs = replace(held_out, values=held_out.values[others].reshape(rows, departments - 1))
    named = left[np.arange(rows), theirs.values.argmax(axis=1)]
    confidences = np.zeros(rows)
    if departments > 2:
        for its, sureness in surenesses:
            said = calibration.sure_chances(sureness, theirs.of(its), named[its])
            confidences[its] = said.max(axis=1)
    asked = ~strangers(*told, calibration.signs(theirs))
    return Strangers(confidences, np.array(lesson.departments)[named], asked & (departments > 2))


def _usual(calibration: _Calibration, held_out: _HeldOut, counted: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """What held-out mails look like, and the familiarity below which a mail is a stranger."""
    seen = calibration.signs(held_out)
    usual = usual_signs(seen[:, counted], _QUANTILES)
    familiar = familiarity(usual, seen)
    return usual, float(np.quantile(familiar[counted], _STRANGE_BY_MISTAKE))


def _coefficients(line: Line, loud: Floats) -> Floats:
    """A row per feature, a column per department; the voices are in them, so that a prediction need not ask."""
    return np.ascontiguousarray((line.coefficients * loud).T, dtype=np.float32)


def _report(
    judged: Judged,
    lesson: Lesson,
    seed: int,
    folds: int,
    promises: Sequence[float],
) -> Report:
    counted = judged.counted
    truth, chances = judged.truth[counted], judged.chances[counted]
    named = chances.argmax(axis=1)
    return Report(
        seed=seed,
        folds=folds,
        learnt=len(lesson.lines),
        data=_digest(lesson.lines, lesson.labels),
        figures=measure(judged.departments, truth, chances),
        usual_known_share=float(np.quantile(judged.known_shares[counted], 0.05)),
        thresholds=thresholds_for(
            chances.max(axis=1),
            named == truth,
            promises,
            named=np.array(judged.departments)[named],
            asked=judged.asked[counted],
            strangers=judged.strangers.of(counted),
        ),
    )


def best_temperature(values: _Values, truth: npt.NDArray[np.intp]) -> float:
    """The temperature from 1/20 to 20 under which the held-out decision values find the truth likeliest."""
    # One valley only: the golden section throws away a third with each look.
    low, high = np.log(1 / 20), np.log(20.0)
    looked = [
        (_surprise(values, truth, float(np.exp(at))), at)
        for at in (high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
    ]
    for _ in range(_LOOKS):
        (less, left), (more, right) = looked
        if less <= more:
            high, at = right, right - _GOLDEN * (right - low)
            looked = [(_surprise(values, truth, float(np.exp(at))), at), (less, left)]
        else:
            low, at = left, left + _GOLDEN * (high - left)
            looked = [(more, right), (_surprise(values, truth, float(np.exp(at))), at)]
    return float(np.exp((low + high) / 2))


def _surprise(values: _Values, truth: npt.NDArray[np.intp], temperature: float) -> float:
    chances = probabilities(values, temperature)
    return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12)).mean())


def _free_lines(unlabelled: Iterable[Text], lesson: Lesson) -> list[str]:
    """The documents of past mails that teach along; none where there are labels enough."""
    if len(lesson.lines) > _FEW_LABELS * len(lesson.departments):
        return []
    known = set(lesson.lines)
    found = sorted({line for text in unlabelled if (line := document(text)) not in known})
    even = np.linspace(0, len(found) - 1, min(len(found), _MOST_UNLABELLED)).round().astype(int)
    return [found[i] for i in even.tolist()]


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


def _folds(lesson: Lesson, fewest: int) -> int:
    """How many folds; raises ExamplesRefused if some department cannot be in each of them."""
    if len(lesson.departments) < 2:
        named = f"only the department {lesson.departments[0]!r}" if lesson.departments else "no department"
        raise ExamplesRefused((f"The examples name {named}; give examples of two or more.",))
    counts = Counter(lesson.labels)
    several = Counter(lesson.labels[i] for i in _first_of_each(lesson))
    problems = tuple(
        f"The department {name!r} has only {count} example{'s' * (count > 1)}; give {fewest} or more, or leave it out."
        for name, count in sorted(counts.items())
        if count < fewest
    ) or tuple(
        f"The {counts[name]} examples of the department {name!r} are the same text but for a few words; "
        "give others, or leave it out."
        for name, count in sorted(several.items())
        if count < 2 <= fewest
    )
    if problems:
        raise ExamplesRefused(problems)
    n = len(lesson.labels)
    most = _FOLDS if n <= _MANY else _FOLDS_OF_MANY if n <= _VERY_MANY else _FOLDS_OF_VERY_MANY
    return max(2, min(most, *(count for count in several.values() if count >= FEWEST_EXAMPLES), most))


def _first_of_each(lesson: Lesson) -> list[int]:
    """One example for each department in each group of near-duplicates."""
    pairs = np.column_stack([lesson.groups, lesson.truth])
    return [int(one) for one in np.unique(pairs, axis=0, return_index=True)[1]]


def _cross_fit(
    counts: Counts,
    lesson: Lesson,
    folds: int,
    seed: int,
    progress: Progress,
    *,
    total: int,
    free: int = 0,
) -> list[_HeldOut]:
    """Each fold by a model of the others; one after the other, for the solvers draw from one source of chance.

    With `free` texts: by one that knows their words, then by those that they taught in one round, in two, and so on.
    """
    n, ways = len(lesson.lines), 1 + len(_ROUNDS) * bool(free)
    parts = deal(lesson.truth, lesson.groups, folds, seed)
    wholes = [_unknown(n, len(lesson.departments), parts) for _ in range(ways)]
    done, testing = (folds, "testing with past mails") if free else (0, "testing")

    for fold in range(folds):
        progress(Step(done + fold + 1, total, f"{testing} on part {fold + 1} of {folds}"))
        its = parts == fold
        found = _held_out(counts, lesson, np.flatnonzero(~its), np.flatnonzero(its), free)
        for whole, one in zip(wholes, found, strict=True):
            whole.values[its], whole.known_shares[its] = one.values, one.known_shares
            whole.known_letters[its], whole.features[its] = one.known_letters, one.features
    return wholes


def judged_by(counts: Counts, lesson: Lesson, learnt: Rows, judged: Rows) -> tuple[_Values, _Values]:
    """Decision values and known share of words of some examples, by a model that learns from others.

    Raises ExamplesRefused if these have nothing in common.
    """
    (found,) = _held_out(counts, lesson, learnt, judged)
    return found.values, found.known_shares


def _held_out(counts: Counts, lesson: Lesson, learnt: Rows, judged: Rows, free: int = 0) -> list[_HeldOut]:
    """What each of the models says that `_learnt` gives."""
    n, rounds = len(judged), _ROUNDS if free else ()
    if not n or len(np.unique(lesson.truth[learnt])) < 2:  # as good as not asked: all are equally likely
        return [_unknown(n, len(lesson.departments), np.zeros(n, dtype=np.intp))] * (1 + len(rounds))
    weighed, lines = _learnt(counts, lesson, learnt, free, rounds)
    known = known_words(weighed)
    shares = np.array([known_share(WORD.findall(lesson.lines[i]), known) for i in judged.tolist()])
    features = np.diff(weighed.features.indptr)[judged].astype(np.float64)
    letters, folds = weighed.known_letters[judged], np.zeros(n, dtype=np.intp)
    return [
        _HeldOut(_values_of(line, weighed.features[judged], lesson), shares, letters, features, folds) for line in lines
    ]


def _values_of(line: Line, features: Sparse, lesson: Lesson) -> _Values:
    said = line.decision_values(features)
    # A department that was not learnt is never the best.
    values = np.repeat(said.min(axis=1, keepdims=True) - 1.0, len(lesson.departments), axis=1)
    values[:, line.labels] = said
    return values


def _unknown(n: int, departments: int, folds: Rows) -> _HeldOut:
    """So many examples of which nothing is known."""
    return _HeldOut(np.zeros((n, departments)), np.zeros(n), np.zeros(n), np.zeros(n), folds)


def _learnt(
    counts: Counts, lesson: Lesson, part: Rows, free: int, rounds: Sequence[float]
) -> tuple[Weighed, list[Line]]:
    """What these examples teach, and after each round what those of the free texts teach of which that is surest."""
    rows = len(lesson.lines) + np.arange(free)
    weighed = weigh(counts, np.concatenate([part, rows]))
    truth, weights = lesson.truth[part], lesson.weights[part]
    # To learn from all rows they need not be copied, which is a quarter of a gigabyte of 50,000 mails.
    mine = weighed.features if len(part) == weighed.features.shape[0] else weighed.features[part]
    lines = [learn(mine, truth, weights)]
    for share in rounds:
        guesses, chosen = _surest(lines[-1].decision_values(weighed.features[rows]), share)
        line = learn(
            vstack([mine, weighed.features[rows[chosen]]], format="csr"),
            np.concatenate([truth, lines[-1].labels[guesses[chosen]]]),
            np.concatenate([weights, np.full(len(chosen), _TRUST)]),
        )
        lines.append(line)
    return weighed, lines


def _surest(values: _Values, share: float) -> tuple[Rows, Rows]:
    """The best column of each row; and of the rows of each column this share, those that lead most over the second."""
    guesses = values.argmax(axis=1)
    ordered = np.sort(values, axis=1)
    lead = ordered[:, -1] - ordered[:, -2]
    of_each = [np.flatnonzero(guesses == one) for one in range(values.shape[1])]
    chosen = [rows[np.argsort(-lead[rows], kind="stable")[: math.ceil(share * len(rows))]] for rows in of_each]
    return guesses, np.sort(np.concatenate(chosen))


def _digest(lines: Sequence[str], labels: Sequence[str]) -> str:
    seal = hashlib.sha256()
    for line, label in zip(lines, labels, strict=True):
        seal.update(f"{label}\x00{line}\x00".encode("utf-8", "replace"))
    return seal.hexdigest()
