"""The numbers a model consists of: its vocabulary, how telling each entry is, and how it speaks for each
department.

Plain arrays and text, so that a stored model holds nothing that could run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]

# How many signs `signs` gives; the last two are the shares of known letter groups and of known words.
SIGNS, _LETTERS, _WORDS = 4, 2, 3
# Less of either than all but this many hundredths of the usual mails have is another language: so few as one, for only
# there a mail of ours has so little.
_LEAST_KNOWN = 1
# Of examples that say little but the same again all is known, and of the next mail not; who knows so much of it knows
# its language. From there on it may take a fifth of the usual mails to know all.
_KNOWS_THE_LANGUAGE = {_LETTERS: 0.6, _WORDS: 0.4}
_FIFTH = 0.2
# A rank of nothing weighs like this, so that one sign alone does not decide.
_LEAST_RANK = 1e-3


# How many marks `marks_of` gives, and which of them is the share of known letter groups.
MARKS, KNOWN_LETTERS = 7, 5
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Sureness:
    """How likely the best department of a mail is right, as held-out mails have shown (`classifier.sureness`).

    `marks`: a column for each mark of a mail (`marks_of`); rows: the least and the most that held-out mails had, for
    beyond them nothing was learnt; their mean; their spread; and what one spread weighs. `own`: a column for each
    department; rows: its offset, and what one spread of the first mark weighs in addition.
    """

    marks: Floats
    own: Floats

    @classmethod
    def as_the_chances(cls, departments: int) -> Sureness:
        """The one that leaves the chances as they are."""
        without_end = np.finfo(np.float32).max
        rows = [-without_end, without_end, 0.0, 1.0, 0.0]
        return cls(np.tile(np.array(rows, np.float32)[:, None], MARKS), np.zeros((2, departments), np.float32))

    def applied(
        self,
        values: Values,
        chances: Values,
        known_letters: Values,
        features: Values,
        best: npt.NDArray[np.intp] | None = None,
    ) -> Values:
        """The chances with that of the best department set right; the others share the rest as they did.

        The best stays the best. What is asked for is what `marks_of` takes, a row per mail. `best`: the number of the
        best department among all, where the columns are not all of them.
        """
        column = chances.argmax(axis=1)
        best = column if best is None else best
        least, most, middle, spread, weights = self.marks.astype(np.float64)
        seen = np.clip(marks_of(values, chances, known_letters, features), least, most)
        apart = (seen - middle) / spread
        offset, slope = self.own[:, best].astype(np.float64)
        # Row by row, so that a mail gets the same in whatever company.
        log_odds = seen[:, 0] + (apart * weights).sum(axis=1) + offset + slope * apart[:, 0]
        return _with_best(chances, column, 1 / (1 + np.exp(-np.clip(log_odds, -500, 500))))


def marks_of(values: Values, chances: Values, known_letters: Values, features: Values) -> Values:
    """What tells whether the best department is right: a row per mail, a column per mark.

    The log odds of the best, bent and plain; its lead over the second; its decision value, and how far that lies above
    the mean; the share of known letter groups; the logarithm of `features`, how many known features the mail has.
    """
    ordered = np.maximum(np.sort(chances, axis=1), _LEAST_CHANCE)
    first, second = ordered[:, -1], ordered[:, -2]
    odds = np.log(first) - np.log(np.maximum(1 - first, _LEAST_CHANCE))
    top = values.max(axis=1)
    lead = np.log(first) - np.log(second)
    return np.column_stack(
        [odds, odds * np.abs(odds), lead, top, top - values.mean(axis=1), known_letters, np.log1p(features)]
    )


def _with_best(chances: Values, best: npt.NDArray[np.intp], confidence: Values) -> Values:
    rows = np.arange(len(chances))
    others = np.maximum(chances, _LEAST_CHANCE)
    others[rows, best] = 0.0
    others /= others.sum(axis=1, keepdims=True)
    # With less the best would no longer be it.
    second = others.max(axis=1)
    confidence = np.maximum(confidence, second / (1 + second) + _LEAST_CHANCE)
    found: Values = others * (1 - confidence)[:, None]
    found[rows, best] = confidence
    return found


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted recipe. Features are numbered: first `words` (one or two words), then `grams` (3 to 5
    letters).

    `idf` has one number per feature, `coefficients` one row per feature and one column per department,
    `intercepts` one number per department. Decision values are bent by `bend` (`bent`) and divided by `temperature`
    before the softmax; the less of its letters the model knows, the more they are cooled: by `exp(cooling * share of
    unknown letter groups)`. `sureness` then says how likely the best department is right.

    `usual` says what held-out mails look like: a row for each of `signs`, quantiles ascending. A mail whose
    `familiarity` with them is less than `stranger_below` is like none of them (`strangers`).
    """

    departments: tuple[str, ...]
    words: tuple[str, ...]
    grams: tuple[str, ...]
    idf: Floats
    coefficients: Floats
    intercepts: Floats
    temperature: float
    sureness: Sureness
    bend: float = 1.0
    cooling: float = 0.0
    usual: Floats = field(default_factory=lambda: np.zeros((SIGNS, 1), dtype=np.float32))
    stranger_below: float = 0.0

    def digest(self) -> str:
        """SHA-256 in hex over everything above; equal models have equal digests, on every machine."""
        seal = hashlib.sha256(repr((self.departments, self.words, self.grams, self.temperature)).encode())
        seal.update(repr((self.bend, self.cooling, self.stranger_below)).encode())
        for array in (self.idf, self.coefficients, self.intercepts, self.usual, self.sureness.marks, self.sureness.own):
            seal.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return seal.hexdigest()


