"""Near-duplicates: texts that say the same but for a few words, found by MinHash of their word triples.

Decides; touches nothing. A form letter that stands on both sides of a split would be tested on itself, so
whoever splits texts keeps the groups found here whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from classifier.text import LONGEST_SUBJECT, LONGEST_WORDS, WORD, Text, fold

# Two texts are alike if they share about so much of their word triples (Jaccard): a form letter of thirty words
# with another name and another date shares more.
ALIKE = 0.6

Groups = npt.NDArray[np.intp]
_Hashes = npt.NDArray[np.uint64]

# 27 bands of 3: texts that share 0.6 meet in one of them with a chance of 99.8 %. The estimate from 81 minima
# is good to 0.05.
_BANDS, _ROWS = 27, 3
_TRIPLE = 3
# Odd multipliers of a fixed draw: the same texts make the same groups on every day and machine.
_SALT = 20_261_122
_AT_ONCE = 5_000


def groups_of(texts: Iterable[Text]) -> Groups:
    """For each text the position of the first one like it: its own if no earlier text is alike.

    Likeness is passed on: if the first is like the second and that like the third, all three are one group.
    """
    marks = _minima([_words(text) for text in texts])
    leader = np.arange(len(marks))
    for band in range(_BANDS):
        rows = marks[:, band * _ROWS : (band + 1) * _ROWS]
        _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        met = first[which.ravel()]
        near = np.flatnonzero((met != np.arange(len(marks))) & ((marks == marks[met]).mean(axis=1) >= ALIKE))
        for one in near.tolist():
            _join(leader, one, int(met[one]))
    for one in range(len(leader)):
        leader[one] = leader[leader[one]]  # a leader stands before those it leads
    return leader


def _words(text: Text) -> list[str]:
    return WORD.findall(fold(f"{text.subject[:LONGEST_SUBJECT]} {text.words[:LONGEST_WORDS]}"))


def _minima(written: Sequence[list[str]]) -> _Hashes:
    """One row of minima for each text, made of its words in their order."""
    chance = np.random.default_rng(_SALT)
    factors = chance.integers(0, 2**63, (2, _BANDS * _ROWS), dtype=np.uint64) | np.uint64(1)
    known: dict[str, int] = {}
    parts = [
        _minima_of_some([_triples(words, known) for words in written[start : start + _AT_ONCE]], factors)
        for start in range(0, len(written), _AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, _BANDS * _ROWS), dtype=np.uint64)


def _triples(words: list[str], known: dict[str, int]) -> _Hashes:
    """A number for each three words in a row; of a shorter text one for all of it."""
    numbers = np.array([known.get(word) or _learn(word, known) for word in words] or [1], dtype=np.uint64)
    missing = _TRIPLE - len(numbers)
    if missing > 0:
        numbers = np.concatenate([numbers, np.zeros(missing, dtype=np.uint64)])
    first, second, third = numbers[:-2], numbers[1:-1], numbers[2:]
    return np.asarray(first * np.uint64(3) + second * np.uint64(0x9E3779B97F4A7C15) + (third >> np.uint64(7)))


def _learn(word: str, known: dict[str, int]) -> int:
    number = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest(), "little") | 1
    known[word] = number
    return number


def _minima_of_some(triples: Sequence[_Hashes], factors: _Hashes) -> _Hashes:
    every = np.concatenate(triples)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in triples])[:-1]])
    found = np.empty((len(triples), factors.shape[1]), dtype=np.uint64)
    for column in range(factors.shape[1]):
        # Products keep their low bits only, which are poor; the shift takes the good ones.
        mixed = (every * factors[0, column] + factors[1, column]) >> np.uint64(20)
        found[:, column] = np.minimum.reduceat(mixed, starts)
    return found


def _join(leader: Groups, one: int, other: int) -> None:
    """Put two groups under the leader that stands first."""
    first, second = sorted((_leader_of(leader, one), _leader_of(leader, other)))
    leader[second] = first


def _leader_of(leader: Groups, one: int) -> int:
    while leader[one] != one:
        leader[one] = leader[leader[one]]  # shortens the way for the next who asks
        one = int(leader[one])
    return one
