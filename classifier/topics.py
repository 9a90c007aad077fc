"""New topics: mails that nobody could place, lying close to each other and far from what the model has learnt.

Decides; touches nothing. Needs scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import vstack
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.text import WORD_PATTERN, Text, document, without_mailbox

#: A topic has so many mails; of so many mails topics are looked for, the newest.
FEWEST, MOST = 8, 1_500

#: So many mails stand for a topic, and so many words.
TYPICAL, WORDS = 10, 8

#: Mails lie in one topic while their mean cosine is at least this.
_TOGETHER = 0.15

#: A topic is new if its mails lie so much nearer to each other than to what was learnt.
_NEWER = 1.5

_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Topic:
    """Mails about one thing. `mails`: their places in what was asked, all of them; `typical`: ten, the middle first.

    `words`: what they have in common and others have not.
    """

    mails: tuple[int, ...]
    typical: tuple[int, ...]
    words: tuple[str, ...]


def new_topics(asked: Sequence[Text], learnt: Sequence[Text]) -> tuple[Topic, ...]:
    """Topics among the mails that were asked about (oldest first), the largest first; often there is none.

    learnt: some of the texts that the model has learnt from, or others like them.
    """
    first = max(0, len(asked) - MOST)
    lines = [without_mailbox(document(text)) for text in asked[first:]]
    if len(lines) < FEWEST:
        return ()
    others = [without_mailbox(document(text)) for text in learnt]
    rare = TfidfVectorizer(
        lowercase=False, token_pattern=WORD_PATTERN, sublinear_tf=True, min_df=3, max_df=0.2, dtype=np.float32
    )
    try:
        rare.fit([*lines, *others])
    except ValueError:  # no word stands in three of them
        return ()
    rows, known = rare.transform(lines), rare.transform(others) if others else None
    names = rare.get_feature_names_out()
    found = [_topic(mails, rows, known, names) for mails in _clusters(rows)]
    topics = [one for one in found if one is not None]
    return tuple(
        Topic(tuple(first + i for i in one.mails), tuple(first + i for i in one.typical), one.words)
        for one in sorted(topics, key=lambda topic: -len(topic.mails))
    )


def _clusters(rows: Any) -> list[npt.NDArray[np.intp]]:
    spoken = np.flatnonzero(np.diff(rows.indptr))  # a mail without a telling word lies near nothing
    if len(spoken) < FEWEST:
        return []
    apart = 1.0 - (rows[spoken] @ rows[spoken].T).toarray()
    grouping = AgglomerativeClustering(
        n_clusters=None, distance_threshold=1.0 - _TOGETHER, metric="precomputed", linkage="average"
    )
    numbers = grouping.fit_predict(np.clip(apart, 0.0, None))
    groups = [spoken[numbers == number] for number in np.unique(numbers)]
    return [group for group in groups if len(group) >= FEWEST]


def _topic(mails: npt.NDArray[np.intp], rows: Any, known: Any, names: npt.NDArray[np.str_]) -> Topic | None:
    """The topic of these mails, or None if they lie as near to what was learnt as to each other."""
    theirs = rows[mails]
    near = (theirs @ theirs.T).toarray()
    np.fill_diagonal(near, 0.0)
    inside = _nearest(near)
    if known is not None and inside < _NEWER * _nearest((theirs @ known.T).toarray()):
        return None
    middle = np.asarray(theirs.mean(axis=0)).ravel()
    rest = np.asarray(vstack([rows, known]).mean(axis=0) if known is not None else rows.mean(axis=0)).ravel()
    order = np.argsort(-np.asarray(theirs @ middle), kind="stable")[:TYPICAL]
    telling = [i for i in np.argsort(rest - middle, kind="stable")[:WORDS] if middle[i] > rest[i]]
    words = [str(names[i]) for i in telling if not names[i].startswith("_")]
    return Topic(tuple(int(i) for i in mails), tuple(int(mails[i]) for i in order), tuple(words))


def _nearest(near: npt.NDArray[np.floating]) -> float:
    """The mean cosine to the five nearest."""
    five = np.sort(near, axis=1)[:, -_NEAREST:]
    return float(five.mean()) if five.size else 0.0
