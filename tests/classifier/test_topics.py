"""Mails about something new are found among those that nobody could place."""

from __future__ import annotations

import random

from classifier.text import Text
from classifier.topics import new_topics

OFFICE = "laptop printer password salary holiday contract invoice payment chair window heating door screen"
BIKES = "ebike charging station parking rack battery helmet cable lock garage"
FILLING = "please can somebody help with my the since monday today again thanks kind regards"


def texts(words: str, n: int, seed: int) -> list[Text]:
    chance = random.Random(seed)
    return [
        Text(
            " ".join(chance.sample(words.split(), 2)),
            " ".join(chance.sample(words.split(), 4) + chance.sample(FILLING.split(), 4)),
        )
        for _ in range(n)
    ]


def test_a_new_topic_is_found_with_its_ten_most_typical_mails() -> None:
    # Each of the old mails is about other things; they were in triage because they fit several departments.
    asked = [*texts(OFFICE, 40, 1), *texts(BIKES, 20, 2)]

    (topic,) = new_topics(asked, texts(OFFICE, 300, 3))

    assert set(topic.mails) <= set(range(40, 60))
    assert len(topic.mails) >= 15
    assert len(topic.typical) == 10
    assert set(topic.typical) <= set(topic.mails)
    assert len(set(topic.words) & set(BIKES.split())) >= 5


def test_old_matters_are_no_new_topic() -> None:
    assert new_topics(texts(OFFICE, 60, 1), texts(OFFICE, 300, 3)) == ()


def test_few_mails_are_no_topic() -> None:
    assert new_topics(texts(BIKES, 7, 1), texts(OFFICE, 300, 3)) == ()
    assert new_topics([], []) == ()


def test_mails_without_words_are_no_topic() -> None:
    assert new_topics([Text("", "")] * 30, []) == ()
    assert new_topics([Text("", f"{'abcdefghijklmnopqrst'[n] * 5}") for n in range(20)], []) == ()


def test_of_very_many_mails_the_newest_are_looked_at() -> None:
    asked = [*texts(OFFICE, 1_495, 1), *texts(BIKES, 20, 2)]

    topics = new_topics(asked, texts(OFFICE, 300, 3))

    assert topics
    assert set(topics[0].mails) <= set(range(1_495, 1_515))
