"""A reply of staff to a mail of ours that is about no single request opens none: it is obeyed, or says how to act."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, escalations, frozen_mail, house_mail
from daemon.store import absences, outbox

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, TOBIAS = "mara.vogt@lindwerk.example", "tobias.lang@lindwerk.example"
OLGA = "olga.ops@lindwerk.example"


@pytest.fixture
def digest(house: House, a_mail: Mail, day: Day) -> EmailMessage:
    """Eight requests are late at once; the mail that Mara, their lead, got about all of them."""
    for number in range(8):
        house.receives(a_mail(f"VPN {number}", f"It is broken, {number}.\n", From=f"<eva.{number}@lindwerk.example>"))
    day.goes_on(hours=4)
    escalations.fire_due(house.office)
    (found,) = [mail for kind, _, mail in house.sends() if kind == "deadlines"]
    return found


def says(house: House, a_mail: Mail, mail: EmailMessage, words: str, who: str = MARA, **headers: str) -> None:
    fields = {"From": who, "In_Reply_To": mail["Message-ID"]}
    subject = headers.pop("subject", f"Re: {mail['Subject']}")
    house.receives(a_mail(subject, f"{words}\n\n> Hello\n", **(fields | headers)))


def heard(house: House) -> list[tuple[str, str, str]]:
    """(kind, recipient, text on one line) of each new mail."""
    return [(kind, to, words_of(mail)) for kind, to, mail in house.sends()]


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def test_a_reply_to_a_digest_opens_nothing_and_says_how_to_act(
    house: House, a_mail: Mail, digest: EmailMessage
) -> None:
    says(house, a_mail, digest, "Jonas, please take the first two.")
    ((kind, to, text),) = heard(house)

    assert (kind, to) == ("house_notice", MARA)
    assert "No request was opened, nothing was done, and your words were passed on to nobody." in text
    assert "It named REQ-1, REQ-2, REQ-3, REQ-4, REQ-5, REQ-6, REQ-7, REQ-8" in text
    assert "`REQ-1 take`, `REQ-2 resolve: told by phone`" in text
    assert house.dispositions() == {"request": 8, "named_no_request": 1}


def test_lines_that_name_requests_are_obeyed_each_for_itself(house: House, a_mail: Mail, digest: EmailMessage) -> None:
    says(
        house,
        a_mail,
        digest,
        f"REQ-1 take\n[REQ-2]: hand over to {AYLIN}: she knows it\nREQ-3 erledigt: by phone\nREQ-4 do something\n"
        "REQ-99 take\n\nThanks to all of you!",
    )
    sent = heard(house)
    (text,) = [text for kind, to, text in sent if (kind, to) == ("house_notice", MARA)]

    assert (house.request(1).owner, house.request(2).owner, house.request(3).status) == (MARA, AYLIN, "resolved")
    assert (MARA, "owner", MARA) in house.ledger(1)
    assert "3 of 5 lines were carried out." in text
    assert 'REQ-1 "take" is done: REQ-1 is open. IT has it, and its owner is' in text
    assert 'REQ-4 "do something" is not done: these are no staff words' in text
    assert 'REQ-99 "take" is not done: you take no part in it, or there is no such request' in text
    assert 'What stood below them, from "Thanks to all of you!" on, was read by nobody and sent to nobody.' in text
    assert house.dispositions() == {"request": 8, "staff_word": 1}


def test_more_lines_than_are_obeyed_at_once_are_said_to_be_left(
    house: House, a_mail: Mail, digest: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_mail, "LINES", 2)
    says(house, a_mail, digest, "REQ-1 take\nREQ-2 take\nREQ-3 take\nREQ-4 take")
    (text,) = [text for kind, _, text in heard(house) if kind == "house_notice"]

    assert "2 of 2 lines were carried out." in text
    assert 'from "REQ-3 take" on, was read by nobody' in text
    assert house.request(3).owner != MARA


def test_whoever_answers_what_we_answered_hears_no_more_unless_they_name_a_request(
    house: House, a_mail: Mail, digest: EmailMessage
) -> None:
    says(house, a_mail, digest, "Please hurry.")
    ((_, _, first),) = [one for one in house.sends() if one[0] == "house_notice"]
    says(house, a_mail, first, "I have no time for this.")
    silence = house.sends()
    says(house, a_mail, first, "REQ-5 take")

    assert silence == []
    assert [kind for kind, _, _ in house.sends()] == ["assignment", "new_owner", "house_notice"]
    assert (house.request(5).owner, len(house.requests())) == (MARA, 8)


def test_a_mail_that_always_answers_the_same_is_answered_so_often_and_no_more(
    house: House, a_mail: Mail, digest: EmailMessage
) -> None:
    for _ in range(12):
        says(house, a_mail, digest, "Thank you for your mail. I read it on Mondays.")

    assert [kind for kind, _, _ in house.sends()] == ["house_notice"] * 10
    assert house.dispositions() == {"request": 8, "named_no_request": 10, "ceiling": 2}


@pytest.mark.parametrize("who", [AYLIN, TOBIAS])
def test_whoever_did_not_get_the_digest_can_do_nothing_by_it(
    house: House, a_mail: Mail, digest: EmailMessage, who: str
) -> None:
    before = house.request()
    says(house, a_mail, digest, "REQ-1 resolve", who)
    ((kind, to, text),) = heard(house)

    assert (kind, to) == ("house_notice", who)
    assert f"our mail went to {MARA}, and only who got it can answer it so" in text
    assert house.request() == before
    assert house.dispositions() == {"request": 8, "refused": 1}


def test_a_request_of_another_department_is_none_of_ones_business(
    house: House, a_mail: Mail, digest: EmailMessage
) -> None:
    assigning.assign(house.office, 1, department="hr", owner=None, actor="anke", why="theirs")
    house.sends()
    says(house, a_mail, digest, "REQ-1 take")

    assert "you take no part in it, or there is no such request" in heard(house)[0][2]
    assert house.request().owner == TOBIAS


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"subject": "Automatic reply: 8 requests need a look: 8 late", "X_Auto_Response_Suppress": "All"},
    ],
    ids=str,
)
def test_a_programs_reply_is_filed_and_answered_by_nobody(
    house: House, a_mail: Mail, digest: EmailMessage, fields: dict[str, str]
) -> None:
    says(house, a_mail, digest, "REQ-1 resolve", **fields)

    assert house.sends() == []
    assert (house.request().status, len(house.requests())) == ("open", 8)


def test_an_absence_notice_that_answers_a_digest_is_believed(
    house: House, a_mail: Mail, digest: EmailMessage, day: Day
) -> None:
    says(
        house,
        a_mail,
        digest,
        "I am out of the office until 27 November 2026.",
        subject="Automatic reply: 8 requests need a look: 8 late",
        Auto_Submitted="auto-replied",
    )
    with house.office.store.reading() as connection:
        away = absences.away(connection, day.at)

    assert (away, house.sends()) == (frozenset({MARA}), [])


def test_who_forwards_the_digest_asks_something_new_and_so_does_an_outsider(
    house: House, a_mail: Mail, digest: EmailMessage
) -> None:
    says(house, a_mail, digest, "Why is all of this late?", AYLIN, subject=f"WG: {digest['Subject']}")
    says(house, a_mail, digest, "Why is all of this late?", "mallory@outside.example")
    says(house, a_mail, digest, "Why is this late?", OLGA, In_Reply_To="<a.forged@lindwerk.example>")

    assert house.dispositions() == {"request": 11}


def test_a_reply_to_an_alarm_that_names_a_request_in_its_subject_opens_none(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    with house.office.store.writing() as database:
        outbox.put(database, frozen_mail.unanswerable_alarm(house.office, "k", 1, "the address is ours", day.at))
    (alarm,) = [mail for kind, _, mail in house.sends() if kind == "alarm"]
    says(house, a_mail, alarm, "I will see to it.", OLGA)

    assert [(kind, to) for kind, to, _ in house.sends()] == [("house_notice", OLGA)]
    assert house.dispositions() == {"request": 1, "named_no_request": 1}
