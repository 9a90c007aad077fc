"""A part of counted texts is learnt as if the others had never been read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from classifier import pipeline
from classifier.examples import Example, ExamplesRefused, starter_examples
from classifier.pipeline import count, known_words, learn, weigh
from classifier.text import Text, document

Cooked = Callable[[Sequence[Example]], Pipeline]


@pytest.fixture(scope="module")
def mixed() -> list[Example]:
    """Every seventh text of the starter corpus, each third sent to a mailbox."""
    return [
        Example(
            Text(one.text.subject, one.text.words, "" if number % 3 else "help@lindwerk.example"), one.department, ""
        )
        for number, one in enumerate(starter_examples().kept[::7])
    ]


@pytest.mark.parametrize(("most_words", "most_grams"), [(40_000, 60_000), (300, 1_000)], ids=["all", "the frequent"])
def test_a_part_is_learnt_as_scikit_learn_learns_it_alone(
    mixed: list[Example], cooked: Cooked, monkeypatch: pytest.MonkeyPatch, most_words: int, most_grams: int
) -> None:
    monkeypatch.setattr(pipeline, "MOST_WORDS", most_words)
    monkeypatch.setattr(pipeline, "MOST_GRAMS", most_grams)
    lines = [document(one.text) for one in mixed]
    labels = np.array([one.department for one in mixed])
    counts = count(lines, len(set(labels)))

    for part, unseen in StratifiedKFold(4, shuffle=True, random_state=0).split(lines, labels):
        weighed = weigh(counts, part)
        line = learn(weighed.features[part], labels[part])
        alone = cooked([mixed[i] for i in part])

        features = alone.named_steps["features"]
        words, grams = (vectorizer for _, vectorizer in features.transformer_list)
        assert weighed.words == tuple(words.get_feature_names_out())
        assert weighed.grams == tuple(grams.get_feature_names_out())
        np.testing.assert_array_equal(weighed.idf, np.concatenate([words.idf_, grams.idf_]))
        np.testing.assert_array_equal(weighed.features.toarray(), features.transform(lines).toarray())
        np.testing.assert_allclose(
            line.decision_values(weighed.features[unseen]),
            alone.decision_function([lines[i] for i in unseen]),
            atol=1e-5,
        )


def test_a_word_that_the_part_has_but_once_is_not_known_to_it() -> None:
    counts = count(["broken laptop", "broken door", "stolen laptop", "stolen door"], 2)

    assert known_words(weigh(counts, np.arange(4))) == {"broken", "stolen", "laptop", "door"}
    assert known_words(weigh(counts, np.array([0, 1, 2]))) == {"broken", "laptop"}


def test_a_part_without_a_common_word_is_refused() -> None:
    counts = count(["laptop", "door", "laptop", "door"], 2)

    with pytest.raises(ExamplesRefused, match="no words in common"):
        weigh(counts, np.array([0, 1]))
