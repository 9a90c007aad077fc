"""A model in service."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

from classifier.examples import Example
from classifier.predict import Model, Text
from classifier.text import WORD, document, known_share, letter_groups
from classifier.threshold import Threshold
from classifier.weights import Weights, probabilities

Cooked = Callable[[Sequence[Example]], Pipeline]
Learnt = Callable[[Sequence[Example], float], Weights]

NO_THRESHOLDS: tuple[Threshold, ...] = ()
PIECES = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "Laptop",
            "laptop",
            "Rechnung",
            "Büro",
            "Büro",
            "écran",
            "ÉCRAN",
            "please_bitte",
            "VPN-Passwort",
            "a",
            "ß",
            "Straße",
            "İstanbul",
            "請求書",
            "x@lindwerk.example",
            "https://a.example/b",
            "www.b.example",
            "2026-11-22",
            "12345678",
            "_link_",
            "_mailbox_it",
        ]
    ),
    st.sampled_from([" ", "\n", "\t", "\x1f", "\u2028", "\xa0", "\ud800", "\u00ad", "\u0301"]),
)
TEXTS = st.builds(
    Text,
    st.lists(PIECES, max_size=6).map(" ".join),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.sampled_from(["", "it@lindwerk.example", "b\u0301ü ro@İ.example"]),
)


def _as_the_pipeline(fitted: Pipeline, text: Text, temperature: float) -> dict[str, float]:
    features = fitted.named_steps["features"].transform([document(text)])
    chances = probabilities(fitted.named_steps["line"].decision_function(features), temperature)[0]
    return dict(zip(fitted.classes_, chances, strict=True))


@given(text=TEXTS)
def test_our_own_pass_gives_what_the_pipeline_gives(fitted: Pipeline, model: Model, text: Text) -> None:
    expected = _as_the_pipeline(fitted, text, 0.5)

    assert dict(model.predict(text).ranked) == pytest.approx(expected, abs=1e-5)


@given(words=st.text())
def test_letter_groups_are_those_of_scikit_learn(words: str) -> None:
    analyze = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).build_analyzer()

    assert [group for word in words.split() for group in letter_groups(word)] == analyze(words)


def test_two_departments_are_predicted_as_the_pipeline_does(
    examples: tuple[Example, ...], cooked: Cooked, learnt: Learnt
) -> None:
    pair = [one for one in examples if one.department != "it"]
    fitted, model = cooked(pair), Model(learnt(pair, 1.0), "pair", NO_THRESHOLDS)

    for text in (one.text for one in examples):
        assert dict(model.predict(text).ranked) == pytest.approx(_as_the_pipeline(fitted, text, 1.0), abs=1e-5)


def test_a_mailbox_seen_in_training_speaks_for_its_department(examples: tuple[Example, ...], learnt: Learnt) -> None:
    addressed = [
        Example(Text(one.text.subject, one.text.words, f"{one.department}@lindwerk.example"), one.department, "")
        for one in examples
    ]
    model = Model(learnt(addressed, 1.0), "addressed", NO_THRESHOLDS)

    plain = model.predict(Text("", "please help"))
    sent_to_finance = model.predict(Text("", "please help", "finance@lindwerk.example"))

    assert dict(sent_to_finance.ranked)["finance"] > dict(plain.ranked)["finance"]
    assert sent_to_finance.known_share == plain.known_share


def test_a_prediction_ranks_every_department(model: Model) -> None:
    said = model.predict(Text("Laptop", "VPN Passwort login broken"))

    assert said.department == "it"
    assert said.confidence == said.ranked[0][1] > said.runner_up[1] == said.ranked[1][1]
    assert {name for name, _ in said.ranked} == {"it", "finance", "facilities"}
    assert sum(chance for _, chance in said.ranked) == pytest.approx(1.0)
    assert said.model == "small"


def test_the_known_share_tells_a_strange_language(model: Model) -> None:
    assert model.predict(Text("", "bitte Rechnung Konto")).known_share == 1.0
    assert model.predict(Text("", "drukarka nie działa")).known_share == 0.0
    assert model.predict(Text("", "bitte drukarka")).known_share == 0.5


@pytest.mark.parametrize("nothing", [Text("", ""), Text(" \n", "\x1f"), Text("!", "?"), Text("", "漢")])
def test_a_text_without_words_gets_an_honest_answer(model: Model, nothing: Text) -> None:
    said = model.predict(nothing)

    assert said.known_share == 0.0
    assert said.confidence < 0.5


def test_many_are_predicted_as_each_alone(model: Model, examples: tuple[Example, ...]) -> None:
    texts = [one.text for one in examples]

    assert model.predict_many(texts) == [model.predict(text) for text in texts]


@given(texts=st.lists(TEXTS, max_size=5), copies=st.sampled_from([1, 30]))
def test_in_whatever_company_a_text_is_predicted_as_alone(model: Model, texts: list[Text], copies: int) -> None:
    for together, alone in zip(model.predict_many(texts * copies), map(model.predict, texts * copies), strict=True):
        assert dict(together.ranked) == pytest.approx(dict(alone.ranked), abs=1e-12)
        assert together.familiarity == pytest.approx(alone.familiarity, abs=1e-12)
        assert (together.known_share, together.stranger) == (alone.known_share, alone.stranger)


@given(text=TEXTS)
def test_the_known_share_is_that_of_the_words_that_people_wrote(model: Model, text: Text) -> None:
    words = WORD.findall(document(text))

    assert model.predict(text).known_share == known_share(words, set(model._weights.words))


def test_a_model_is_asked_by_several_threads(model: Model, examples: tuple[Example, ...]) -> None:
    texts = [one.text for one in examples]
    expected = model.predict_many(texts)
    answers: list[bool] = []

    def ask() -> None:
        answers.extend(model.predict_many(texts) == expected for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [True] * 20


def test_remembered_words_stay_bounded(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.predict._REMEMBERED", 50)
    fresh = Model(model._weights, "fresh", NO_THRESHOLDS)

    for number in range(200):
        fresh.predict(Text("", f"word{number} {'x' * 100}{number}"))

    assert len(fresh._pieces) <= 50


@pytest.mark.parametrize(
    ("promise", "value"), [(0.5, 0.6), (0.9, 0.6), (0.92, 0.8), (0.95, 0.8), (0.97, None), (0.98, 0.99), (0.995, None)]
)
def test_a_promise_between_two_takes_the_stricter(model: Model, promise: float, value: float | None) -> None:
    stored = {0.9: 0.6, 0.95: 0.8, 0.97: None, 0.99: 0.99}
    thresholds = [Threshold(kept, least, 100) for kept, least in stored.items()]

    assert Model(model._weights, "x", thresholds).threshold(promise) == value


def test_a_stored_model_predicts_the_same_without_scikit_learn(published: Path) -> None:
    """In a process of its own, for this one has imported it already."""
    program = (
        "import sys; from pathlib import Path; from classifier.predict import Model, Text;"
        f"model = Model.load(Path({str(published)!r})); said = model.predict(Text('Laptop', 'VPN broken'));"
        "model.explain(Text('Laptop', 'VPN broken'), 'it');"
        "heavy = [name for name in sys.modules if name.startswith(('sklearn', 'scipy'))];"
        "print(said.department, said.confidence, heavy)"
    )
    said = Model.load(published).predict(Text("Laptop", "VPN broken"))

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == f"{said.department} {said.confidence} []"


def test_probabilities_survive_large_values() -> None:
    assert probabilities(np.array([1e4, 0.0]), 0.05).tolist() == [1.0, 0.0]
