"""What an admin should know of a recipe and their data before trusting it: every figure with its uncertainty.

From examples that were judged by models which had not seen them. Decides; touches nothing. Intervals hold with
95 % confidence and take the texts as independent, so form letters make them look narrower than they are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from classifier.evaluate import Figures, measure
from classifier.examples import Example
from classifier.threshold import Strangers, Threshold, lower_bound, thresholds_for

if TYPE_CHECKING:  # training needs scikit-learn, figures do not
    from classifier.train import Judged, Later

BINS = 10
MOST_ERRORS = 20
"""So many errors are shown: a person reads twenty mails, not two hundred."""

_RESAMPLES = 2_000
_Z = 1.959964
_POINTS = 200
_PER_PAIR = 3

Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`. The true share lies between `least` and `most` (Wilson)."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def least(self) -> float:
        """The lower bound; 0 of nothing."""
        return max(0.0, self._middle - self._margin) if self.part else 0.0

    @property
    def most(self) -> float:
        """The upper bound; 1 of nothing."""
        return min(1.0, self._middle + self._margin) if self.part < self.whole else 1.0

    @property
    def _middle(self) -> float:
        return (self.part + _Z**2 / 2) / (self.whole + _Z**2)

    @property
    def _margin(self) -> float:
        if not self.whole:
            return 0.5
        inner = self.part * (self.whole - self.part) / self.whole + _Z**2 / 4
        return _Z * math.sqrt(inner) / (self.whole + _Z**2)


@dataclass(frozen=True, slots=True)
class Between:
    """A figure, and the bounds between which 95 of 100 resamples of the texts have it."""

    value: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One department. `alone`: of its texts those routed without a person; `alone_right`: of what is routed to it
    alone, the share that is its own."""

    department: str
    examples: int
    precision: Share
    recall: Share
    f1: Between
    alone: Share
    alone_right: Share


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts of similar confidence: how sure on average, and how often right."""

    confidence: float
    right: Share


@dataclass(frozen=True, slots=True)
class Point:
    """Acting alone from `confidence` on would cover this share of texts with this precision (at least `bound`)."""

    confidence: float
    coverage: float
    precision: float
    bound: float


@dataclass(frozen=True, slots=True)
class Slice:
    """Texts that have something in common: how many, how often right, how many alone, of those how many right."""

    name: str
    right: Share
    alone: Share
    alone_right: Share


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise put to the test: the threshold chosen on one half of the texts, tried on the other, both ways.

    `thresholds`: None where a half cannot support the promise.
    """

    thresholds: tuple[float | None, float | None]
    alone: Share
    alone_right: Share

    def holds(self, promise: float) -> bool:
        """Whether the share of right ones is not below the promise beyond chance."""
        wrong = self.alone_right.whole - self.alone_right.part
        return self.alone_right.whole == 0 or 1 - lower_bound(wrong, self.alone_right.whole) >= promise


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest texts, judged by what older ones taught, at a threshold that older ones chose. `since`: UTC."""

    since: datetime
    learnt: int
    figures: Figures
    threshold: float | None
    alone: Share
    alone_right: Share
    months: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A text that would have gone to the wrong department, and how sure the model was of both."""

    example: Example
    said: str
    confidence: float
    truth_chance: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it. `matrix`: a row per true department, a column per named one, in the order of `figures`.

    `kept`, `languages`, `groups`, `months`: at the threshold of `promise`. `newest` is None where too few texts
    have a date.
    """

    figures: Figures
    accuracy: Share
    macro_f1: Between
    rows: tuple[DepartmentRow, ...]
    bins: tuple[Bin, ...]
    points: tuple[Point, ...]
    promise: float
    thresholds: tuple[Threshold, ...]
    kept: Kept
    matrix: tuple[tuple[int, ...], ...]
    languages: tuple[Slice, ...]
    groups: tuple[Slice, ...]
    months: tuple[Slice, ...]
    newest: Newest | None
    wrong: tuple[Wrong, ...]

    @property
    def chosen(self) -> Threshold:
        """The threshold of the promise."""
        return next(one for one in self.thresholds if one.promise == self.promise)


def evaluate(
    judged: Judged, *, promise: float, promises: Iterable[float], language_of: Callable[[str], str], seed: int
) -> Evaluation:
    """Every figure for judged examples. `promise` is one of `promises`; texts that were made up do not count."""
    rows = np.flatnonzero(judged.counted)
    examples = [judged.examples[row] for row in rows]
    truth, chances = judged.truth[rows], judged.chances[rows]
    named, sure = chances.argmax(axis=1), chances.max(axis=1)
    right = named == truth
    asked, names = judged.asked[rows], np.array(judged.departments)[named]
    strangers = judged.strangers.of(judged.counted)
    thresholds = thresholds_for(sure, right, promises, named=names, asked=asked, strangers=strangers)
    alone = routed_alone(next(one for one in thresholds if one.promise == promise), sure, names, asked)
    matrix = confusion(truth, named, len(judged.departments))
    macro_f1, each = _resampled(matrix, seed)

    def sliced(keys: Sequence[str]) -> tuple[Slice, ...]:
        return slices(keys, right, alone)

    return Evaluation(
        figures=measure(judged.departments, truth, chances),
        accuracy=Share(int(right.sum()), len(right)),
        macro_f1=macro_f1,
        rows=_department_rows(judged.departments, truth, named, alone, each),
        bins=bins(sure, right),
        points=points(sure, right),
        promise=promise,
        thresholds=thresholds,
        kept=kept(sure, right, names, asked, judged.groups[rows], promise, seed, strangers),
        matrix=tuple(tuple(int(count) for count in row) for row in matrix),
        languages=sliced([language_of(_beginning(one)) or "unknown" for one in examples]),
        groups=sliced([one.group or "unknown" for one in examples]) if any(one.group for one in examples) else (),
        months=sliced(_months(examples)) if any(one.received_at for one in examples) else (),
        newest=_newest(judged, judged.later, promise) if judged.later else None,
        wrong=instructive(examples, judged.departments, truth, chances, alone),
    )


def _beginning(example: Example) -> str:
    return f"{example.text.subject}\n{example.text.words[:600]}"


def _months(examples: Iterable[Example]) -> list[str]:
    return [f"{one.received_at:%Y-%m}" if one.received_at else "unknown" for one in examples]


# ---- the figures one by one


def confusion(truth: Numbers, named: Numbers, departments: int) -> npt.NDArray[np.intp]:
    """A row per true department, a column per named one."""
    return np.bincount(truth * departments + named, minlength=departments**2).reshape(departments, departments)


def _resampled(matrix: npt.NDArray[np.intp], seed: int) -> tuple[Between, list[Between]]:
    """Macro-F1 and the F1 of each department over resamples of the texts.

    F1 depends on the confusion matrix alone, and a resample of texts is a draw of its cells.
    """
    n, size = int(matrix.sum()), len(matrix)
    drawn = np.random.default_rng(seed).multinomial(n, matrix.ravel() / n, size=_RESAMPLES).reshape(-1, size, size)
    asked = matrix.sum(axis=1) > 0
    f1 = _f1(drawn)
    here = _f1(matrix[None])[0]
    macro = _between(float(here[asked].mean()), f1[:, asked].mean(axis=1))
    return macro, [_between(float(here[i]), f1[:, i]) for i in range(size)]


def _f1(matrices: npt.NDArray[np.intp]) -> Floats:
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    return np.asarray(2 * hits / np.maximum(matrices.sum(axis=1) + matrices.sum(axis=2), 1), dtype=np.float64)


def _between(value: float, drawn: Floats) -> Between:
    least, most = np.quantile(drawn, [0.025, 0.975])
    return Between(value, float(least), float(most))


def _department_rows(
    departments: Sequence[str], truth: Numbers, named: Numbers, alone: Bools, f1: Sequence[Between]
) -> tuple[DepartmentRow, ...]:
    return tuple(_department_row(name, truth == i, named == i, alone, f1[i]) for i, name in enumerate(departments))


def _department_row(name: str, its: Bools, named: Bools, alone: Bools, f1: Between) -> DepartmentRow:
    hits = int((its & named).sum())
    return DepartmentRow(
        department=name,
        examples=int(its.sum()),
        precision=Share(hits, int(named.sum())),
        recall=Share(hits, int(its.sum())),
        f1=f1,
        alone=Share(int((its & alone).sum()), int(its.sum())),
        alone_right=Share(int((its & named & alone).sum()), int((named & alone).sum())),
    )


def bins(sure: Floats, right: Bools) -> tuple[Bin, ...]:
    """Ten bins of equal width over confidence, without empty ones."""
    where = np.minimum((sure * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(float(sure[where == i].mean()), Share(int(right[where == i].sum()), int((where == i).sum())))
        for i in range(BINS)
        if (where == i).any()
    )


def points(sure: Floats, right: Bools) -> tuple[Point, ...]:
    """Coverage against precision, from the most confident texts down; texts of equal confidence come together."""
    order = np.argsort(-sure, kind="stable")
    ranked, good = sure[order], np.cumsum(right[order])
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) + 1
    wanted = np.unique(ends[np.linspace(0, len(ends) - 1, min(_POINTS, len(ends))).round().astype(int)])
    return tuple(
        Point(float(ranked[m - 1]), m / len(sure), int(good[m - 1]) / m, Share(int(good[m - 1]), m).least)
        for m in wanted.tolist()
    )


def routed_alone(threshold: Threshold, sure: Floats, named: npt.NDArray[np.str_], asked: Bools) -> Bools:
    """Which texts the model would route without a person: no strangers, and each from its department's threshold on."""
    least = {str(name): threshold.of(str(name)) for name in np.unique(named)}
    values = np.array([np.inf if (value := least[str(name)]) is None else value for name in named])
    return asked & (sure >= values) if threshold.value is not None else np.zeros(len(sure), dtype=bool)


