"""Whether mail is still what the model has learnt from. Decides; touches nothing.

The same model has looked at mails of the past, which it had not learnt from, and at the mails of late. How far a
distribution has moved is said by the PSI (population stability index); whether that is more than chance, by a
permutation test: the mails are dealt anew to "then" and "lately", thousands of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: So many false alarms in a month, over all measures and looks together, where nothing has changed.
FALSE_ALARMS_A_MONTH = 0.05

#: The daemon looks once a week.
LOOKS_A_MONTH = 52 / 12

#: How often the mails are dealt anew.
PERMUTATIONS = 5_000

#: A shift that is no chance and still too small to matter has a PSI below this (the usual reading of the index).
SMALL = 0.1

#: With fewer mails on either side nothing is said.
FEWEST = 50

_BINS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model saw in one mail. `known_share` of its words it knew; `alone`: it would have routed it alone."""

    confidence: float
    department: str
    known_share: float
    language: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """One part of a distribution: its share (0 to 1) then and lately."""

    name: str
    then: float
    lately: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One measure. `chance`: how likely so large a PSI is if nothing has changed. `drifted`: no chance, and not small.

    before, after: the mean of a number, or the share of what the measure counts; None for a mix.
    """

    measure: str
    psi: float
    chance: float
    drifted: bool
    before: float | None
    after: float | None
    bins: tuple[Bin, ...]

    @property
    def most(self) -> Bin:
        """The part that has changed most."""
        return max(self.bins, key=lambda one: abs(one.lately - one.then))


@dataclass(frozen=True, slots=True)
class Drift:
    """What became of a look: `then` and `lately` say how many mails were compared."""

    then: int
    lately: int
    shifts: tuple[Shift, ...]

    @property
    def drifted(self) -> tuple[Shift, ...]:
        """What is no chance any more."""
        return tuple(one for one in self.shifts if one.drifted)


class TooFewMails(Exception):
    """There are not enough mails to compare; the sentence says how many there are."""


def look(then: Sequence[Seen], lately: Sequence[Seen], *, seed: int = 1) -> Drift:
    """Compare the mails of late with those of then. Raises TooFewMails.

    Each of the measures gets an equal part of the false alarms of a month, and each look its part of that.
    """
    for mails, when in ((then, "from the time of the training"), (lately, "of late")):
        if len(mails) < FEWEST:
            raise TooFewMails(f"There are only {len(mails)} mails {when} to compare; {FEWEST} are the least.")
    both = (*then, *lately)
    measured = (
        ("confidence", _deciles([one.confidence for one in both]), [one.confidence for one in both]),
        ("departments", _names([one.department for one in both]), None),
        ("known words", _deciles([one.known_share for one in both]), [one.known_share for one in both]),
        ("languages", _names([one.language or "unknown" for one in both]), None),
        ("triage", _names(["alone" if one.alone else "triage" for one in both]), [not one.alone for one in both]),
    )
    chance = np.random.default_rng(seed)
    enough = FALSE_ALARMS_A_MONTH / LOOKS_A_MONTH / len(measured)
    shifts = []
    for measure, (names, numbers), values in measured:
        counts = [np.bincount(part, minlength=len(names)) for part in (numbers[: len(then)], numbers[len(then) :])]
        moved = float(_psi(counts[0], counts[1]))
        likely = _likely(counts[0], counts[1], moved, chance)
        before, after = _means(values, len(then))
        parts = (Bin(name, *(float(one[i] / one.sum()) for one in counts)) for i, name in enumerate(names))
        drifted = likely <= enough and moved >= SMALL
        shifts.append(Shift(measure, moved, likely, drifted, before, after, tuple(parts)))
    return Drift(len(then), len(lately), tuple(shifts))


_Named = tuple[list[str], npt.NDArray[np.intp]]


def _names(values: Sequence[str]) -> _Named:
    found, numbers = np.unique(np.array(values), return_inverse=True)
    return [str(one) for one in found], numbers


def _deciles(values: Sequence[float]) -> _Named:
    """Ten parts of equal size of then and lately together, so that neither decides where they end."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    numbers = np.searchsorted(edges, np.array(values), side="right")
    ends = [*(f"below {edge:.2f}" for edge in edges), f"from {edges[-1]:.2f}"]
    return ends, numbers


def _psi(then: npt.NDArray[np.integer], lately: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """The index for one or several counts (rows) beside each other; half a mail in each part, so that none is empty."""
    expected = (then + 0.5) / (then + 0.5).sum(axis=-1, keepdims=True)
    found = (lately + 0.5) / (lately + 0.5).sum(axis=-1, keepdims=True)
    return np.asarray(((found - expected) * np.log(found / expected)).sum(axis=-1))


def _likely(
    then: npt.NDArray[np.integer], lately: npt.NDArray[np.integer], moved: float, chance: np.random.Generator
) -> float:
    """How often mails dealt anew are as far apart; to deal them is to draw from what both have together."""
    dealt = chance.multivariate_hypergeometric(then + lately, int(lately.sum()), size=PERMUTATIONS, method="marginals")
    apart = _psi(then + lately - dealt, dealt)
    return float((1 + (apart >= moved - 1e-12).sum()) / (1 + PERMUTATIONS))


def _means(values: Sequence[float] | None, then: int) -> tuple[float | None, float | None]:
    if values is None:
        return None, None
    return float(np.mean(values[:then])), float(np.mean(values[then:]))
