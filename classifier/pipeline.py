"""The recipe: words and letters of a text, weighed by how telling they are, into one linear model.

Measured on five routing sets: words (one and two) with letter groups inside words (three to five) come within a
point of anything heavier, cost a millisecond and a few megabytes. Three learners read them and their lines are
averaged, which is worth one to two points over each: one asks for each department alone and trusts a feature by
how much oftener the department has it than the others (naive Bayes and a support vector machine: Wang and Manning,
Baselines and Bigrams, 2012), one tells all departments apart by features that are telling for any of them, and one
takes the features as they are, which tells strangers better. All are linear in the features, so the average is one
line as well and costs nothing more to ask.

Texts are counted once; then any part of them is learnt as if the others had never been read. Tests hold that
equal to scikit-learn's own vectorizers, fitted on the part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.svm import LinearSVC

from classifier.examples import ExamplesRefused
from classifier.text import WORD_PATTERN, letter_groups, without_mailbox
from classifier.weights import Floats

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Sparse = Any  # a scipy.sparse matrix of float32 in rows (CSR); scipy ships no types

# What one mail alone says is a name or a slip; it would fill the model and teach nothing.
SEEN_IN = 2
MOST_WORDS = 40_000
MOST_GRAMS = 60_000
# Features times departments: ten megabytes of single precision, however many departments there are.
MOST_NUMBERS = 2_500_000
# Few examples share whole words, many share parts of them: with 20 per department worth two points.
WORDS_VOICE, GRAMS_VOICE = 0.5, 1.0

# How closely the learners follow the examples; more of it learns their mistakes by heart.
_ALONE = _TOGETHER = 0.5
# The solver may stop this far from its optimum: the order of departments does not change any more.
_ENOUGH = 0.3
_ROUNDS = 300


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of entry in all texts: `counts` has a row per text, a column per entry, in order of characters.

    Of each part of the texts the `most` frequent entries are kept; `voice` is how loud they speak. `totals` has for
    each text how many entries it has, known or not.
    """

    entries: npt.NDArray[Any]
    counts: Sparse
    most: int
    voice: float
    totals: Values


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each word, each two words and each letter group stands in each text."""

    words: _Kind
    grams: _Kind


@dataclass(frozen=True, slots=True)
class Weighed:
    """All texts as a part of them teaches to see them: one row of features per text, first words, then grams.

    Vocabulary and `idf` come from that part alone. `known_letters`: for each text the share of its letter groups that
    the part knows, 0.0 if it has none.
    """

    words: tuple[str, ...]
    grams: tuple[str, ...]
    idf: Floats
    features: Sparse
    known_letters: Values


@dataclass(frozen=True, slots=True)
class Line:
    """What was learnt: for each label, in ascending order, a number per feature and one of its own."""

    labels: npt.NDArray[Any]
    coefficients: Values
    intercepts: Values

    def decision_values(self, features: Sparse) -> Values:
        """One row per text, one column per label; before any softmax."""
        return np.asarray(features @ self.coefficients.T + self.intercepts, dtype=np.float64)


def count(documents: Sequence[str], departments: int) -> Counts:
    """Count the documents (`text.document`). Raises ExamplesRefused if no two of them share a word.

    The more departments the model is to tell apart, the fewer features each may have.
    """
    share = min(1.0, MOST_NUMBERS / ((MOST_WORDS + MOST_GRAMS) * max(1, departments)))
    words = CountVectorizer(
        analyzer="word",
        token_pattern=WORD_PATTERN,
        ngram_range=(1, 2),
        lowercase=False,
        min_df=SEEN_IN,
        dtype=np.float32,
    )
    try:
        counts = words.fit_transform(documents)
    except ValueError as trouble:  # scikit-learn's word for an empty vocabulary
        raise _nothing_shared() from trouble
    return Counts(
        _Kind(words.get_feature_names_out(), counts, int(MOST_WORDS * share), WORDS_VOICE, _row_sums(counts)),
        _letters(documents, int(MOST_GRAMS * share)),
    )


def weigh(counts: Counts, part: Rows) -> Weighed:
    """All texts by the vocabulary and the idf of a part. Raises ExamplesRefused if it has no vocabulary."""
    (words, *of_words, _), (grams, *of_grams, known) = _weighed(counts.words, part), _weighed(counts.grams, part)
    idf, features = zip(of_words, of_grams, strict=True)
    return Weighed(words, grams, np.concatenate(idf), hstack(features, format="csr"), known)


def learn(features: Sparse, labels: npt.NDArray[Any], trust: Values | None = None) -> Line:
    """The line that tells the labels by the features; equal input gives an equal line.

    `trust`: how much each row counts, 1.0 where it is not given. There must be two labels or more.
    """
    names, truth = np.unique(labels, return_inverse=True)
    trust = np.ones(len(truth)) if trust is None else trust
    oftener = _oftener(features, truth, trust)
    telling = np.abs(oftener).max(axis=0)
    squares = _mean_squares(features)
    lines = (
        _each_alone(features, truth, trust, [_scaled_to_one(its, squares) for its in oftener]),
        _all_apart(features, truth, trust, _scaled_to_one(telling, squares)),
        _all_apart(features, truth, trust, _scaled_to_one(np.ones_like(telling), squares)),
    )
    coefficients, intercepts = (np.mean(parts, axis=0) for parts in zip(*lines, strict=True))
    return Line(names, coefficients, intercepts)


def known_words(weighed: Weighed) -> frozenset[str]:
    """The single words in the vocabulary."""
    return frozenset(word for word in weighed.words if " " not in word)


def voices(weighed: Weighed) -> Floats:
    """How loud each feature speaks."""
    each = np.repeat([WORDS_VOICE, GRAMS_VOICE], [len(weighed.words), len(weighed.grams)])
    return each.astype(np.float32)


# -- the learners


def _oftener(features: Sparse, truth: Rows, trust: Values) -> Values:
    """For each department and feature, the logarithm of how much oftener it is said there than elsewhere."""
    said = csr_matrix((np.ones_like(features.data), features.indices, features.indptr), shape=features.shape)
    mine = np.vstack([np.asarray(said.T @ np.where(truth == one, trust, 0.0)) for one in range(int(truth.max()) + 1)])
    others = mine.sum(axis=0) - mine
    mine, others = mine + 1, others + 1
    ratio: Values = np.log(mine / mine.sum(axis=1, keepdims=True)) - np.log(others / others.sum(axis=1, keepdims=True))
    return ratio


def _each_alone(features: Sparse, truth: Rows, trust: Values, scales: Sequence[Values]) -> tuple[Values, Values]:
    """Each department against all others, by features scaled with how telling they are for just that one."""
    coefficients, intercepts = np.zeros((len(scales), features.shape[1])), np.zeros(len(scales))
    for one, scale in enumerate(scales):
        machine = _machine(_ALONE).fit(_scaled(features, scale), truth == one, sample_weight=trust)
        coefficients[one], intercepts[one] = machine.coef_[0] * scale, machine.intercept_[0]
    return coefficients, intercepts


def _all_apart(features: Sparse, truth: Rows, trust: Values, scale: Values) -> tuple[Values, Values]:
    """All departments at once, small ones weighed up, by features scaled with how telling they are."""
    mails = np.bincount(truth, weights=trust)
    # Fully balanced, a department of ten would speak as loud as one of a thousand and take its mails.
    heed = np.sqrt(mails.mean() / mails)
    machine = _machine(_TOGETHER).fit(_scaled(features, scale), truth, sample_weight=trust * heed[truth])
    coefficients, intercepts = machine.coef_ * scale, machine.intercept_
    if len(mails) == 2:  # scikit-learn gives the lead of the second over the first
        return np.vstack([-coefficients, coefficients]), np.concatenate([-intercepts, intercepts])
    return coefficients, intercepts


def _machine(closeness: float) -> LinearSVC:
    # The seed decides in which order the solver looks at the examples.
    return LinearSVC(C=closeness, tol=_ENOUGH, max_iter=_ROUNDS, random_state=0)


def _mean_squares(features: Sparse) -> Values:
    """The mean square of each feature."""
    sums = np.bincount(features.indices, weights=features.data**2, minlength=features.shape[1])
    return np.asarray(sums / features.shape[0])


def _scaled_to_one(telling: Values, squares: Values) -> Values:
    """The scale of each feature under which a text is one long on the average."""
    length = float(squares @ telling**2)
    return telling / np.sqrt(length) if length else np.zeros_like(telling)


def _scaled(features: Sparse, scale: Values) -> Sparse:
    data = features.data * scale[features.indices]
    return csr_matrix((data, features.indices, features.indptr), shape=features.shape)


# -- counting and weighing


def _letters(documents: Sequence[str], most: int) -> _Kind:
    """The letter groups that two texts or more have.

    Mails repeat their words, so the letters of a word are looked at once: texts by words, times words by groups.
    """
    words: dict[str, int] = {}
    lines = [[words.setdefault(word, len(words)) for word in without_mailbox(one).split()] for one in documents]
    numbers: dict[str, int] = {}
    spelt = [[numbers.setdefault(group, len(numbers)) for group in letter_groups(word)] for word in words]
    counts = _rows(lines, len(words)) @ _rows(spelt, len(numbers))
    names = np.array(list(numbers), dtype=object)
    shared = np.flatnonzero(np.bincount(counts.indices, minlength=len(names)) >= SEEN_IN)
    order = shared[np.argsort(names[shared], kind="stable")]
    chosen = counts[:, order].tocsr()
    chosen.sort_indices()
    return _Kind(names[order], chosen, most, GRAMS_VOICE, _row_sums(counts))


def _row_sums(counts: Sparse) -> Values:
    return np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()


def _rows(lines: Sequence[Sequence[int]], columns: int) -> Sparse:
    """How often each number stands in each line."""
    ends = np.cumsum([0, *map(len, lines)])
    numbers = np.fromiter(chain.from_iterable(lines), dtype=np.int32, count=int(ends[-1]))
    counts = csr_matrix((np.ones(len(numbers), dtype=np.float32), numbers, ends), shape=(len(lines), columns))
    counts.sum_duplicates()
    return counts


def _weighed(kind: _Kind, part: Rows) -> tuple[tuple[str, ...], Floats, Sparse, Values]:
    """Vocabulary, idf and features of one kind, and the share of each text's entries that are in the vocabulary."""
    kept = _kept(kind.counts[part], kind.most)
    if not len(kept):
        raise _nothing_shared()
    counts = kind.counts[:, kept]
    weigher = TfidfTransformer(sublinear_tf=True).fit(counts[part])
    known = _row_sums(counts) / np.maximum(kind.totals, 1.0)
    return tuple(map(str, kind.entries[kept])), weigher.idf_, weigher.transform(counts) * kind.voice, known


def _kept(counts: Sparse, most: int) -> Rows:
    """The columns of entries that SEEN_IN rows have; of too many the most frequent, as scikit-learn chooses."""
    kept = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) >= SEEN_IN)
    if len(kept) > most:
        times = np.asarray(counts.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[(-times).argsort()[:most]])  # the same sort, for it decides between equals
    return kept


def _nothing_shared() -> ExamplesRefused:
    return ExamplesRefused(("The examples have no words in common; give more of them, or longer ones.",))
