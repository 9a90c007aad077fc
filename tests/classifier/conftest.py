"""A small office to learn from: three departments, requests made of everyday words, and a model of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sklearn.pipeline import Pipeline

from classifier import registry
from classifier.examples import Example
from classifier.pipeline import recipe, weights_of
from classifier.predict import Model
from classifier.text import Text, document
from classifier.train import TrainedModel, train

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


@pytest.fixture(scope="session")
def fitted(examples: tuple[Example, ...]) -> Pipeline:
    """The scikit-learn pipeline that has learnt the examples."""
    lines = [document(example.text) for example in examples]
    return recipe(0).fit(lines, [example.department for example in examples])


@pytest.fixture(scope="session")
def model(fitted: Pipeline) -> Model:
    """What the pipeline has learnt, without scikit-learn; temperature 0.5, no thresholds."""
    return Model(weights_of(fitted, 0.5), "small", ())


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
