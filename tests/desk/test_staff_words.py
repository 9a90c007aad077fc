"""What the first line of a reply of staff asks for, and what is no such line."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.staff_words import StaffWord, Verb, staff_word
from daemon.desk.waiting import WaitsFor

DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("claim", StaffWord(Verb.CLAIM, "")),
        ("  Take  ", StaffWord(Verb.CLAIM, "")),
        ("decline: not my field", StaffWord(Verb.DECLINE, "", "not my field")),
        ("hand over to Jonas@L.example", StaffWord(Verb.HAND_OVER, "", to="jonas@l.example")),
        ("assign to <jonas@l.example>: knows it", StaffWord(Verb.HAND_OVER, "", "knows it", "jonas@l.example")),
        ("move to hr", StaffWord(Verb.MOVE, "", department="hr")),
        ("assign to HR : theirs", StaffWord(Verb.MOVE, "", "theirs", department="hr")),
        ("wait for requester", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.REQUESTER)),
        (
            "Wait for third party until 2026-12-01: order 4711",
            StaffWord(Verb.WAIT, "", "order 4711", waits_for=WaitsFor.THIRD_PARTY, day=DAY),
        ),
        ("wait until 2026-12-01", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.DATE, day=DAY)),
        ("wait until 2026-02-31", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.DATE, no_date="2026-02-31")),
        ("later 2026-12-01 the part", StaffWord(Verb.LATER, "", "the part", day=DAY)),
        ("später am 1.12.2026 um 9:30 Uhr", StaffWord(Verb.LATER, "", day=DAY, at=time(9, 30))),
        ("Later: 2026-12-01 25:00 sorry", StaffWord(Verb.LATER, "", "sorry", no_date="2026-12-01 25:00")),
        ("resume", StaffWord(Verb.RESUME, "")),
        ("DONE: new gateway", StaffWord(Verb.RESOLVE, "", "new gateway")),
        ("close", StaffWord(Verb.CLOSE, "")),
        ("reopen", StaffWord(Verb.REOPEN, "")),
    ],
)
def test_a_line_of_the_grammar_is_a_staff_word(line: str, word: StaffWord) -> None:
    assert staff_word(line) == word


def test_what_stands_below_comes_along() -> None:
    word = staff_word("\n\nresolve\n\nThe gateway is new.\n\nJonas\n")

    assert (word.verb, word.rest) == (Verb.RESOLVE, "The gateway is new.\n\nJonas") if word else False


@pytest.mark.parametrize(
    "line",
    [
        "Done, please try again.",
        "Done.",
        "resolve it please",
        "Please resolve",
        "claims",
        "wait",
        "wait for you",
        "wait until tomorrow",
        "Later today I will call you.",
        "I will do it later 2026-12-01",
        "2026-12-01",
        "Later, sorry.",
        "later 2026-12-012",
        "move to People & HR",
        "hand over to jonas",
        "hand over to a@b c@d",
        "> resolve",
        "resolve\u200b",
    ],
)
def test_everything_else_is_for_the_requester(line: str) -> None:
    assert staff_word(f"{line}\nresolve\n") is None


@given(st.text(max_size=200))
def test_no_text_breaks_the_grammar_and_what_stands_below_is_part_of_it(text: str) -> None:
    word = staff_word(text)

    assert word is None or word.rest in text
