"""From which confidence on the model may act alone, so that the promised share of its routes is right.

Decides; touches nothing. A threshold is given only if the held-out mails prove it: precision above it is at
least the promise, with 95 % confidence. Otherwise there is none, and every mail goes to a human.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

PROMISES = (0.90, 0.95, 0.97, 0.99)
DOUBT = 0.05

# The share of the doubt that the walk has which starts where the proof should be easiest. A walk from the top alone
# would be ended by a single confident mistake before it began.
_EASIEST = 1 / 2
# The other walks, in case the confidences are wrong about where that is: where they start (share of the way down), and
# their share of the doubt.
_WALKS = ((0.0, 1 / 6), (1 / 3, 1 / 6), (2 / 3, 1 / 6))
_STEPS = 40

STRANGERS = 0.05
"""A share of mail is for none of the departments, whatever they are; so much of it is reckoned with."""

# A department may have a threshold of its own when so many of its mails would be routed under that of all.
_ENOUGH_ALONE = 60

Confidences = npt.NDArray[np.float64]
Rights = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Strangers:
    """What the model says of mails that none of its departments handles: each route of one is a mistake.

    `named`: the department that each got; `asked`: which of them the model may route at all.
    """

    confidences: Confidences
    named: npt.NDArray[np.str_]
    asked: Rights

    def of(self, rows: Rights) -> Strangers:
        """Those of these rows."""
        return Strangers(self.confidences[rows], self.named[rows], self.asked[rows])


@dataclass(frozen=True, slots=True)
class DepartmentThreshold:
    """From which confidence on the model may name this department alone; None: its mails go to triage.

    `n`, `accepted`, `precision` and `bound` as in Threshold, over the held-out mails for which it was named. `more`:
    how many times as many labelled mails would prove the promise if the model stays as good; 1.0 if it is proven
    now, None if more mails alone would not do.
    """

    department: str
    value: float | None
    n: int
    accepted: int = 0
    precision: float = 0.0
    bound: float = 0.0
    more: float | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least confidence that keeps `promise`, or None: nothing keeps it, so the model always abstains.

    Of `n` held-out mails `accepted` were at or above it. Of what would be routed alone, strangers among it where they
    were reckoned with, the share `precision` was right; the true one is at least `bound` with 95 % confidence
    (Clopper-Pearson). With no threshold the last three are 0. `departments` that have a threshold of their own; the
    others have this one.
    """

    promise: float
    value: float | None
    n: int
    accepted: int = 0
    precision: float = 0.0
    bound: float = 0.0
    departments: tuple[DepartmentThreshold, ...] = ()

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Threshold:
        """The threshold that `dataclasses.asdict` wrote."""
        own = tuple(DepartmentThreshold(**one) for one in written.get("departments", ()))
        return cls(**{**written, "departments": own})

    def of(self, department: str) -> float | None:
        """The least confidence from which the model may name this department alone; None: never."""
        own = {one.department: one.value for one in self.departments}
        return own.get(department, self.value)

    @property
    def coverage(self) -> float:
        """Share of the held-out mails that the model would have routed alone."""
        return self.accepted / self.n if self.n else 0.0


def thresholds_for(
    confidences: Confidences,
    right: Rights,
    promises: Iterable[float] = PROMISES,
    *,
    named: npt.NDArray[np.str_] | None = None,
    asked: Rights | None = None,
    strangers: Strangers | None = None,
) -> tuple[Threshold, ...]:
    """One threshold per promise, ascending, from the confidences of held-out mails and which were right.

    `named`: the department that each got, for thresholds of their own. `asked`: which mails the model may route at
    all; strangers go to triage before any threshold is looked at. `strangers`: mixed in until they are the share
    STRANGERS of all, so that the promise is kept though some of them are not known for what they are.
    """
    asked = np.ones(len(right), dtype=bool) if asked is None else asked
    n, ours = len(asked), np.ones(len(asked), dtype=bool)
    if strangers is not None:
        some = strangers.of(np.arange(len(strangers.asked)) % round(1 / STRANGERS - 1) == 0)
        none = np.zeros(len(some.asked), dtype=bool)
        right, ours, asked = (np.concatenate(both) for both in ((right, none), (ours, none), (asked, some.asked)))
        confidences = np.concatenate([confidences, some.confidences])
        named = None if named is None else np.concatenate([named, some.named])
    confidences, right, ours, named = (
        confidences[asked],
        right[asked],
        ours[asked],
        None if named is None else named[asked],
    )
    found = [lowest_threshold(confidences, right, promise) for promise in sorted(promises)]
    # What keeps a stricter promise keeps a milder one as well.
    for milder in range(len(found) - 2, -1, -1):
        stricter = found[milder + 1]
        if stricter.accepted > found[milder].accepted:
            found[milder] = replace(stricter, promise=found[milder].promise)
    if named is not None:
        found = [_with_departments(one, confidences, right, named) for one in found]
    return tuple(replace(one, n=n, accepted=int((ours & _accepted(one, confidences, named)).sum())) for one in found)


def _accepted(found: Threshold, confidences: Confidences, named: npt.NDArray[np.str_] | None) -> Rights:
    """Which mails would be routed alone."""
    if named is None or found.value is None:
        return confidences >= (np.inf if found.value is None else found.value)
    least = {str(name): found.of(str(name)) for name in np.unique(named)}
    values = np.array([np.inf if (value := least[str(name)]) is None else value for name in named])
    return np.asarray(confidences >= values)


