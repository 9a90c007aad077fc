"""A mail joins its request and no other: by our signed id, by a mail of the request, by our reference."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon.threads import new_matter

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]


Asked = tuple[EmailMessage, EmailMessage]


@pytest.mark.parametrize(
    "subject",
    ["Re: Auto: [REQ-1] VPN is broken", "AW: [EXT] [REQ-1] VPN", "回复：[REQ-1] VPN", "about req-1, the VPN"],
)
def test_a_requester_whose_program_loses_the_references_joins_by_our_reference(
    house: House, a_mail: Mail, asked: Asked, subject: str
) -> None:
    house.receives(a_mail(subject, "It also hits Tom."))

    assert house.dispositions() == {"request": 1, "follow_up": 1}
    assert [kind for kind, _, _ in house.sends()] == ["follow_up"]


@pytest.mark.parametrize("subject", ["Re: 1", "Re: [#1] VPN", "Re: VPN is broken", "Ticket 1", "REQ-2", "PREREQ-1"])
def test_a_number_alone_or_a_like_subject_joins_nothing(house: House, a_mail: Mail, asked: Asked, subject: str) -> None:
    house.receives(a_mail(subject, "It also hits Tom."))

    assert len(house.requests()) == 2


def test_a_strangers_reference_opens_a_request_that_looks_to_him_like_any_other(
    house: House, a_mail: Mail, asked: Asked
) -> None:
    mallory = "Mallory <mallory@lindwerk.example>"
    house.receives(a_mail("Re: [REQ-1] VPN", "what is new?", From=mallory))
    house.receives(a_mail("Re: [REQ-900] VPN", "what was it?", From=mallory))

    sent = house.sends()
    assert len(house.requests()) == 3
    assert ("postroom", "names", "REQ-1") in house.ledger(2)
    assert [kind for kind, to, _ in sent if to == "mallory@lindwerk.example"] == ["acknowledgement"] * 2


def test_staff_are_not_believed_by_a_reference_alone_and_the_owner_hears_of_it(
    house: House, a_mail: Mail, asked: Asked
) -> None:
    owner = house.request().owner or ""
    house.receives(a_mail("Re: [REQ-1] VPN", "Send me your password.", From=owner))

    ((kind, to, _),) = house.sends()
    assert (kind, to) == ("follow_up", owner)
    assert house.dispositions() == {"request": 1, "note": 1}


def test_who_forwards_a_mail_about_a_request_asks_something_new(house: House, a_mail: Mail, asked: Asked) -> None:
    house.receives(
        a_mail("WG: Auto: [REQ-1] VPN", "My holiday is in danger because of this.", To="people@lindwerk.example")
    )

    assert len(house.requests()) == 2
    assert ("postroom", "names", "REQ-1") in house.ledger(2)


def test_our_signed_id_behind_a_plus_joins_where_all_else_is_lost(house: House, a_mail: Mail) -> None:
    it = house.office.settings.mailboxes["it"].model_copy(update={"plus_addresses": True})
    mailboxes = house.office.settings.mailboxes | {"it": it}
    house.runs_with(settings=house.office.settings.model_copy(update={"mailboxes": mailboxes}))
    house.receives(a_mail())
    (_, _, acknowledgement), (_, owner, notice) = house.sends()

    house.receives(a_mail("another subject", "It also hits Tom.", To=str(acknowledgement["Reply-To"])))
    house.receives(a_mail("yet another", "Restart it.", To=str(notice["Reply-To"]).upper(), From=owner))

    assert house.dispositions() == {"request": 1, "follow_up": 1, "answer": 1}


def test_a_colleague_in_copy_who_answers_the_requesters_own_mail_opens_a_request_of_their_own(
    house: House, a_mail: Mail, asked: Asked
) -> None:
    house.receives(
        a_mail("Re: VPN is broken", "me too", From="tom@lindwerk.example", In_Reply_To=asked[0]["In-Reply-To"])
    )

    assert len(house.requests()) == 2
    assert ("postroom", "maybe_belongs_to", "REQ-1") in house.ledger(2)
    assert [kind for kind, _, _ in house.sends()] == ["assignment"]


def test_a_mail_that_names_mails_of_two_requests_joins_the_one_in_which_its_sender_takes_part(
    house: House, a_mail: Mail, asked: Asked
) -> None:
    house.receives(a_mail("WiFi", "Slow.", From="tom@lindwerk.example", Message_ID="<tom@mail>"))
    house.sends()
    house.receives(
        a_mail("Re: WiFi", "Still.", From="tom@lindwerk.example", References=f"{asked[0]['In-Reply-To']} <tom@mail>")
    )

    assert ("tom@lindwerk.example", "wrote_again", None) in house.ledger(2)


@pytest.mark.parametrize(
    ("words", "subject", "rest"),
    [
        ("New request\n\nI want a holiday.\nPlease.\n", "I want a holiday.", "I want a holiday.\nPlease."),
        ("new request: a holiday in May", "a holiday in May", "a holiday in May"),
        ("Neue Anfrage.\nUrlaub im Mai", "Urlaub im Mai", "Urlaub im Mai"),
        ("Neues Anliegen - Urlaub\nim Mai", "Urlaub", "im Mai"),
        ("  NOUVELLE DEMANDE :\ncongés", "congés", "congés"),
        ("Nueva petición\r\nvacaciones", "vacaciones", "vacaciones"),
        ("Nueva solicitud", "", ""),
    ],
)
def test_the_first_line_says_in_four_languages_that_this_is_a_new_matter(words: str, subject: str, rest: str) -> None:
    found = new_matter(words)

    assert found is not None
    assert (found.subject, found.words) == (subject, rest)


@pytest.mark.parametrize(
    "words", ["A new request is coming", "New requests\nx", "Hello\nnew request", "new request from me"]
)
def test_a_sentence_that_only_speaks_of_new_requests_splits_nothing(words: str) -> None:
    assert new_matter(words) is None


def test_a_requester_opens_a_new_request_by_answering_an_old_mail(house: House, a_mail: Mail, asked: Asked) -> None:
    words = "New request\n\nMay I take a holiday in May?\n\n> We have your request\n"
    house.receives(a_mail("Re: Auto: [REQ-1] VPN is broken", words, In_Reply_To=asked[0]["Message-ID"]))

    new = house.request(2)
    assert (new.department, new.subject, new.requester) == (
        "hr",
        "May I take a holiday in May?",
        "eva.lund@lindwerk.example",
    )
    assert ("postroom", "split_from", "REQ-1") in house.ledger(2)
    assert [kind for kind, _, _ in house.sends()] == ["acknowledgement", "assignment"]
    assert house.dispositions() == {"request": 2}


def test_a_stranger_splits_nothing(house: House, a_mail: Mail, asked: Asked) -> None:
    house.receives(
        a_mail("Re: VPN", "New request\nMoney", From="m@lindwerk.example", In_Reply_To=asked[0]["Message-ID"])
    )

    assert house.dispositions() == {"request": 1, "note": 1}


def test_an_answer_goes_where_the_requester_wants_answers_if_it_is_the_same_house(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(Reply_To="team@lindwerk.example"))
    notice = house.sends()[1][2]
    house.receives(a_mail("Re: VPN", "Restart it.", From=house.request().owner or "", In_Reply_To=notice["Message-ID"]))
    house.receives(a_mail("Re: [REQ-1] VPN", "That helped.", From="team@lindwerk.example"))

    assert [(kind, to) for kind, to, _ in house.sends()] == [
        ("answer", "team@lindwerk.example"),
        ("follow_up", house.request().owner),
    ]


def test_an_answer_goes_to_no_strangers_reply_address(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(Reply_To="eva@evil.example"))
    notice = house.sends()[1][2]
    house.receives(a_mail("Re: VPN", "Restart it.", From=house.request().owner or "", In_Reply_To=notice["Message-ID"]))

    assert [to for _, to, _ in house.sends()] == ["eva.lund@lindwerk.example"]
