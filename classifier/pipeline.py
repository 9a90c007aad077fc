"""The recipe: words and letters of a text, weighed by how telling they are, into one linear model.

Measured on five routing sets: words (one and two) with letter groups inside words (three to five) and
logistic regression come within a point of anything heavier, cost a millisecond and a few megabytes, and
calibrate well.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from classifier.text import WORD_PATTERN, without_mailbox
from classifier.weights import Weights

Values = npt.NDArray[np.float64]

# What one mail alone says is a name or a slip; it would fill the model and teach nothing.
SEEN_IN = 2
MOST_WORDS = 20_000
MOST_GRAMS = 30_000
LETTERS = (3, 5)
# Few examples share whole words, many share parts of them: with 20 per department worth two points.
VOICES = {"words": 0.5, "grams": 1.0}


def recipe(seed: int) -> Pipeline:
    """A new unfitted pipeline from documents (`text.document`) to departments."""
    words = TfidfVectorizer(
        analyzer="word",
        token_pattern=WORD_PATTERN,
        ngram_range=(1, 2),
        lowercase=False,
        sublinear_tf=True,
        min_df=SEEN_IN,
        max_features=MOST_WORDS,
    )
    grams = TfidfVectorizer(
        analyzer="char_wb",
        preprocessor=without_mailbox,
        ngram_range=LETTERS,
        lowercase=False,
        sublinear_tf=True,
        min_df=SEEN_IN,
        max_features=MOST_GRAMS,
    )
    features = FeatureUnion([("words", words), ("grams", grams)], transformer_weights=VOICES)
    line = LogisticRegression(C=5.0, class_weight="balanced", max_iter=400, tol=1e-3, random_state=seed)
    return Pipeline([("features", features), ("line", line)])


def decision_values(fitted: Pipeline, documents: Sequence[str]) -> Values:
    """One row per document, one column per department of `fitted.classes_`; before any softmax."""
    values = np.asarray(fitted.decision_function(documents), dtype=np.float64)
    # For two departments scikit-learn gives the lead of the second over the first.
    return values if values.ndim == 2 else np.column_stack([np.zeros_like(values), values])


def known_words(fitted: Pipeline) -> frozenset[str]:
    """The single words in the vocabulary."""
    return frozenset(word for word in _vocabulary(fitted, "words") if " " not in word)


def weights_of(fitted: Pipeline, temperature: float) -> Weights:
    """The numbers of a fitted pipeline, in single precision, without scikit-learn around them."""
    line = fitted.named_steps["line"]
    coefficients, intercepts = line.coef_, line.intercept_
    if len(line.classes_) == 2:
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
    parts = fitted.named_steps["features"].transformer_list
    voices = np.concatenate([np.full(len(part.idf_), VOICES[name]) for name, part in parts])
    return Weights(
        departments=tuple(str(name) for name in line.classes_),
        words=_vocabulary(fitted, "words"),
        grams=_vocabulary(fitted, "grams"),
        idf=np.concatenate([part.idf_ for _, part in parts]).astype(np.float32),
        coefficients=np.ascontiguousarray((coefficients * voices).T, dtype=np.float32),
        intercepts=intercepts.astype(np.float32),
        temperature=temperature,
    )


def _vocabulary(fitted: Pipeline, part: str) -> tuple[str, ...]:
    vectorizer = dict(fitted.named_steps["features"].transformer_list)[part]
    return tuple(str(entry) for entry in vectorizer.get_feature_names_out())
