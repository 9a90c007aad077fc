"""A small office to learn from: three departments, requests made of everyday words, and a model of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, Pipeline

from classifier import pipeline, registry
from classifier.examples import Example
from classifier.pipeline import count, learn, voices, weigh
from classifier.predict import Model
from classifier.text import WORD_PATTERN, Text, document, without_mailbox
from classifier.train import TrainedModel, train
from classifier.weights import Sureness, Weights

WORDS = {
    "it": "Laptop Drucker Passwort VPN screen keyboard Bildschirm login update Software mot de passe écran",
    "finance": "Rechnung invoice Zahlung budget Konto refund Spesen receipt facture paiement Überweisung IBAN",
    "facilities": "Heizung window Büro chair Schlüssel door Licht desk clé fenêtre chauffage parking Aufzug",
}
FILLING = [
    "please",
    "bitte",
    "the",
    "my",
    "seit",
    "heute",
    "kann",
    "jemand",
    "help",
    "with",
    "und",
    "merci",
    "toujours",
    "since",
    "Monday",
    "broken",
    "new",
]


@pytest.fixture(scope="session")
def examples() -> tuple[Example, ...]:
    """Twenty requests for each of three departments, easy to tell apart."""
    chance = random.Random(7)
    return tuple(
        Example(_request(words.split(), chance), department, f"made.csv:{number}")
        for department, words in WORDS.items()
        for number in range(20)
    )


def _request(words: list[str], chance: random.Random) -> Text:
    written = chance.sample(words, 4) + chance.sample(FILLING, 5)
    chance.shuffle(written)
    return Text(" ".join(chance.sample(words, 2)), " ".join(written))


class _Learner(BaseEstimator):
    """Our learning as the last step of a scikit-learn pipeline."""

    def fit(self, features: object, labels: Sequence[str]) -> _Learner:
        self.line_ = learn(features, np.array(labels))
        self.classes_ = self.line_.labels
        return self

    def decision_function(self, features: object) -> np.ndarray:
        return self.line_.decision_values(features)


def _recipe(departments: int) -> Pipeline:
    """The recipe as scikit-learn's own vectorizers would cook it."""
    share = min(1.0, pipeline.MOST_NUMBERS / ((pipeline.MOST_WORDS + pipeline.MOST_GRAMS) * departments))
    settings = {"lowercase": False, "sublinear_tf": True, "min_df": 2, "dtype": np.float32}
    words = TfidfVectorizer(
        token_pattern=WORD_PATTERN, ngram_range=(1, 2), max_features=int(pipeline.MOST_WORDS * share), **settings
    )
    grams = TfidfVectorizer(
        analyzer="char_wb",
        preprocessor=without_mailbox,
        ngram_range=(3, 5),
        max_features=int(pipeline.MOST_GRAMS * share),
        **settings,
    )
    features = FeatureUnion([("words", words), ("grams", grams)], transformer_weights={"words": 0.5, "grams": 1.0})
    return Pipeline([("features", features), ("line", _Learner())])


@pytest.fixture(scope="session")
def cooked() -> Callable[[Sequence[Example]], Pipeline]:
    """Makes the scikit-learn pipeline that has learnt the given examples."""
    return _cooked


def _cooked(examples: Sequence[Example]) -> Pipeline:
    labels = [example.department for example in examples]
    return _recipe(len(set(labels))).fit([document(example.text) for example in examples], labels)


@pytest.fixture(scope="session")
def learnt() -> Callable[[Sequence[Example], float], Weights]:
    """Makes what we have learnt from the given examples, with the given temperature."""
    return _learnt


def _learnt(examples: Sequence[Example], temperature: float) -> Weights:
    labels = [example.department for example in examples]
    weighed = weigh(count([document(example.text) for example in examples], len(set(labels))), np.arange(len(examples)))
    line = learn(weighed.features, np.array(labels))
    return Weights(
        departments=tuple(map(str, line.labels)),
        words=weighed.words,
        grams=weighed.grams,
        idf=weighed.idf,
        coefficients=np.ascontiguousarray((line.coefficients * voices(weighed)).T, dtype=np.float32),
        intercepts=line.intercepts.astype(np.float32),
        temperature=temperature,
        sureness=Sureness.as_the_chances(len(line.labels)),
    )


@pytest.fixture(scope="session")
def fitted(examples: tuple[Example, ...]) -> Pipeline:
    """The scikit-learn pipeline that has learnt the examples."""
    return _cooked(examples)


@pytest.fixture(scope="session")
def model(examples: tuple[Example, ...]) -> Model:
    """What we have learnt from the examples; temperature 0.5, no thresholds."""
    return Model(_learnt(examples, 0.5), "small", ())


@pytest.fixture(scope="session")
def trained(examples: tuple[Example, ...]) -> TrainedModel:
    return train(examples, seed=0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where models are kept; made when the first is published."""
    return tmp_path / "models"


@pytest.fixture
def published(trained: TrainedModel, root: Path) -> Path:
    """The folder of one published model."""
    return root / registry.publish(trained, root, datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
