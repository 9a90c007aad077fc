"""A model in service: from the text of a request to departments with calibrated probabilities.

Needs numpy and nothing else; scikit-learn stays at home. The features are counted in one pass of our own,
which a property test holds equal to the pipeline that learnt them. Does not decide what happens with a
doubtful prediction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier import registry
from classifier.explain import Word, strongest_words
from classifier.text import WORD, Text, document, known_share, without_mailbox
from classifier.threshold import Threshold
from classifier.weights import Floats, Weights, probabilities

__all__ = ["Model", "Prediction", "Text", "Word", "letter_groups"]

Numbers = npt.NDArray[np.intp]

_SHORTEST, _LONGEST = 3, 5
# Words seen before cost no look-up of their letters. Long ones are seldom words and never come again.
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says about one text.

    `ranked`: every department with its calibrated probability, best first. `known_share`: share of the
    written words that the model knows, 0.0 for a text without words. `model`: the version that says so.
    """

    ranked: tuple[tuple[str, float], ...]
    known_share: float
    model: str

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
        self._letters = _Letters(grams)

    @classmethod
    def load(cls, path: Path) -> Model:
        """The model in a version folder of the registry. Raises `registry.ModelRefused`."""
        weights, manifest = registry.load(path)
        return cls(weights, manifest.version, manifest.report.thresholds)

    def threshold(self, promise: float) -> float | None:
        """The least confidence that keeps the promise or the next stricter one; None: always abstain."""
        stricter = [stored for stored in self.thresholds if stored >= promise]
        return self.thresholds[min(stricter)].value if stricter else None

    def predict(self, text: Text) -> Prediction:
        """What the model says about one text; never refuses one."""
        line = document(text)
        words = WORD.findall(line)
        numbers, values = self._features(line, words)
        spoken = values @ self._weights.coefficients.take(numbers, axis=0) + self._weights.intercepts
        chances = probabilities(spoken, self._weights.temperature).tolist()
        ranked = sorted(zip(self.departments, chances, strict=True), key=lambda one: (-one[1], one[0]))
        return Prediction(tuple(ranked), known_share(words, self._words), self.version)

    def predict_many(self, texts: Iterable[Text]) -> list[Prediction]:
        """One prediction per text, in order."""
        return [self.predict(text) for text in texts]

    def explain(self, text: Text, department: str, n: int = 6) -> tuple[Word, ...]:
        """At most `n` words that spoke for the department, strongest first. KeyError if unknown."""
        column = {name: i for i, name in enumerate(self.departments)}[department]
        line = document(text)
        numbers, values = self._features(line, WORD.findall(line))
        spoken = int(np.searchsorted(numbers, len(self._words)))
        rows = self._weights.coefficients[numbers[:spoken]]
        lead = values[:spoken] * (rows[:, column] - rows.mean(axis=1)) / self._weights.temperature
        names = (self._weights.words[number] for number in numbers[:spoken])
        return strongest_words(text, zip(names, lead.tolist(), strict=True), n)

    def _features(self, line: str, words: list[str]) -> tuple[Numbers, Floats]:
        """The numbers of a document's features, ascending, and their TF-IDF, scaled for words and letters."""
        letters = b"".join(map(self._letters.__getitem__, without_mailbox(line).split()))
        found = np.concatenate([self._word_numbers(words), np.frombuffer(letters, dtype=np.intc)])
        counts = np.bincount(found, minlength=len(self._weights.idf))
        numbers = np.flatnonzero(counts > 0)
        values = (1 + np.log(counts[numbers], dtype=np.float32)) * self._weights.idf[numbers]
        split = int(np.searchsorted(numbers, len(self._words)))
        for part in (slice(split), slice(split, None)):
            values[part] /= np.sqrt(values[part] @ values[part]) or 1.0
        return numbers, values

    def _word_numbers(self, words: list[str]) -> npt.NDArray[np.intc]:
        """The numbers of the single words and of each two in a row, as often as they occur."""
        number = self._words.get
        singles, pairs = map(number, words), map(number, map(" ".join, pairwise(words)))
        return np.array([one for one in chain(singles, pairs) if one is not None], dtype=np.intc)


class _Letters(dict[str, bytes]):
    """From a word to the numbers of its letter groups, remembered: a word seen before costs one look-up.

    The numbers are kept as bytes (C int), for those of a whole text are joined in one go.
    """

    def __init__(self, grams: Mapping[str, int]) -> None:
        self._grams = grams

    def __missing__(self, word: str) -> bytes:
        known = map(self._grams.get, letter_groups(word))
        numbers = np.array([one for one in known if one is not None], dtype=np.intc).tobytes()
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[word] = numbers
        return numbers


def letter_groups(word: str) -> list[str]:
    """Three to five letters in a row, spaces before and after included, as scikit-learn's `char_wb` counts.

    A word too short for a length is given once as a whole, and for no greater length.
    """
    padded, groups = f" {word} ", list[str]()
    for length in range(_SHORTEST, _LONGEST + 1):
        groups += [padded[start : start + length] for start in range(max(1, len(padded) - length + 1))]
        if len(padded) <= length:
            break
    return groups
