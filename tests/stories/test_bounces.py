"""A mail of ours comes back for good: nothing automatic goes there for sixty days, and who must act hears of it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, bounces
from daemon.store import outbox, unreachable

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
EVA = "eva.lund@lindwerk.example"


def bounce_of(header_id: str, to: str = EVA, status: str = "5.1.1", action: str = "failed") -> bytes:
    """What a mail server sends back about the mail with this Message-ID (RFC 3464)."""
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.lindwerk.example>\r\n"
        "To: it@lindwerk.example\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not be "
        "delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.lindwerk.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {header_id}\r\nSubject: x\r\n--b--\r\n"
    ).encode()


def asked(house: House, a_mail: Mail) -> dict[str, EmailMessage]:
    """Eva has asked; the mails of which she and the owner hear, by kind."""
    house.receives(a_mail())
    return {kind: mail for kind, _, mail in house.sends()}


def unreachables(house: House) -> list[str]:
    with house.office.store.reading() as connection:
        return [one.address for one in unreachable.listing(connection, house.office.now())]


def test_after_a_bounce_nothing_automatic_goes_there_for_sixty_days(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(bounce_of(asked(house, a_mail)["acknowledgement"]["Message-ID"]))
    house.receives(a_mail("WiFi"))
    held = [(kind, to) for kind, to, _ in house.sends() if to == EVA]
    day.goes_on(days=60, minutes=1)
    house.receives(a_mail("Wifi again"))

    assert held == []
    assert house.dispositions()["bounce"] == 1
    assert ("postroom", "unreachable", EVA) in house.ledger()
    assert [kind for kind, to, _ in house.sends() if to == EVA] == ["acknowledgement"]


def test_a_hundred_bounces_make_no_request_and_no_mail(house: House, a_mail: Mail) -> None:
    acknowledgement = asked(house, a_mail)["acknowledgement"]["Message-ID"]
    for number in range(20):
        house.receives(bounce_of(acknowledgement, status=f"5.{number % 8}.{number}"))

    assert (len(house.requests()), house.sends()) == (1, [])
    assert house.dispositions() == {"request": 1, "bounce": 20}


@pytest.mark.parametrize(
    ("of", "values"),
    [
        ("acknowledgement", {"status": "4.4.7", "action": "delayed"}),
        ("acknowledgement", {"status": "4.4.7", "action": "failed"}),
        ("nothing of ours", {}),
    ],
)
def test_a_delay_or_a_bounce_without_an_id_of_ours_makes_nobody_unreachable(
    house: House, a_mail: Mail, of: str, values: dict[str, str]
) -> None:
    sent = asked(house, a_mail)
    house.receives(bounce_of(sent[of]["Message-ID"] if of in sent else "<a.forged.k1@lindwerk.example>", **values))

    assert unreachables(house) == []


def test_a_bounce_is_believed_only_about_whom_the_mail_went_to(house: House, a_mail: Mail) -> None:
    """Mallory was acknowledged, and says that it was Eva who could not be reached."""
    house.receives(a_mail(From="mallory@lindwerk.example"))
    (acknowledgement,) = [mail for kind, _, mail in house.sends() if kind == "acknowledgement"]
    house.receives(bounce_of(acknowledgement["Message-ID"], to=EVA))

    assert unreachables(house) == ["mallory@lindwerk.example"]


def test_staff_are_told_whatever_came_back_and_the_operators_hear_of_it_once(house: House, a_mail: Mail) -> None:
    sent = asked(house, a_mail)
    owner = house.request().owner or ""
    for status in ("5.1.1", "5.2.2"):
        house.receives(bounce_of(sent["assignment"]["Message-ID"], to=owner, status=status))

    ((kind, to, mail),) = house.sends()
    assert (kind, to) == ("alarm", "olga.ops@lindwerk.example")
    assert owner in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert unreachables(house) == []


def test_an_answer_that_comes_back_is_told_to_the_operators(house: House, a_mail: Mail) -> None:
    notice = asked(house, a_mail)["assignment"]
    house.receives(a_mail("Re: VPN", "Restart it.", From=house.request().owner, In_Reply_To=notice["Message-ID"]))
    ((_, _, answer),) = house.sends()
    house.receives(bounce_of(answer["Message-ID"]))

    assert [kind for kind, _, _ in house.sends()] == ["alarm"]
    assert unreachables(house) == [EVA]


def test_who_cannot_be_reached_hears_nothing_of_a_new_owner(house: House, a_mail: Mail) -> None:
    house.receives(bounce_of(asked(house, a_mail)["acknowledgement"]["Message-ID"]))
    assigning.assign(house.office, 1, department="hr", owner=None, actor="anke", why="leave")

    assert [kind for kind, _, _ in house.sends()] == ["assignment"]


@pytest.mark.parametrize(
    ("reply", "held"),
    [
        ("550 5.1.1 <eva.lund@lindwerk.example>: user unknown", [EVA]),
        ("550 5.7.1 relaying denied", []),
        ("554 5.6.0 message content rejected", []),
        ("552 message size exceeds 5.1.11.2", []),
    ],
)
def test_a_refusal_holds_an_address_only_if_it_speaks_of_the_address(
    house: House, a_mail: Mail, reply: str, held: list[str]
) -> None:
    asked(house, a_mail)
    with house.office.store.writing() as connection:
        (mail, *_) = [
            one for one in outbox.claim(connection, "test", house.office.now()) if one.kind == "acknowledgement"
        ]
        bounces.refused(connection, mail, reply, house.office.now())

    assert unreachables(house) == held


def test_a_bounce_in_text_alone_holds_an_address_too(house: House, a_mail: Mail) -> None:
    acknowledgement = asked(house, a_mail)["acknowledgement"]
    returned = acknowledgement.as_bytes(policy=SMTP)
    bounce = (
        b"Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.lindwerk.example\r\nTo: it@lindwerk.example\r\n"
        b"Subject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.lindwerk.example.\r\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        b"This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n<eva.lund@lindwerk.example>:\r\n"
        b"Sorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n"
    )
    house.receives(bounce + returned)

    assert unreachables(house) == [EVA]
