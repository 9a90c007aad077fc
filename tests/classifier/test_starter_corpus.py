"""The starter corpus is fit to learn from: eight departments, four languages, no text twice, nobody's real address."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations

import pytest

DEPARTMENTS = {"communications", "facilities", "finance", "hr", "it", "legal", "procurement", "security"}
LANGUAGES = {"en", "de", "fr", "es"}
FEWEST_TEXTS = 60
FEWEST_PER_LANGUAGE = 10
NEAR = 0.6  # share of common word triples from which on one text is a copy of the other with a few words changed

HOST_OF_ADDRESS = re.compile(r"@([\w-]+(?:\.[\w-]+)*)")
HOST_OF_LINK = re.compile(r"(?:\w+://|\bwww\.)([\w.-]*\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of the corpus: where it stands and the JSON value found there."""

    file: str
    number: int
    value: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"

    @property
    def words(self) -> str:
        return f"{self.value['subject']} {self.value['text']}"


@pytest.fixture(scope="module")
def corpus() -> list[Line]:
    """Every line of the corpus as it is written, before any reader mends or drops one."""
    entries = (files("classifier") / "starter").iterdir()
    return [
        Line(entry.name, number, json.loads(line))
        for entry in sorted(entries, key=lambda one: one.name)
        for number, line in enumerate(entry.read_text(encoding="utf-8").split("\n"), 1)
        if line
    ]


def near_copies(texts: list[str]) -> set[tuple[int, int]]:
    """Pairs of positions whose texts share more than `NEAR` of their word triples (Jaccard).

    Goes by the triples, not by the pairs: nearly all triples stand in one text only, so few pairs are ever counted.
    """
    words = [re.findall(r"\w+", text.casefold()) for text in texts]
    triples = [{tuple(each[at : at + 3]) for at in range(max(1, len(each) - 2))} for each in words]
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, mine in enumerate(triples):
        for triple in mine:
            holders[triple].append(position)
    shared = Counter(pair for positions in holders.values() for pair in combinations(positions, 2))
    return {
        (one, other)
        for (one, other), common in shared.items()
        if common > NEAR * (len(triples[one]) + len(triples[other]) - common)
    }


def test_every_department_has_at_least_sixty_texts(corpus: list[Line]) -> None:
    counts = Counter(line.file.removesuffix(".jsonl") for line in corpus)

    assert set(counts) == DEPARTMENTS
    assert {name: count for name, count in counts.items() if count < FEWEST_TEXTS} == {}


def test_every_department_writes_in_all_four_languages(corpus: list[Line]) -> None:
    counts = Counter((line.file, line.value["language"]) for line in corpus)

    assert {language for _, language in counts} == LANGUAGES
    assert len(counts) == len(DEPARTMENTS) * len(LANGUAGES)
    assert {place: count for place, count in counts.items() if count < FEWEST_PER_LANGUAGE} == {}


def test_every_line_has_exactly_language_subject_and_text(corpus: list[Line]) -> None:
    assert [line.place for line in corpus if set(line.value) != {"language", "subject", "text"}] == []
    assert [line.place for line in corpus if not all(isinstance(field, str) for field in line.value.values())] == []
    assert [line.place for line in corpus if not line.value["text"].strip()] == []


def test_no_two_texts_are_the_same_after_case_folding(corpus: list[Line]) -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for line in corpus:
        places[" ".join(line.value["text"].casefold().split())].append(line.place)

    assert [twice for twice in places.values() if len(twice) > 1] == []


def test_no_text_is_another_one_with_a_few_words_changed(corpus: list[Line]) -> None:
    found = near_copies([line.words for line in corpus])

    assert [(corpus[one].place, corpus[other].place) for one, other in sorted(found)] == []


def test_a_text_with_one_word_changed_would_be_found() -> None:
    first = "Could you please block my badge today, I have lost it somewhere between the tram and the office."
    second = first.replace("tram", "bus")
    other = "The printer on the third floor prints every page twice since the update of last night, please help."

    assert near_copies([first, other, second]) == {(0, 2)}


def test_no_address_or_link_leads_to_a_host_that_may_exist(corpus: list[Line]) -> None:
    outside = [
        (line.place, host)
        for line in corpus
        for host in HOST_OF_ADDRESS.findall(line.words) + HOST_OF_LINK.findall(line.words)
        if not host.casefold().endswith(".example")
    ]

    assert outside == []
