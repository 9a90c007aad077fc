"""A model in service: from the text of a request to departments with calibrated probabilities.

Needs numpy and nothing else; scikit-learn stays at home. The features are counted in one pass of our own,
which a property test holds equal to the pipeline that learnt them. Does not decide what happens with a
doubtful prediction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier import registry
from classifier.explain import Explanation, Side, Word, strongest_words
from classifier.text import SUBJECT, WORD, Text, document, known_share, letter_groups, without_mailbox
from classifier.threshold import Threshold
from classifier.weights import Floats, Weights, bent, familiarity, probabilities, signs, temperatures

__all__ = ["Explanation", "Model", "Prediction", "Side", "Text", "Word"]

Numbers = npt.NDArray[np.intp]

# Words seen before cost no look-up of their letters. Long ones are seldom words and never come again.
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says about one text.

    `ranked`: every department with its calibrated probability, best first. `known_share`: share of the
    written words that the model knows, 0.0 for a text without words. `model`: the version that says so.
    `familiarity`: from 0 to 1, how much it is like the mails that the model learnt from. `stranger`: it is like so few
    of them, or so much of it stands in a language or script that the model has not learnt, that the model must not
    route it alone, whatever its confidence.
    """

    ranked: tuple[tuple[str, float], ...]
    known_share: float
    model: str
    familiarity: float = 1.0
    stranger: bool = False

    @property
    def department(self) -> str:
        """The most probable department."""
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        """The calibrated probability that the most probable department is right."""
        return self.ranked[0][1]

    @property
    def runner_up(self) -> tuple[str, float]:
        """The second department and its probability."""
        return self.ranked[1]


