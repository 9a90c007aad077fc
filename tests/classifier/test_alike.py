"""Near-duplicates are found, and nothing else is taken for one."""

from __future__ import annotations

import random

from classifier.alike import groups_of
from classifier.text import Text

LETTER = (
    "Dear colleagues, please register the new employee {} who starts on the first of next month in the dealer team, "
    "order a laptop and a telephone, prepare the accounts, and tell me when everything lies on the desk. Thank you."
)


def test_a_form_letter_with_another_name_is_the_same_text() -> None:
    letters = [Text("New starter", LETTER.format(name)) for name in ("Eva Lund", "Tobias Lang", "Jonas Petersen")]
    other = Text("VPN", "Since this morning the tunnel drops every ten minutes when I work from home.")

    assert groups_of([letters[0], other, *letters[1:]]).tolist() == [0, 1, 0, 0]


def test_numbers_addresses_and_capitals_make_no_other_text() -> None:
    texts = [Text("Ticket", f"See https://lindwerk.example/{n} FOR order {n}{n}{n}{n}{n} please") for n in range(2, 9)]

    assert set(groups_of(texts).tolist()) == {0}


def test_texts_about_the_same_thing_in_other_words_stay_apart() -> None:
    texts = [Text("VPN", "my vpn drops all the time"), Text("VPN", "the tunnel is down again, help"), Text("", "vpn?")]

    assert groups_of(texts).tolist() == [0, 1, 2]


def test_texts_that_share_half_of_their_words_by_chance_stay_apart() -> None:
    chance = random.Random(3)
    words = [f"word{number}" for number in range(40)]
    texts = [Text("", " ".join(chance.sample(words, 20))) for _ in range(300)]

    assert groups_of(texts).tolist() == list(range(300))


def test_short_and_empty_texts_are_alike_only_if_they_are_equal() -> None:
    assert groups_of([Text("", "vpn"), Text("", ""), Text("", "VPN"), Text("", "wlan"), Text("", "")]).tolist() == [
        0, 1, 0, 3, 1,
    ]  # fmt: skip
    assert groups_of([]).tolist() == []
