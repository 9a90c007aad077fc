"""What the first line of a reply of staff asks for, and what is no such line."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.staff_words import TONGUES, StaffWord, Verb, orders, staff_word
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


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("übernehme ich es", None),
        ("übernehmen", StaffWord(Verb.CLAIM, "")),
        ("UEBERNEHMEN", StaffWord(Verb.CLAIM, "")),
        ("u\u0308bernehmen", StaffWord(Verb.CLAIM, "")),
        ("ablehnen: nicht mein Gebiet", StaffWord(Verb.DECLINE, "", "nicht mein Gebiet")),
        ("Übergeben an jonas@l.example: kennt es", StaffWord(Verb.HAND_OVER, "", "kennt es", "jonas@l.example")),
        ("zuweisen an finance", StaffWord(Verb.MOVE, "", department="finance")),
        ("warten auf Anfragenden bis Freitag", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.REQUESTER, named=4)),
        (
            "warten auf Dritte: Bestellung 4711",
            StaffWord(Verb.WAIT, "", "Bestellung 4711", waits_for=WaitsFor.THIRD_PARTY),
        ),
        ("warten bis zum 1.12.2026", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.DATE, day=DAY)),
        ("später bis Freitag, das Teil fehlt", StaffWord(Verb.LATER, "", "das Teil fehlt", named=4)),
        (
            "spaeter morgen um 9:30 Uhr: das Teil fehlt",
            StaffWord(Verb.LATER, "", "das Teil fehlt", at=time(9, 30), named=7),
        ),
        ("later by Monday", StaffWord(Verb.LATER, "", named=0)),
        ("later tomorrow 25:00", StaffWord(Verb.LATER, "", no_date="tomorrow 25:00")),
        ("Erledigt: neues Gateway", StaffWord(Verb.RESOLVE, "", "neues Gateway")),
        ("geloest", StaffWord(Verb.RESOLVE, "")),
        ("Schliessen", StaffWord(Verb.CLOSE, "")),
        ("wieder öffnen", StaffWord(Verb.REOPEN, "")),
        ("je prends", StaffWord(Verb.CLAIM, "")),
        ("transmettre a jonas@l.example", StaffWord(Verb.HAND_OVER, "", to="jonas@l.example")),
        (
            "attendre le demandeur jusqu\u2019au 1/12/2026",
            StaffWord(Verb.WAIT, "", waits_for=WaitsFor.REQUESTER, day=DAY),
        ),
        (
            "plus tard d'ici vendredi à 9h15 : la pièce manque",
            StaffWord(Verb.LATER, "", "la pièce manque", at=time(9, 15), named=4),
        ),
        ("plus tard le 31/02/2026", StaffWord(Verb.LATER, "", no_date="31/02/2026")),
        ("RÉSOLU", StaffWord(Verb.RESOLVE, "")),
        ("lo tomo", StaffWord(Verb.CLAIM, "")),
        ("esperar hasta mañana", StaffWord(Verb.WAIT, "", waits_for=WaitsFor.DATE, named=7)),
        ("mas tarde para el miercoles", StaffWord(Verb.LATER, "", named=2)),
        ("Resuelto: router nuevo", StaffWord(Verb.RESOLVE, "", "router nuevo")),
    ],
)
def test_the_same_is_said_in_the_other_languages_of_our_mails(line: str, word: StaffWord | None) -> None:
    assert staff_word(line) == word


@pytest.mark.parametrize(
    ("named", "day"),
    [(7, date(2026, 11, 28)), (5, date(2026, 11, 28)), (4, date(2026, 12, 4)), (0, date(2026, 11, 30))],
)
def test_a_day_that_is_named_is_the_next_of_its_name(named: int, day: date) -> None:
    friday = date(2026, 11, 27)

    assert StaffWord(Verb.WAIT, "", named=named).on(friday) == day


def test_every_language_says_everything() -> None:
    for tongue in TONGUES.values():
        assert set(tongue.words) == set(Verb) - {Verb.WAIT}
        assert len(tongue.days) == 8
        assert all((tongue.requester, tongue.third_party, tongue.wait, tongue.until, tongue.at))


def test_lines_at_the_top_that_name_requests_are_orders() -> None:
    found, below = orders("REQ-12 take\n\n[REQ-7]: resolve: by phone\nreq-3 do it\nThanks\nREQ-4 close")

    assert [(one.number, one.word) for one in found] == [
        (12, StaffWord(Verb.CLAIM, "")),
        (7, StaffWord(Verb.RESOLVE, "", "by phone")),
        (3, None),
    ]
    assert below == "Thanks\nREQ-4 close"


@pytest.mark.parametrize("words", ["Thanks!\nREQ-12 take", "REQ-12", "REQ-12take", "", "XREQ-1 take"])
def test_words_that_do_not_begin_with_such_a_line_are_none(words: str) -> None:
    assert orders(words) == ((), words.strip())


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
        "wait until noon",
        "Later today I will call you.",
        "Later on Friday I will call you.",
        "Später, bis Freitag!",
        "Morgen rufe ich Sie an.",
        "Erledigt.",
        "Plus tard demain je vous appelle",
        "later 1/12/2026",  # in January or in December?
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