class Model:
    """A trained model, ready to predict. Safe to share between threads; holds no file open."""

    def __init__(self, weights: Weights, version: str, thresholds: Iterable[Threshold]) -> None:
        self.version = version
        self.departments = weights.departments
        self.thresholds: Mapping[float, Threshold] = {one.promise: one for one in thresholds}
        self._weights = weights
        self._words = {word: number for number, word in enumerate(weights.words)}
        grams = {gram: number for number, gram in enumerate(weights.grams, start=len(weights.words))}
        self._letters = _Letters(grams, len(weights.idf))

    @classmethod
    def load(cls, path: Path) -> Model:
        """The model in a version folder of the registry. Raises `registry.ModelRefused`."""
        weights, manifest = registry.load(path)
        return cls(weights, manifest.version, manifest.report.thresholds)

    def threshold(self, promise: float, department: str | None = None) -> float | None:
        """The least confidence that keeps the promise or the next stricter one; None: always abstain.

        With `department`: the one from which on the model may name it.
        """
        stricter = [stored for stored in self.thresholds if stored >= promise]
        if not stricter:
            return None
        found = self.thresholds[min(stricter)]
        return found.value if department is None else found.of(department)

    def predict(self, text: Text) -> Prediction:
        """What the model says about one text; never refuses one."""
        line = document(text)
        words = WORD.findall(line)
        return self._said(self._seen(line, words), known_share(words, self._words))

    def _said(self, seen: _Seen, known_words: float) -> Prediction:
        one = self._weights
        spoken = seen.values @ one.coefficients.take(seen.numbers, axis=0) + one.intercepts
        values, known = spoken[None].astype(np.float64), np.array([seen.known_letters])
        warmth = temperatures(one.temperature, one.cooling, known)
        chances = probabilities(bent(values, one.bend), warmth[:, None])
        ranked = sorted(zip(self.departments, chances[0].tolist(), strict=True), key=lambda one: (-one[1], one[0]))
        familiar = float(familiarity(one.usual, signs(values, chances, known))[0])
        return Prediction(tuple(ranked), known_words, self.version, familiar, familiar < one.stranger_below)

    def predict_many(self, texts: Iterable[Text]) -> list[Prediction]:
        """One prediction per text, in order."""
        return [self.predict(text) for text in texts]

    def explain(self, text: Text, department: str, n: int = 6) -> tuple[Word, ...]:
        """At most `n` words that spoke for the department, strongest first. KeyError if unknown."""
        self._column(department)
        return self._words_about(text, department, frozenset(), 1.0, n)

    def why(
        self, text: Text, promise: float, *, confidential: Collection[str] = frozenset(), n: int = 6
    ) -> Explanation:
        """What spoke for and against the best and the second department, and why the model abstains if it does.

        Of departments in `confidential` no word is told, nor any word that speaks for one of them more than for all
        others: who may not read their mails shall not learn from an explanation what is in them.
        """
        said, hidden = self.predict(text), frozenset(confidential)
        first, *second = (self._side(text, name, chance, hidden, n) for name, chance in said.ranked[:2])
        least = self.threshold(promise, said.department)
        return Explanation(first, second[0] if second else None, least, _why_not(said, least))

    def _side(self, text: Text, department: str, chance: float, hidden: frozenset[str], n: int) -> Side:
        if department in hidden:
            return Side(department, chance, (), ())
        spoke_for, against = (self._words_about(text, department, hidden, sign, n) for sign in (1.0, -1.0))
        return Side(department, chance, spoke_for, against)

    def _words_about(
        self, text: Text, department: str, hidden: frozenset[str], sign: float, n: int
    ) -> tuple[Word, ...]:
        line = document(text)
        seen = self._seen(line, WORD.findall(line))
        spoken = int(np.searchsorted(seen.numbers, len(self._words)))
        rows = self._weights.coefficients[seen.numbers[:spoken]]
        told = ~np.isin(np.array(self.departments)[rows.argmax(axis=1)], list(hidden))
        shown = [self.departments.index(name) for name in self.departments if name not in hidden]
        lead = rows[:, self._column(department)] - rows[:, shown].mean(axis=1)
        weight = sign * seen.values[:spoken] * lead / self._weights.temperature
        weighed: dict[str, float] = {}
        for number, much in zip(seen.numbers[:spoken][told].tolist(), weight[told].tolist(), strict=True):
            # To a reader a word in the subject is the same word.
            word = self._weights.words[number].replace(SUBJECT, "")
            weighed[word] = weighed.get(word, 0.0) + much
        return strongest_words(text, weighed.items(), n)

    def _column(self, department: str) -> int:
        return {name: i for i, name in enumerate(self.departments)}[department]

    def _seen(self, line: str, words: list[str]) -> _Seen:
        """A document's features with their TF-IDF, scaled for words and letters."""
        letters = b"".join(map(self._letters.__getitem__, without_mailbox(line).split()))
        grams = np.frombuffer(letters, dtype=np.intc)
        found = np.concatenate([self._word_numbers(words), grams])
        features = len(self._weights.idf)
        counts = np.bincount(found, minlength=features + 1)
        known = 1.0 - int(counts[features]) / len(grams) if len(grams) else 0.0
        numbers = np.flatnonzero(counts[:features])
        values = (1 + np.log(counts[numbers], dtype=np.float32)) * self._weights.idf[numbers]
        split = int(np.searchsorted(numbers, len(self._words)))
        for part in (slice(split), slice(split, None)):
            values[part] /= np.sqrt(values[part] @ values[part]) or 1.0
        return _Seen(numbers, values, known)

    def _word_numbers(self, words: list[str]) -> npt.NDArray[np.intc]:
        """The numbers of the single words and of each two in a row, as often as they occur."""
        number = self._words.get
        singles, pairs = map(number, words), map(number, map(" ".join, pairwise(words)))
        return np.array([one for one in chain(singles, pairs) if one is not None], dtype=np.intc)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The numbers of a text's features, ascending, their values, and the share of its letter groups that are known."""

    numbers: Numbers
    values: Floats
    known_letters: float


class _Letters(dict[str, bytes]):
    """From a word to the numbers of its letter groups, remembered: a word seen before costs one look-up.

    The numbers are kept as bytes (C int), for those of a whole text are joined in one go. A group that the model does
    not know has the number `unknown`.
    """

    def __init__(self, grams: Mapping[str, int], unknown: int) -> None:
        self._grams = grams
        self._unknown = unknown

    def __missing__(self, word: str) -> bytes:
        known = [self._grams.get(group, self._unknown) for group in letter_groups(word)]
        numbers = np.array(known, dtype=np.intc).tobytes()
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = numbers
        return numbers


def _why_not(said: Prediction, least: float | None) -> str:
    """Why the model abstains; empty if it does not."""
    if said.stranger:
        return "the mail is unlike those that the model learnt from"
    if least is None:
        return f"it may not name {said.department} alone, as no threshold keeps the promise"
    if said.confidence < least:
        return f"it is not sure enough for {said.department}"
    return ""