def _with_departments(
    found: Threshold, confidences: Confidences, right: Rights, named: npt.NDArray[np.str_]
) -> Threshold:
    """The threshold with those of the departments, and its figures over what is accepted under all of them."""
    if found.value is None:
        return found
    names = np.unique(named)
    # At a doubt of one in twenty for each, two or three of fifty departments would look worse than they are.
    doubt = DOUBT / len(names)
    judged = [_alone(str(name), found, confidences[named == name], right[named == name], doubt) for name in names]
    found = replace(found, departments=tuple(one for one in judged if one is not None))
    accepted = _accepted(found, confidences, named)
    n, good = int(accepted.sum()), int(right[accepted].sum())
    if not n:
        return Threshold(found.promise, None, found.n, departments=found.departments)
    return replace(found, accepted=n, precision=good / n, bound=lower_bound(good, n))


def _alone(
    department: str, overall: Threshold, confidences: Confidences, right: Rights, doubt: float
) -> DepartmentThreshold | None:
    """The threshold of one department, or None if that of all does for it.

    It does unless the department is worse than promised, but for `doubt`: a department's few mails say less about where
    its threshold should be than the confidences, which know the departments apart.
    """
    assert overall.value is not None
    accepted = confidences >= overall.value
    n, good = int(accepted.sum()), int(right[accepted].sum())
    if at_most(good, n, overall.promise) > doubt:
        return None
    own = lowest_threshold(confidences, right, overall.promise)
    if own.value is not None and n >= _ENOUGH_ALONE:
        return DepartmentThreshold(department, own.value, own.n, own.accepted, own.precision, own.bound, 1.0)
    more = _times_as_many(confidences, right, overall.promise)
    return DepartmentThreshold(department, None, len(right), more=more)


def _times_as_many(confidences: Confidences, right: Rights, promise: float) -> float | None:
    """By how much these mails must be multiplied so that some of the most confident prove the promise."""
    good = np.cumsum(right[np.argsort(-confidences, kind="stable")])
    for times in (1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0):
        for m in np.unique(np.linspace(1, len(good), min(len(good), _STEPS)).astype(int)):
            mistakes, n = round(times * (m - int(good[m - 1]))), round(times * m)
            if at_most(mistakes, n, 1 - promise) <= DOUBT * _EASIEST:
                return times
    return None


def lowest_threshold(confidences: Confidences, right: Rights, promise: float) -> Threshold:
    """The lowest threshold proven to keep the promise (0 < promise < 1).

    Fixed-sequence testing: walk from more to less confident mails, test "precision is below the promise"
    by the exact binomial test at each step, stop at the first step that does not refute it (Angelopoulos et
    al., Learn then Test, 2021). Where the walks start is chosen by the confidences, not by what was right.
    """
    if not 0.0 < promise < 1.0:
        raise ValueError(f"The promise {promise} is not between 0 and 1; write for example 0.95.")
    order = np.argsort(-confidences, kind="stable")
    ranked, mistakes = confidences[order], np.cumsum((~right[order]).astype(np.intp))
    # Mails of equal confidence are accepted together.
    steps = [int(np.searchsorted(-ranked, -ranked[m - 1], side="right")) for m in _steps(len(ranked), promise)]
    easiest = _easiest(ranked, steps, promise) if steps else 0
    proven = max((m for walk in _walks(steps, easiest) for m in _kept(walk, mistakes, promise)), default=0)
    if not proven:
        return Threshold(promise, None, len(ranked))
    good = proven - int(mistakes[proven - 1])
    return Threshold(promise, float(ranked[proven - 1]), len(ranked), proven, good / proven, lower_bound(good, proven))


def lower_bound(good: int, n: int, doubt: float = DOUBT) -> float:
    """Clopper-Pearson: the true share is at least this, but for `doubt`, when `good` of `n` were right."""
    if good == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if at_most(n - good, n, 1 - middle) > doubt else (middle, high)
    return low


def at_most(mistakes: int, n: int, rate: float) -> float:
    """The chance of `mistakes` or fewer among `n` when each is one with chance `rate` (exact binomial)."""
    if rate <= 0.0 or mistakes >= n:
        return 1.0
    if rate >= 1.0:
        return 0.0
    counts = np.arange(1, mistakes + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log(n - counts + 1) - np.log(counts))])
    every = np.arange(mistakes + 1)
    logs = ways + every * math.log(rate) + (n - every) * math.log1p(-rate)
    return min(1.0, float(np.exp(logs).sum()))


def fewest_to_prove(promise: float) -> int:
    """So many held-out mails without a single mistake just suffice for a threshold that keeps the promise."""
    return math.ceil(math.log(DOUBT * _EASIEST) / math.log(promise))


def _steps(n: int, promise: float) -> list[int]:
    """How many mails each step of the walk accepts, chosen before any label is looked at."""
    # Twice as many have room for a mistake or two.
    fewest = fewest_to_prove(promise)
    if n < fewest:
        return []
    first = min(n, 2 * fewest)
    return sorted({round(float(step)) for step in np.linspace(first, n, _STEPS)})


def _easiest(ranked: Confidences, steps: list[int], promise: float) -> int:
    """The number of the step at which, if the confidences come true, the promise is proven most clearly."""
    expected = np.cumsum(1 - ranked)[np.array(steps) - 1]
    return int(((np.array(steps) * (1 - promise) - expected) / np.sqrt(steps)).argmax())


def _walks(steps: list[int], easiest: int) -> Iterator[tuple[list[int], float]]:
    yield steps[easiest:], DOUBT * _EASIEST
    for start, share in _WALKS:
        yield steps[int(len(steps) * start) :], DOUBT * share


def _kept(walk: tuple[list[int], float], mistakes: npt.NDArray[np.intp], promise: float) -> Iterator[int]:
    steps, doubt = walk
    for accepted in steps:
        if at_most(int(mistakes[accepted - 1]), accepted, 1 - promise) > doubt:
            return
        yield accepted