def probabilities(
    values: npt.NDArray[np.floating], temperature: float | npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Softmax over the last axis of decision values that are first divided by the temperature.

    The temperature is one for all or a column with one for each row.
    """
    tempered = np.asarray(values, dtype=np.float64) / temperature
    raised = np.exp(tempered - tempered.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def bent(values: Values, bend: float) -> Values:
    """How far each decision value lies behind the best of its row, to the power of `bend` (0 to 1), as a loss.

    Of many departments most lie far behind, and each would still take its share of the chances; without the bend a
    model of fifty departments is too shy where it is unsure and too bold where it is sure.
    """
    behind: Values = -np.power(values.max(axis=-1, keepdims=True) - values, bend)
    return behind


def temperatures(temperature: float, cooling: float, known_letters: Values) -> Values:
    """The temperature for each share of known letter groups."""
    cooled: Values = temperature * np.exp(cooling * (1.0 - known_letters))
    return cooled


def signs(values: Values, chances: Values, known_letters: Values, known_words: Values) -> Values:
    """What tells a stranger: a row per sign, a column per mail; the less, the stranger.

    How far the best decision value lies above the mean of all, the chance of the best department, and the shares of
    known letter groups and of known words. Their ranks together tell strangers better than any of them
    (docs/quality.md).
    """
    return np.vstack([values.max(axis=1) - values.mean(axis=1), chances.max(axis=1), known_letters, known_words])


def usual_signs(signs_of_mails: Values, quantiles: int) -> Floats:
    """What usual mails look like, from the signs of held-out ones: so many quantiles of each sign, ascending."""
    at = np.linspace(0, 1, quantiles)
    usual = np.quantile(signs_of_mails, at, axis=1).T
    for sign, enough in _KNOWS_THE_LANGUAGE.items():
        usual[sign] = np.minimum(usual[sign], enough + (1 - enough) * np.minimum(1.0, at / _FIFTH))
    return usual.astype(np.float32)


def familiarity(usual: Floats, signs_of_mails: Values) -> Values:
    """The geometric mean, from 0 to 1, of the ranks of each mail's signs among the usual ones.

    A mail that is very odd in one of them is a stranger even if the others are as usual.
    """
    at = np.linspace(0.0, 1.0, usual.shape[1])
    ranks = [np.interp(mine, theirs, at) for mine, theirs in zip(signs_of_mails, usual, strict=True)]
    logs = np.log((np.array(ranks) + _LEAST_RANK) / (1.0 + _LEAST_RANK))
    return np.asarray(np.exp(logs.mean(axis=0)), dtype=np.float64)


def strangers(usual: Floats, stranger_below: float, signs_of_mails: Values) -> npt.NDArray[np.bool_]:
    """Which mails must go to a person, however sure the model is.

    Those that are like none of the usual ones; those in another language or script, of which the model knows less than
    of nearly all usual mails; and those of which it knows no word, for a number or a link says nothing of a department.
    """
    strange: npt.NDArray[np.bool_] = familiarity(usual, signs_of_mails) < stranger_below
    for sign in _KNOWS_THE_LANGUAGE:
        strange |= signs_of_mails[sign] < usual[sign, min(_LEAST_KNOWN, usual.shape[1] - 1)]
    strange |= signs_of_mails[_WORDS] == 0.0
    return strange
