"""A small office to learn from: three departments, requests made of everyday words, and a model of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from classifier import pipeline, registry
from classifier.examples import Example
from classifier.pipeline import count, learn, weigh, weights_of
from classifier.predict import Model
from classifier.text import WORD_PATTERN, Text, document, without_mailbox
from classifier.train import TrainedModel, train
from classifier.weights import Weights

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


def _recipe(departments: int) -> Pipeline:
    """The recipe as scikit-learn would cook it."""
    settings = {"lowercase": False, "sublinear_tf": True, "min_df": 2, "dtype": np.float32}
    words = TfidfVectorizer(
        token_pattern=WORD_PATTERN, ngram_range=(1, 2), max_features=pipeline.MOST_WORDS, **settings
    )
    grams = TfidfVectorizer(
        analyzer="char_wb",
        preprocessor=without_mailbox,
        ngram_range=(3, 5),
        max_features=pipeline.MOST_GRAMS,
        **settings,
    )
    features = FeatureUnion([("words", words), ("grams", grams)], transformer_weights={"words": 0.5, "grams": 1.0})
    line = LogisticRegression(C=5.0, class_weight="balanced", solver="newton-cg", tol=1e-3 / departments)
    return Pipeline([("features", features), ("line", line)])


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
    weighed = weigh(count([document(example.text) for example in examples]), np.arange(len(examples)))
    line = learn(weighed.features, np.array([example.department for example in examples]))
    return weights_of(weighed, line, temperature)


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
