"""The gate: whether a new model may take the place of the one in service. Decides; touches nothing.

Both are asked about the same texts, which people have labelled and neither has learnt from. Which texts are set
apart for that is decided by the text itself, so that every run sets the same ones apart.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from classifier.alike import groups_of
from classifier.examples import Example
from classifier.text import LONGEST_SUBJECT, LONGEST_WORDS, WORD, Text, seen
from classifier.threshold import lower_bound

#: One text in five is set apart, but no more than so many: further ones would tell little and teach much.
SET_APART = 0.2
MOST_SET_APART = 1_000

#: With fewer texts that neither model has learnt from nothing can be said.
FEWEST = 30

#: How often the texts are drawn anew, and the doubt of every statement that comes of it (one-sided).
RESAMPLES = 10_000
DOUBT = 0.05

#: By how much the macro-F1 may lie below, and a department's recall, before noise is looked at.
F1_MARGIN = 0.005
RECALL_MARGIN = 0.02

#: So many resamples are counted in one go: what lies in memory stays small.
_TOGETHER = 500

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parted:
    """Examples to learn from, and examples to be asked about afterwards."""

    to_learn: tuple[Example, ...]
    set_apart: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said about one text: the department, and whether it would have acted alone at the promise."""

    department: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of both models (0 to 1), and between which bounds the true difference lies with 90 % confidence."""

    before: float
    after: float
    least: float
    most: float

    @property
    def change(self) -> float:
        """By how much the figure rises; negative if it falls."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class DepartmentDifference:
    """The recall of one department, measured on `examples` texts."""

    department: str
    examples: int
    recall: Difference


