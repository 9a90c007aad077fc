"""A model in service: from the text of a request to departments with calibrated probabilities.

Needs numpy and nothing else; scikit-learn stays at home. The features are counted in one pass of our own,
which a property test holds equal to the pipeline that learnt them. Does not decide what happens with a
doubtful prediction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier import registry
from classifier.explain import Explanation, Side, Word, strongest_words
from classifier.text import MAILBOX_MARK, SUBJECT, WORD, Text, document, letter_groups
from classifier.threshold import Threshold
from classifier.weights import Floats, Weights, bent, familiarity, probabilities, signs, strangers, temperatures

__all__ = ["Explanation", "Model", "Prediction", "Side", "Text", "Word"]

_Numbers = npt.NDArray[np.intc]
_Keys = npt.NDArray[np.int64]

# So many mails are judged in one go: enough that no single one pays for the sums, few enough to stay in the cache.
_AT_ONCE = 64

# Pieces seen before cost no look-up of their words and letters. Long ones are seldom words and never come again.
_REMEMBERED = 20_000
_LONGEST_REMEMBERED = 40


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says about one text.

    `ranked`: every department with its calibrated probability, best first. `known_share`: share of the
    written words that the model knows, 0.0 for a text without words. `model`: the version that says so.
    `familiarity`: from 0 to 1, how much it is like the mails that the model learnt from. `stranger`: it is like so few
    of them, or so much of it stands in a language or script that the model has not learnt, that the model must not
    route it alone, whatever its confidence; nor if it knows no word of it.
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
        unknown = len(weights.idf)
        self._entries = _Entries(weights.words, unknown)
        grams = {gram: number for number, gram in enumerate(weights.grams, start=len(weights.words))}
        self._pieces = _Pieces(self._entries, grams, unknown)

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
        """One prediction per text, in order: what `predict` says of each, in about two thirds of the time."""
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
        seen = signs(values, chances, known, np.array([mail.known_words for mail in mails]))
        features = np.array([len(mail.numbers) for mail in mails], dtype=np.float64)
        chances = one.sureness.applied(values, chances, known, features)
        familiar = familiarity(one.usual, seen).tolist()
        strange = strangers(one.usual, one.stranger_below, seen).tolist()
        # Of equals the first in the alphabet.
        columns = np.array(self._by_name)[np.argsort(-chances[:, self._by_name], axis=1, kind="stable")]
        names = [[self.departments[column] for column in row] for row in columns.tolist()]
        ranked = np.take_along_axis(chances, columns, axis=1).tolist()
        return [
            Prediction(tuple(zip(its, best, strict=True)), mail.known_words, self.version, like, is_strange)
            for mail, its, best, like, is_strange in zip(mails, names, ranked, familiar, strange, strict=True)
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
        body, _, beside = line.partition(MAILBOX_MARK)
        pieces = list(map(self._pieces.__getitem__, body.split()))
        spelt = [words for words, _ in pieces]
        spelt += [self._pieces[piece][0] for piece in beside.split()]
        words = np.frombuffer(b"".join(spelt), dtype=np.intc)
        grams = np.frombuffer(b"".join([letters for _, letters in pieces]), dtype=np.intc)
        singles, pairs = self._entries.of(words)
        found = np.sort(np.concatenate([singles, pairs, grams]))
        found = found[: found.searchsorted(unknown)]
        ends = np.flatnonzero(np.append(found[1:] != found[:-1], len(found) > 0)) + 1
        numbers = found[ends - 1]
        counts = np.diff(ends, prepend=0)
        values = (1 + np.log(counts, dtype=np.float32)) * self._weights.idf[numbers]
        split = int(numbers.searchsorted(len(self._weights.words)))
        for part in (slice(split), slice(split, None)):
            values[part] /= np.sqrt(values[part] @ values[part]) or 1.0
        known = 1.0 - np.count_nonzero(grams == unknown) / len(grams) if len(grams) else 0.0
        of_people = singles[self._entries.written_by_people(words)]
        known_words = np.count_nonzero(of_people != unknown) / len(of_people) if len(of_people) else 0.0
        return _Seen(numbers, values, known, known_words)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The numbers of a text's features, ascending, their values, and the share of its letter groups and of its words
    that are known.
    """

    numbers: _Numbers
    values: Floats
    known_letters: float
    known_words: float


class _Entries:
    """From the words of a text, each a number, to the features of the single words and of each two in a row.

    Two words are found by the numbers of both, so that no string has to be made for each pair of a text.
    """

    def __init__(self, entries: Iterable[str], unknown: int) -> None:
        parts = [entry.partition(" ")[::2] for entry in entries]
        self._spelt = {word: at for at, word in enumerate(dict.fromkeys(chain.from_iterable(parts)))}
        # Behind the words that stand in entries: one for all others, one for all other words of our own.
        self._other, self._other_of_ours = len(self._spelt), len(self._spelt) + 1
        self._ours = np.array([*(word[:1] == "_" for word in self._spelt), False, True])
        spelt = np.fromiter(map(self._spelt.__getitem__, chain.from_iterable(parts)), np.int64).reshape(-1, 2)
        # A single word stands beside nothing, which is spelt as well.
        paired = spelt[:, 1] != self._spelt.get("", self._other)
        self._singles = np.full(len(self._ours), unknown, dtype=np.intc)
        self._singles[spelt[~paired, 0]] = np.flatnonzero(~paired)
        keys = self._key(spelt[paired, 0], spelt[paired, 1])
        order = np.argsort(keys)
        # Behind the last one that is never asked for, so that each search ends within.
        self._keys = np.append(keys[order], np.iinfo(np.int64).max)
        self._pairs = np.append(np.flatnonzero(paired)[order], unknown).astype(np.intc)
        self._unknown = np.intc(unknown)

    def _key(self, first: _Keys, second: _Keys | _Numbers) -> _Keys:
        """One number for each two."""
        return first * len(self._ours) + second

    def number(self, word: str) -> int:
        """The number by which `of` knows the word."""
        return self._spelt.get(word, self._other_of_ours if word[0] == "_" else self._other)

    def of(self, words: _Numbers) -> tuple[_Numbers, _Numbers]:
        """The feature of each word and of each pair, in order; `unknown` where there is none."""
        keys = self._key(words[:-1].astype(np.int64), words[1:])
        at = self._keys.searchsorted(keys)
        return self._singles[words], np.where(self._keys[at] == keys, self._pairs[at], self._unknown)

    def written_by_people(self, words: _Numbers) -> npt.NDArray[np.bool_]:
        """Which of the words are not of our own making."""
        return ~self._ours[words]


class _Pieces(dict[str, tuple[bytes, bytes]]):
    """From a piece of a text between white space to the numbers of its words and the features of its letter groups.

    Remembered: a piece seen before costs one look-up. The numbers are kept as bytes (C int), for those of a whole text
    are joined in one go. A group that the model does not know has the number `unknown`.
    """

    def __init__(self, entries: _Entries, grams: Mapping[str, int], unknown: int) -> None:
        self._entries = entries
        self._grams = grams
        self._unknown = unknown

    def __missing__(self, piece: str) -> tuple[bytes, bytes]:
        words = [self._entries.number(word) for word in WORD.findall(piece)]
        letters = [self._grams.get(group, self._unknown) for group in letter_groups(piece)]
        numbers = np.array(words, dtype=np.intc).tobytes(), np.array(letters, dtype=np.intc).tobytes()
        if len(piece) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[piece] = numbers
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
