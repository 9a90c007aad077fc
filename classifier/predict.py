"""A model in service: from the text of a request to departments with calibrated probabilities.

Needs numpy and nothing else; scikit-learn stays at home. The features are counted in one pass of our own,
which a property test holds equal to the pipeline that learnt them. Does not decide what happens with a
doubtful prediction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import registry
from classifier.explain import Explanation, Side, Word, strongest_words
from classifier.text import SUBJECT, WORD, Text, document, letter_groups, without_mailbox
from classifier.threshold import Threshold
from classifier.weights import Floats, Weights, bent, familiarity, probabilities, signs, temperatures

__all__ = ["Explanation", "Model", "Prediction", "Side", "Text", "Word"]

Numbers = npt.NDArray[np.intp]

# So many mails are judged in one go: enough that no single one pays for the sums, few enough to stay in the cache.
_AT_ONCE = 64

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
        self._by_name = sorted(range(len(weights.departments)), key=weights.departments.__getitem__)
        self._entries = _Entries(weights.words, unknown=len(weights.idf))
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
        return self._said([self._seen(document(text))])[0]

    def predict_many(self, texts: Iterable[Text]) -> list[Prediction]:
        """One prediction per text, in order: what `predict` says of each, in less than half the time."""
        seen = (self._seen(document(text)) for text in texts)
        said: list[Prediction] = []
        while some := list(islice(seen, _AT_ONCE)):
            said += self._said(some)
        return said

    def _said(self, mails: list[_Seen]) -> list[Prediction]:
        one = self._weights
        values = np.array([self._spoken(mail) for mail in mails], dtype=np.float64)
        known = np.array([mail.known_letters for mail in mails])
        chances = probabilities(bent(values, one.bend), temperatures(one.temperature, one.cooling, known)[:, None])
        familiar = familiarity(one.usual, signs(values, chances, known)).tolist()
        # Of equals the first in the alphabet.
        columns = np.array(self._by_name)[np.argsort(-chances[:, self._by_name], axis=1, kind="stable")]
        names = [[self.departments[column] for column in row] for row in columns.tolist()]
        ranked = np.take_along_axis(chances, columns, axis=1).tolist()
        return [
            Prediction(
                tuple(zip(its, best, strict=True)), mail.known_words, self.version, like, like < one.stranger_below
            )
            for mail, its, best, like in zip(mails, names, ranked, familiar, strict=True)
        ]

    def _spoken(self, mail: _Seen) -> Floats:
        """Decision values: a number for each department."""
        return mail.values @ self._weights.coefficients.take(mail.numbers, axis=0) + self._weights.intercepts

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
        seen = self._seen(document(text))
        spoken = int(np.searchsorted(seen.numbers, len(self._weights.words)))
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

    def _seen(self, line: str) -> _Seen:
        """A document's features with their TF-IDF, scaled for words and letters."""
        unknown = len(self._weights.idf)
        words = WORD.findall(line)
        singles, pairs = self._entries.of(words)
        grams = np.frombuffer(b"".join(map(self._letters.__getitem__, without_mailbox(line).split())), dtype=np.intc)
        found = np.sort(np.concatenate([singles, pairs, grams]))
        found = found[: found.searchsorted(unknown)]
        starts = np.flatnonzero(np.diff(found, prepend=-1))
        numbers = found[starts]
        counts = np.diff(starts, append=len(found))
        values = (1 + np.log(counts, dtype=np.float32)) * self._weights.idf[numbers]
        split = int(numbers.searchsorted(len(self._weights.words)))
        for part in (values[:split], values[split:]):
            part /= np.sqrt(part @ part) or 1.0
        known = 1.0 - np.count_nonzero(grams == unknown) / len(grams) if len(grams) else 0.0
        return _Seen(numbers, values, known, _known_share(words, singles != unknown))


@dataclass(frozen=True, slots=True)
class _Seen:
    """The numbers of a text's features, ascending, their values, and the share of its letter groups and of its words
    that are known.
    """

    numbers: npt.NDArray[np.intc]
    values: Floats
    known_letters: float
    known_words: float


class _Entries:
    """From the words of a text to the numbers of the single words and of each two in a row.

    Two words are found by the numbers of both, so that no string has to be made for each pair of a text.
    """

    def __init__(self, entries: Iterable[str], unknown: int) -> None:
        parts = [entry.partition(" ") for entry in entries]
        self._spelt = {word: at for at, word in enumerate(dict.fromkeys(one for part in parts for one in part[::2]))}
        self._singles = np.full(len(self._spelt) + 1, unknown, dtype=np.intc)
        found: list[tuple[int, int]] = []
        for number, (first, _, second) in enumerate(parts):
            if second:
                found.append((self._key(self._spelt[first], self._spelt[second]), number))
            else:
                self._singles[self._spelt[first]] = number
        # Behind the last one that is never asked for, so that each search ends within.
        self._keys, self._pairs = np.array([*sorted(found), (np.iinfo(np.int64).max, unknown)], dtype=np.int64).T.copy()
        self._unknown = unknown

    def of(self, words: list[str]) -> tuple[npt.NDArray[np.intc], npt.NDArray[np.intc]]:
        """The number of each word and of each pair, in order; `unknown` where there is none."""
        spelt = np.fromiter(map(self._spelt.get, words, repeat(len(self._spelt))), dtype=np.int64, count=len(words))
        keys = self._key(spelt[:-1], spelt[1:])
        at = self._keys.searchsorted(keys)
        pairs = np.where(self._keys[at] == keys, self._pairs[at], self._unknown)
        return self._singles[spelt], pairs.astype(np.intc)

    def _key(self, first: Any, second: Any) -> Any:
        """One number for two, or an array of them."""
        return first * (len(self._spelt) + 1) + second


def _known_share(words: list[str], known: npt.NDArray[np.bool_]) -> float:
    """As `text.known_share`, where it is known already which words are."""
    written = [at for at, word in enumerate(words) if word[0] != "_"]
    return int(np.count_nonzero(known[written])) / len(written) if written else 0.0


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
