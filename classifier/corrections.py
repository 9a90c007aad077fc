"""What people said of placements, and what follows: how much each word counts, and whether the promise is kept.

Decides; touches nothing. Corrections come where somebody noticed a mistake, so they know only mistakes; the random
confirmations give the other side. One person's words of one day count together no more than so many.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from classifier.threshold import DOUBT, at_most, lower_bound

#: Nobody's word counts for more than so many, however small the share that is drawn.
MOST_WEIGHT = 20.0

#: With fewer mails above it a higher threshold would be a guess.
FEWEST_ABOVE = 20

How = Literal["sorted", "moved", "confirmed"]


@dataclass(frozen=True, slots=True)
class Label:
    """What one person said of one request: `who`, when (UTC), and how.

    how: sorted out of triage, moved from another department, confirmed where the model had placed it. automatic:
    the model had placed it alone. drawn: the share of automatic routes that was drawn for confirmation then, if this
    one was drawn; else None.
    """

    request: int
    department: str
    who: str
    at: dt.datetime
    how: How
    automatic: bool
    drawn: float | None


@dataclass(frozen=True, slots=True)
class Automatic:
    """One request that the model placed alone. right: what a person said of it, None if nobody has.

    `department`: with which it placed it. `counts` is False for a word beyond what one person may say in a day.
    """

    confidence: float
    drawn: bool
    right: bool | None
    counts: bool = True
    department: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Whether the model keeps its promise on what people said of its routes.

    routes: how many it placed alone, of which `corrected` were moved by people; drawn: how many were drawn and
    answered, of which `right` were right; at_most: with 95 % confidence no more than this share is right. threshold:
    from which confidence on it may act alone from now on, None for never; the present one if nothing is broken.
    """

    routes: int
    corrected: int
    drawn: int
    right: int
    at_most: float
    broken: bool
    threshold: float | None


# ---- how much a word counts


def weights(labels: Sequence[Label], per_day: int) -> list[float]:
    """How much each label counts in training.

    A word that had a chance of one in n to be said speaks for n requests (inverse probability), 20 at most: a
    confirmation for all the right routes that were not drawn, a correction for the mistakes that nobody noticed.
    Where one person said more than `per_day` in a day, these words together count as `per_day`.
    """
    said = Counter(map(_day_of, labels))
    noticed = _noticed(labels)
    share = _share(labels)
    return [_weight(one, share, noticed) * min(1.0, per_day / said[_day_of(one)]) if per_day else 0.0 for one in labels]


def beyond_the_day(labels: Sequence[Label], per_day: int) -> set[int]:
    """The requests of which a person spoke who had spoken of `per_day` others before on that day."""
    said: Counter[tuple[str, dt.date]] = Counter()
    beyond = set()
    for one in sorted(labels, key=lambda label: label.at):
        said[_day_of(one)] += 1
        if said[_day_of(one)] > per_day:
            beyond.add(one.request)
    return beyond


def _day_of(label: Label) -> tuple[str, dt.date]:
    return label.who.lower(), label.at.astimezone(dt.UTC).date()


def _share(labels: Iterable[Label]) -> float:
    """The share that was drawn lately; 0 if nothing was."""
    drawn = [one for one in labels if one.drawn]
    return max(drawn, key=lambda one: one.at).drawn or 0.0 if drawn else 0.0


def _noticed(labels: Sequence[Label]) -> float:
    """The share of the mistakes outside of the draw that somebody notices; 1 where the draw has found none."""
    share = _share(labels)
    found = sum(1 for one in labels if one.automatic and one.how == "moved" and one.drawn)
    outside = sum(1 for one in labels if one.automatic and one.how == "moved" and not one.drawn)
    there = found * (1 - share) / share if share else 0.0
    return min(1.0, outside / there) if there else 1.0


def _weight(label: Label, share: float, noticed: float) -> float:
    if not label.automatic:
        return 1.0
    if label.how == "confirmed":
        return min(MOST_WEIGHT, 1 / (label.drawn or 1.0))
    return min(MOST_WEIGHT, 1 / max(share + (1 - share) * noticed, 1 / MOST_WEIGHT))


# ---- whether the promise is kept


def keeps(routes: Sequence[Automatic], promise: float, threshold: float) -> Kept:
    """Whether what people said of automatic routes refutes the promise, and from where on it would be kept.

    The promise is broken if, with 95 % confidence, fewer are right than promised: of those drawn at random, or of
    all, when each that nobody corrected counts as right. `threshold` is the present one.
    """
    answered = [one for one in routes if one.drawn and one.right is not None and one.counts]
    right = sum(one.right is True for one in answered)
    corrected = sum(_is_mistake(one) for one in routes)
    bounds = [_at_most(right, len(answered)), _at_most(len(routes) - corrected, len(routes))]
    broken = any(bound < promise for bound in bounds)
    return Kept(
        routes=len(routes),
        corrected=corrected,
        drawn=len(answered),
        right=right,
        at_most=min(bounds),
        broken=broken,
        threshold=_higher(routes, promise, threshold) if broken else threshold,
    )


def answers_needed(promise: float, mistakes: int = 0) -> int:
    """So many drawn and answered routes, with so many mistakes, prove the promise with 95 % confidence."""
    n = max(mistakes + 1, math.ceil(math.log(DOUBT) / math.log(promise)))
    while at_most(mistakes, n, 1 - promise) > DOUBT:
        n += 1
    return n


def _is_mistake(one: Automatic) -> bool:
    return one.right is False and one.counts


def _at_most(right: int, n: int) -> float:
    """With 95 % confidence the true share is no more than this (Clopper-Pearson)."""
    return 1 - lower_bound(n - right, n) if n else 1.0


def _higher(routes: Sequence[Automatic], promise: float, threshold: float) -> float | None:
    """The lowest confidence above the threshold from which on people found no fewer right than promised."""
    if not routes:
        return None
    ranked = sorted(routes, key=lambda one: -one.confidence)
    confidences = np.array([one.confidence for one in ranked])
    mistakes = np.cumsum([_is_mistake(one) for one in ranked])
    answered = np.cumsum([one.drawn and one.right is not None and one.counts for one in ranked])
    wrong = np.cumsum([one.drawn and _is_mistake(one) for one in ranked])
    count = np.arange(1, len(ranked) + 1)
    kept = (count - mistakes >= promise * count) & (answered - wrong >= promise * answered)
    # Mails of equal confidence are accepted together.
    ends = np.append(confidences[1:] < confidences[:-1], True)
    good = np.flatnonzero(kept & ends & (count >= FEWEST_ABOVE) & (confidences > threshold))
    return float(confidences[good[-1]]) if len(good) else None
