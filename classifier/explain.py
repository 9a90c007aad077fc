"""Which words spoke for a department, as people wrote them. Decides; touches nothing.

Looks at words only: letter groups help the model but tell a reader nothing. Nor does it say what would have
changed the decision; it says what the model saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from classifier.text import MASKS, WORD, Text, mailbox_word, own_word, seen

# What weighs less than this share of the strongest word is chance ("the", "from").
_ALOUD = 0.1


@dataclass(frozen=True, slots=True)
class Word:
    """One or two words of the text, and by how much they raised the department above the average of all."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class Side:
    """One department: its probability, the words that spoke for it and those that spoke against it."""

    department: str
    probability: float
    spoke_for: tuple[Word, ...]
    against: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The best department and the second, the threshold of the best (None: never alone), and why the model abstains.

    `abstains` is empty if it does not.
    """

    first: Side
    second: Side | None
    threshold: float | None
    abstains: str


def strongest_words(text: Text, weighed: Iterable[tuple[str, float]], n: int) -> tuple[Word, ...]:
    """At most `n` words that spoke for the department, strongest first, none said twice.

    `weighed` are the features of the text (folded words, or two joined by a space) with their weights.
    """
    written = _as_written(text)
    return tuple(
        Word(" ".join(written.get(word, word) for word in feature.split(" ")), weight)
        for feature, weight in list(_news(sorted(weighed, key=lambda one: (-one[1], one[0]))))[:n]
    )


def _news(ranked: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """The features that spoke for it aloud and add a word that no stronger one has brought."""
    said: set[str] = set()
    for feature, weight in ranked:
        words = set(feature.split(" "))
        if weight > ranked[0][1] * _ALOUD and weight > 0 and not words <= said:
            said |= words
            yield feature, weight


def _as_written(text: Text) -> dict[str, str]:
    """From a folded word to how the text first writes it; from a word of our own to what it stands for."""
    written = dict(MASKS)
    if text.mailbox:
        written[mailbox_word(text.mailbox)] = text.mailbox
    if text.group:
        written[own_word("group", text.group)] = f"the group {text.group}"
    written |= {own_word("file", kind): f"a file of {kind}" for kind in text.attachments}
    for word in WORD.findall(seen(f"{text.subject} {text.words}")):
        written.setdefault(word.casefold(), word)
    return written