def kept(
    sure: Floats,
    right: Bools,
    named: npt.NDArray[np.str_],
    asked: Bools,
    groups: Numbers,
    promise: float,
    seed: int,
    strangers: Strangers,
) -> Kept:
    """The promise tried on texts that did not choose the threshold; near-duplicates lie in one half.

    `strangers`: each text as if nobody handled it.
    """
    _, which = np.unique(groups, return_inverse=True)
    first = np.random.default_rng(seed).permutation(int(which.max()) + 1)[which] % 2 == 0
    chosen: list[float | None] = []
    alone = np.zeros(len(sure), dtype=bool)
    for here in (first, ~first):
        if here.any():
            strange = strangers.of(here)
            (threshold,) = thresholds_for(
                sure[here], right[here], [promise], named=named[here], asked=asked[here], strangers=strange
            )
            chosen.append(threshold.value)
            alone |= ~here & routed_alone(threshold, sure, named, asked)
        else:
            chosen.append(None)
    return Kept(
        (chosen[0], chosen[1]), Share(int(alone.sum()), len(alone)), Share(int((alone & right).sum()), int(alone.sum()))
    )


def slices(keys: Sequence[Hashable], right: Bools, alone: Bools) -> tuple[Slice, ...]:
    """One slice for each key, the names in their order."""
    where: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        where.setdefault(str(key), []).append(row)
    return tuple(_slice(name, right[rows], alone[rows]) for name, rows in sorted(where.items()))


