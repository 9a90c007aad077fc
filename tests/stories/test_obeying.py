"""A word at the top of a reply of staff is obeyed; whoever may not say it reads why, and nothing happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, escalations
from daemon.store import appointments, clocks, ledger

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, EVA = "mara.vogt@lindwerk.example", "eva.lund@lindwerk.example"
TOBIAS = "tobias.lang@lindwerk.example"


@pytest.fixture
def notice(house: House, a_mail: Mail) -> EmailMessage:
    """Eva has asked; the notice that Jonas, who owns it, got."""
    house.receives(a_mail())
    (found,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    return found


def says(house: House, a_mail: Mail, notice: EmailMessage, words: str, who: str = JONAS, **headers: str) -> None:
    fields = {"From": who, "In_Reply_To": notice["Message-ID"]}
    house.receives(a_mail("Re: [REQ-1] VPN", f"{words}\n\n> Since this morning.\n", **(fields | headers)))


def sent(house: House) -> list[tuple[str, str, str]]:
    """(kind, recipient, text on one line) of each new mail."""
    return [(kind, to, " ".join(mail.get_body(("plain",)).get_content().split())) for kind, to, mail in house.sends()]


def running(house: House) -> set[str]:
    with house.office.store.reading() as connection:
        return {one.kind for one in clocks.of_request(connection, 1) if one.stopped_at is None}


def test_resolve_ends_it_and_what_stands_below_goes_to_the_requester(
    house: House, a_mail: Mail, notice: EmailMessage
) -> None:
    says(house, a_mail, notice, "resolve\n\nPlease restart the client.")
    (answer, done) = sent(house)

    assert (house.request().status, running(house)) == ("resolved", set())
    assert answer[:2] == ("answer", EVA)
    assert "Please restart the client." in answer[2]
    assert "resolve" not in answer[2]
    assert done[:2] == ("staff_notice", JONAS)
    assert "Done: REQ-1 is resolved. IT has it, and its owner is Jonas Petersen." in done[2]
    assert (JONAS, "status", "resolved") in house.ledger()


def test_a_word_alone_tells_the_requester_nothing(house: House, a_mail: Mail, notice: EmailMessage) -> None:
    says(house, a_mail, notice, "done: called her")

    assert [(kind, to) for kind, to, _ in sent(house)] == [("staff_notice", JONAS)]
    assert house.dispositions() == {"request": 1, "staff_word": 1}


def test_a_question_to_the_requester_makes_it_wait_until_they_answer(
    house: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    says(house, a_mail, notice, "wait for requester\nWhich laptop is it?")
    waits, clocks_then = house.request().status, running(house)
    house.receives(a_mail("Re: [REQ-1] VPN", "The grey one.\n"))

    assert (waits, clocks_then) == ("waiting", {"resolution"})  # the question was the first response
    assert house.request().status == "open"
    with house.office.store.reading() as connection:
        why = [one.why for one in ledger.of_request(connection, 1) if one.to_value == "waiting"]
    assert why == ["for the requester until 07 Dec 2026 10:00: Which laptop is it?"]


def test_a_day_until_which_it_waits(house: House, a_mail: Mail, notice: EmailMessage) -> None:
    says(house, a_mail, notice, "wait until 2026-12-01: the gateway comes")

    with house.office.store.reading() as connection:
        (one,) = appointments.of_request(connection, 1)
    assert (one.kind, one.due_at) == ("wait_over", dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC))


def test_a_word_in_another_language_with_a_day_that_is_named(
    house: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    says(house, a_mail, notice, "Später bis Freitag um 15:00 Uhr: das Teil fehlt")
    promised = sent(house)
    day.goes_on(minutes=1)
    says(house, a_mail, notice, "Warten auf Dritte bis morgen\n")

    assert [(kind, to) for kind, to, _ in promised] == [("new_date", EVA), ("staff_notice", JONAS)]
    assert "27 November" in promised[1][2]
    with house.office.store.reading() as connection:
        (one,) = appointments.of_request(connection, 1)
    assert (house.request().status, one.due_at) == ("waiting", dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC))


def test_move_gives_it_to_another_department_with_the_words_below_as_the_reason(
    house: House, a_mail: Mail, notice: EmailMessage
) -> None:
    says(house, a_mail, notice, "move to hr\nIt is about her contract.")
    mails = sent(house)

    assert (house.request().department, house.request().owner) == ("hr", TOBIAS)
    assert [(kind, to) for kind, to, _ in mails] == [
        ("assignment", TOBIAS),
        ("new_owner", EVA),
        ("staff_notice", JONAS),
    ]
    assert (JONAS, "routed", "hr") in house.ledger()


def test_hand_over_and_decline_and_claim_change_the_owner(
    house: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    says(house, a_mail, notice, f"hand over to {AYLIN}: knows the gateway")
    (to_aylin,) = [mail for kind, to, mail in house.sends() if (kind, to) == ("assignment", AYLIN)]
    first = house.request().owner
    day.goes_on(minutes=1)
    says(house, a_mail, to_aylin, "decline: on a course", who=AYLIN)
    second = house.request().owner
    day.goes_on(minutes=1)
    says(house, a_mail, to_aylin, "claim", who=AYLIN)

    assert (first, second, house.request().owner) == (AYLIN, MARA, AYLIN)


def test_triage_is_sorted_by_one_line(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("The thing", "Please call.\n"))
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    says(house, a_mail, notice, "move to hr", who="anke.wulf@lindwerk.example")

    assert (house.request().department, house.request().owner) == ("hr", TOBIAS)


def refused(house: House, to: str) -> str:
    ((kind, recipient, text),) = sent(house)
    assert (kind, recipient) == ("staff_notice", to)
    assert "Nothing was done, and nothing was sent to anybody" in text
    return text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("resume\nAt last.", "a request that is open cannot be taken up again; only one that is waiting can."),
        ("wait until 2028-01-01", "It may wait until 2027-05-22 at the longest; say an earlier day than 2028-01-01."),
        ("later 2026-11-29 sorry", "nobody works on Sunday, 2026-11-29"),
        ("wait until 2026-02-31", "2026-02-31 is no day or time that exists"),
        ("move to legal", "There is no department 'legal'; the departments are it, hr."),
        (f"hand over to {TOBIAS}", f"{TOBIAS} does not belong to IT; its people are {JONAS}, {AYLIN}."),
        (f"hand over to {EVA}", f"{EVA} asks REQ-1; nobody owns a request of their own."),
    ],
)
def test_what_cannot_be_done_is_said_to_whoever_wanted_it_and_changes_nothing(
    house: House, a_mail: Mail, notice: EmailMessage, words: str, sentence: str
) -> None:
    before = house.request()
    says(house, a_mail, notice, words)

    assert sentence in refused(house, JONAS)
    assert house.request() == before
    assert running(house) == {"first_response", "resolution"}
    assert house.dispositions() == {"request": 1, "refused": 1}


def test_a_claim_that_cannot_be_is_refused_before_a_word_of_it_goes_out(
    house: House, a_mail: Mail, notice: EmailMessage
) -> None:
    assigning.assign(house.office, 1, department=None, owner=AYLIN, actor="mara", why="hers")
    assigning.resolve(house.office, 1, actor="mara", why="done")
    house.sends()
    says(house, a_mail, notice, "claim\n\nI look at it.")

    assert "REQ-1 is resolved; only an unfinished request can be given away." in refused(house, JONAS)
    assert house.dispositions() == {"request": 1, "refused": 1}


def test_a_colleague_may_claim_and_nothing_else(house: House, a_mail: Mail, notice: EmailMessage, day: Day) -> None:
    assigning.assign(house.office, 1, department=None, owner=AYLIN, actor="mara", why="hers")
    house.sends()
    says(house, a_mail, notice, "resolve")
    said = refused(house, JONAS)
    day.goes_on(minutes=1)
    says(house, a_mail, notice, "claim")

    assert "Only its owner (Aylin Demir) or the lead can do that with REQ-1. If you take it, write: claim" in said
    assert house.request().owner == JONAS


def test_the_lead_may_do_it_in_answer_to_a_warning(house: House, a_mail: Mail, notice: EmailMessage, day: Day) -> None:
    day.goes_on(hours=4)
    escalations.fire_due(house.office)
    (warning,) = [mail for _, to, mail in house.sends() if to == MARA]
    says(house, a_mail, warning, "resolve", who=MARA)

    assert house.request().status == "resolved"


@pytest.mark.parametrize(
    "fields",
    [
        {"From": AYLIN},  # a colleague to whom the notice was forwarded
        {"From": "mallory@outside.example"},
        {"From": f"{JONAS}, {AYLIN}"},
        {"In_Reply_To": "<a.forged@lindwerk.example>"},
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "auto-replied"},
    ],
    ids=str,
)
def test_nobody_and_no_program_can_do_it_in_the_owners_name(
    house: House, a_mail: Mail, notice: EmailMessage, fields: dict[str, str]
) -> None:
    says(house, a_mail, notice, "resolve", **fields)

    assert house.request().status == "open"
    assert running(house) == {"first_response", "resolution"}


def test_the_requester_who_writes_such_a_word_only_writes_again(
    house: House, a_mail: Mail, notice: EmailMessage
) -> None:
    house.receives(a_mail("Re: [REQ-1] VPN", "resolve\n"))

    assert (house.request().status, house.dispositions()) == ("open", {"request": 1, "follow_up": 1})


def test_who_has_left_the_department_is_not_obeyed(house: House, a_mail: Mail, notice: EmailMessage) -> None:
    assigning.assign(house.office, 1, department="hr", owner=None, actor="mara", why="theirs")
    says(house, a_mail, notice, "resolve")

    assert house.request().status == "open"