@dataclass(frozen=True, slots=True)
class Comparison:
    """A challenger beside a champion on the same `n` texts. `against`: every reason against it, a sentence each.

    `alone_right`, `alone`: of the texts that the challenger would have routed alone, how many rightly.
    """

    n: int
    promise: float
    macro_f1: Difference
    coverage: Difference
    departments: tuple[DepartmentDifference, ...]
    alone: int
    alone_right: int
    against: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing speaks against the challenger."""
        return not self.against


class TooFewTexts(Exception):
    """There are not enough texts that neither model has learnt from; the sentence says how many there are."""


# ---- which texts are set apart


def key_of(text: Text) -> int:
    """A number of 64 bits that is the same for all texts of the same words, whatever their order and numbers.

    Not by what the recipe makes of a text, for that changes: models of today and of next year set the same ones apart.
    """
    written = seen(f"{text.subject[:LONGEST_SUBJECT]} {text.words[:LONGEST_WORDS]}").casefold()
    words = sorted({word for word in WORD.findall(written) if not any(map(str.isdigit, word))})
    return int.from_bytes(hashlib.sha256("\x00".join(words).encode("utf-8", "replace")).digest()[:8], "big")


def part(examples: Iterable[Example]) -> Parted:
    """Set about one text in five apart; none while that would be fewer than `FEWEST`.

    Near-duplicates go together: a model that has learnt a form letter would else be asked about its copy. Where that
    would take most texts of a department, they are all learnt. What was made up or is doubtful examines nobody; it is
    learnt, unless a text like it is set apart.

    A text that was set apart once is set apart in every later run, whatever comes in later, as long as there are not
    more of them than `MOST_SET_APART`: then those of the smallest numbers are, which hardly change from run to run
    either.
    """
    given = list(examples)
    labelled = sum(not one.made_up for one in given)
    share = min(SET_APART, MOST_SET_APART / max(1, labelled))
    if labelled * share < FEWEST:
        return Parted(tuple(given), ())
    groups = groups_of(one.text for one in given).tolist()
    apart = _chosen(given, groups, share * 2.0**64)
    apart -= _too_much(given, groups, apart)
    return Parted(
        tuple(one for one, group in zip(given, groups, strict=True) if group not in apart),
        tuple(one for one, group in zip(given, groups, strict=True) if group in apart and _examines(one)),
    )


def _examines(one: Example) -> bool:
    return not one.made_up and not one.doubtful


def _chosen(given: Sequence[Example], groups: Sequence[int], limit: float) -> set[int]:
    """The groups whose oldest text has a number below the limit: what comes in later does not change them.

    Of undated ones the shortest stands for its group; the smallest number would make large groups likelier.
    """
    oldest: dict[int, tuple[datetime, int, int]] = {}
    for one, group in zip(given, groups, strict=True):
        if _examines(one):
            mark = (one.received_at or _LONG_AGO, len(one.text.subject + one.text.words), key_of(one.text))
            oldest[group] = min(mark, oldest.get(group, mark))
    return {group for group, (*_, key) in oldest.items() if key < limit}


def _too_much(given: Sequence[Example], groups: Sequence[int], apart: Collection[int]) -> set[int]:
    """Those of the groups set apart that hold texts of a department which would lose more than half of its texts."""
    every = Counter(one.department for one in given)
    lost = Counter(one.department for one, group in zip(given, groups, strict=True) if group in apart)
    poor = {department for department, count in lost.items() if 2 * count > every[department]}
    return {group for one, group in zip(given, groups, strict=True) if group in apart and one.department in poor}


# ---- the comparison


def compare(
    truth: Sequence[str], champion: Sequence[Answer], challenger: Sequence[Answer], *, promise: float, seed: int = 1
) -> Comparison:
    """Weigh a challenger against the champion; `truth` is what people said of the same texts, in the same order.

    By a paired bootstrap: the texts are drawn anew 10,000 times, and both models are measured on the same draw.
    Raises TooFewTexts.
    """
    if len(truth) < FEWEST:
        raise TooFewTexts(
            f"There are only {len(truth)} labelled texts that neither model has learnt from, and {FEWEST} are the "
            "least that can tell them apart; train with more labelled mail."
        )
    departments = sorted({*truth, *(one.department for one in (*champion, *challenger))})
    numbers = {name: number for number, name in enumerate(departments)}
    said = np.array([numbers[name] for name in truth])
    before, after = _Measured.of(champion, numbers), _Measured.of(challenger, numbers)
    draws = _draws(len(truth), seed)
    f1_before, recall_before = _resampled(said, before.named, len(departments), draws)
    f1_after, recall_after = _resampled(said, after.named, len(departments), draws)
    asked = np.array([name in set(truth) for name in departments])
    macro_f1 = _difference(
        float(_f1(said, before.named, len(departments))[asked].mean()),
        float(_f1(said, after.named, len(departments))[asked].mean()),
        f1_after[:, asked].mean(axis=1) - f1_before[:, asked].mean(axis=1),
    )
    drawn = draws @ np.column_stack([before.alone, after.alone]).astype(np.float32) / len(truth)
    coverage = _difference(float(before.alone.mean()), float(after.alone.mean()), drawn[:, 1] - drawn[:, 0])
    rows = tuple(
        DepartmentDifference(
            name,
            int((said == number).sum()),
            _difference(
                float((before.named[said == number] == number).mean()),
                float((after.named[said == number] == number).mean()),
                recall_after[:, number] - recall_before[:, number],
            ),
        )
        for number, name in enumerate(departments)
        if asked[number]
    )
    alone, right = after.counts(said)
    # A champion that breaks its promise routes more than it should: to route fewer is then no loss.
    alone_before, right_before = before.counts(said)
    is_honest = _keeps(right_before, alone_before, promise)
    return Comparison(
        n=len(truth),
        promise=promise,
        macro_f1=macro_f1,
        coverage=coverage,
        departments=rows,
        alone=alone,
        alone_right=right,
        against=(
            *_worse(macro_f1, coverage if is_honest else None),
            *(() if is_honest else _silent(alone, alone_before)),
            *_lost(rows),
            *_broken(right, alone, promise),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """The answers of one model as arrays."""

    named: npt.NDArray[np.int_]
    alone: Bools

    @classmethod
    def of(cls, answers: Sequence[Answer], numbers: dict[str, int]) -> _Measured:
        named = np.array([numbers[one.department] for one in answers])
        return cls(named, np.array([one.alone for one in answers]))

    def counts(self, truth: npt.NDArray[np.int_]) -> tuple[int, int]:
        """How many texts it would route alone, and how many of them rightly."""
        return int(self.alone.sum()), int((self.alone & (self.named == truth)).sum())


def _draws(n: int, seed: int) -> npt.NDArray[np.float32]:
    """One row per resample: how often each text was drawn."""
    chance = np.random.default_rng(seed)
    rows = np.empty((RESAMPLES, n), dtype=np.float32)
    for start in range(0, RESAMPLES, _TOGETHER):
        drawn = chance.integers(n, size=(_TOGETHER, n)) + np.arange(_TOGETHER)[:, None] * n
        rows[start : start + _TOGETHER] = np.bincount(drawn.ravel(), minlength=_TOGETHER * n).reshape(_TOGETHER, n)
    return rows


def _resampled(
    truth: npt.NDArray[np.int_], named: npt.NDArray[np.int_], departments: int, draws: npt.NDArray[np.float32]
) -> tuple[Floats, Floats]:
    """F1 and recall of each department (columns) in each resample (rows)."""
    every = np.arange(departments)
    sums = [
        draws @ one.astype(np.float32)
        for one in (
            (truth[:, None] == every) & (named[:, None] == every),
            truth[:, None] == every,
            named[:, None] == every,
        )
    ]
    hits, examples, times_named = (one.astype(np.float64) for one in sums)
    return 2 * hits / np.maximum(examples + times_named, 1), hits / np.maximum(examples, 1)


def _f1(truth: npt.NDArray[np.int_], named: npt.NDArray[np.int_], departments: int) -> Floats:
    hits = np.bincount(truth[truth == named], minlength=departments)
    both = np.bincount(truth, minlength=departments) + np.bincount(named, minlength=departments)
    return np.asarray(2 * hits / np.maximum(both, 1), dtype=np.float64)


def _difference(before: float, after: float, drawn: Floats) -> Difference:
    least, most = np.quantile(drawn, [DOUBT, 1 - DOUBT])
    return Difference(before, after, float(least), float(most))


def _worse(macro_f1: Difference, coverage: Difference | None) -> Iterable[str]:
    if macro_f1.change < -F1_MARGIN or macro_f1.most < 0:
        yield f"its macro-F1 is lower, {_from_to(macro_f1)}"
    if coverage is not None and coverage.most < 0:
        yield f"it would route fewer mails alone, {_from_to(coverage)}"


def _lost(rows: Iterable[DepartmentDifference]) -> Iterable[str]:
    for row in rows:
        if row.recall.most < -RECALL_MARGIN:
            yield (
                f"it finds fewer of the mails of {row.department}, {_from_to(row.recall)}, on {row.examples} texts; "
                f"{100 * RECALL_MARGIN:g} points are allowed"
            )


def _silent(alone: int, alone_before: int) -> Iterable[str]:
    """Routing less is no loss after a model that broke its promise; routing nothing is no model at all."""
    if alone_before and not alone:
        yield f"it would route nothing alone, of which the model in service routed {alone_before} texts"


def _broken(right: int, alone: int, promise: float) -> Iterable[str]:
    if not _keeps(right, alone, promise):
        yield (
            f"it breaks the promise: of {alone} mails that it would route alone {right} are right "
            f"({right / alone:.1%}), {promise:.1%} are promised"
        )


def _keeps(right: int, alone: int, promise: float) -> bool:
    """Whether so many mistakes are still likely of a model that keeps the promise exactly (Clopper-Pearson)."""
    return alone == 0 or 1 - lower_bound(alone - right, alone) >= promise


def _from_to(one: Difference) -> str:
    return (
        f"{one.before:.3f} before and {one.after:.3f} after "
        f"(by {100 * one.change:+.1f} points, between {100 * one.least:+.1f} and {100 * one.most:+.1f} with 90 % "
        "confidence)"
    )