def _slice(name: str, right: Bools, alone: Bools) -> Slice:
    return Slice(
        name=name,
        right=Share(int(right.sum()), len(right)),
        alone=Share(int(alone.sum()), len(alone)),
        alone_right=Share(int((right & alone).sum()), int(alone.sum())),
    )


def _newest(judged: Judged, later: Later, promise: float) -> Newest:
    examples = [judged.examples[row] for row in later.rows]
    truth = judged.truth[later.rows]
    names = np.array(judged.departments)
    named, sure = later.chances.argmax(axis=1), later.chances.max(axis=1)
    right = named == truth
    older = judged.counted & np.array(
        [one.received_at is None or one.received_at < later.since for one in judged.examples]
    )
    before, said = judged.chances[older], judged.chances[older].argmax(axis=1)
    (threshold,) = thresholds_for(
        before.max(axis=1),
        said == judged.truth[older],
        [promise],
        named=names[said],
        asked=judged.asked[older],
        strangers=judged.strangers.of(older),
    )
    alone = routed_alone(threshold, sure, names[named], later.asked)
    return Newest(
        since=later.since,
        learnt=later.learnt,
        figures=measure(judged.departments, truth, later.chances),
        threshold=threshold.value,
        alone=Share(int(alone.sum()), len(alone)),
        alone_right=Share(int((alone & right).sum()), int(alone.sum())),
        months=slices(_months(examples), right, alone),
    )


def instructive(
    examples: Sequence[Example], departments: Sequence[str], truth: Numbers, chances: Floats, alone: Bools
) -> tuple[Wrong, ...]:
    """The errors that teach most: those the model was surest of, no more than three for the same mix-up."""
    named, sure = chances.argmax(axis=1), chances.max(axis=1)
    gap = sure - chances[np.arange(len(truth)), truth]
    found: list[Wrong] = []
    pairs = Counter[tuple[int, int]]()
    for row in np.argsort(-gap, kind="stable").tolist():
        pair = (int(truth[row]), int(named[row]))
        if pair[0] == pair[1] or len(found) == MOST_ERRORS:
            break
        pairs[pair] += 1
        if pairs[pair] <= _PER_PAIR:
            chance = float(chances[row, pair[0]])
            found.append(Wrong(examples[row], departments[pair[1]], float(sure[row]), chance, bool(alone[row])))
    return tuple(found)
