"""A mail to two shared addresses is one mail, also when one of its copies could not be read."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, intake
from daemon.store import copies, messages

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
EVA, JONAS, TOBIAS = (f"{name}@lindwerk.example" for name in ("eva.lund", "jonas.petersen", "tobias.lang"))


def lies_in(house: House, mailbox: str, mail: EmailMessage) -> copies.Copy:
    """A copy is accepted there, with the line that its delivery adds; its number among the accepted."""
    house.uid += 1
    content = b"Delivered-To: %s\r\n" % mailbox.encode() + mail.as_bytes(policy=SMTP)
    now = house.office.now()
    (copy,) = intake.accept([copies.Arrival(mailbox, 1, house.uid, content, now)], house.office, now)
    return copy


def is_set_aside(house: House, copy: copies.Copy) -> None:
    intake.set_aside(intake.Unreadable(copy, "could not be taken in, in 3 attempts"), house.office)


def is_read(house: House, copy: copies.Copy) -> None:
    assert intake.take_in_again(copy, house.office) == 1


def test_a_copy_that_is_set_aside_after_the_other_was_read_belongs_to_its_request(house: House, a_mail: Mail) -> None:
    mail = a_mail(To="it@lindwerk.example, people@lindwerk.example")
    one, other = lies_in(house, "it", mail), lies_in(house, "people", mail)
    is_read(house, one)

    is_set_aside(house, other)

    assert [(request.subject, request.requester) for request in house.requests()] == [("VPN is broken", EVA)]
    assert house.copies() == {"done": 2}
    assert ("postroom", "also_received", "people@lindwerk.example") in house.ledger()
    assert "alarm" not in [kind for kind, _, _ in house.sends()]


def test_a_copy_that_is_read_after_the_other_was_set_aside_takes_the_place_of_the_placeholder(
    house: House, a_mail: Mail, day: Day
) -> None:
    mail = a_mail(To="it@lindwerk.example, people@lindwerk.example")
    one, other = lies_in(house, "it", mail), lies_in(house, "people", mail)
    is_set_aside(house, other)
    house.sends()
    day.goes_on(minutes=5)

    is_read(house, one)

    (request,) = house.requests()
    assert (request.id, request.subject, request.requester, request.department, request.owner, request.status) == (
        *(1, "VPN is broken", EVA, "it"),
        *(JONAS, "open"),
    )
    assert house.copies() == {"done": 2}
    assert house.dispositions() == {"request": 1}
    assert [(kind, to) for kind, to, _ in house.sends()] == [("acknowledgement", EVA), ("assignment", JONAS)]
    assert [line[1:] for line in house.ledger()] == [
        *[("quarantined", "triage")],
        *[("read_after_all", "it"), ("opened", "it"), ("routed", "it"), ("owner", JONAS)],
        ("addressed_to", "it@lindwerk.example, people@lindwerk.example"),
    ]


def test_of_two_copies_that_are_both_set_aside_one_placeholder_stands_there(house: House, a_mail: Mail) -> None:
    mail = a_mail()
    for mailbox in ("it", "people"):
        is_set_aside(house, lies_in(house, mailbox, mail))

    assert [request.subject for request in house.requests()] == ["Unreadable mail in it"]
    assert house.copies() == {"quarantined": 2}


def test_a_placeholder_that_belongs_to_somebody_else_changes_hands_in_its_ledger(house: House, a_mail: Mail) -> None:
    leave = a_mail("My holiday", To="people@lindwerk.example, it@lindwerk.example")
    is_set_aside(house, lies_in(house, "it", leave))
    before = house.request().owner

    is_read(house, lies_in(house, "people", leave))

    assert (before, house.request().owner) == (JONAS, TOBIAS)
    with house.office.store.reading() as connection:
        lines = connection.exec_driver_sql("select from_value, to_value from ledger where what = 'owner' order by id")
        assert [tuple(line) for line in lines] == [(None, JONAS), (JONAS, TOBIAS)]


def test_a_placeholder_for_the_mail_of_a_machine_is_resolved_when_a_copy_is_read(house: House, a_mail: Mail) -> None:
    answer = a_mail("Out of office", Auto_Submitted="auto-replied")
    is_set_aside(house, lies_in(house, "people", answer))

    is_read(house, lies_in(house, "it", answer))

    assert [(request.subject, request.status) for request in house.requests()] == [
        ("Unreadable mail in people", "resolved")
    ]
    assert house.copies() == {"done": 2}
    assert [what for _, what, _ in house.ledger()][-2:] == ["read_after_all", "status"]


def test_a_placeholder_that_a_person_has_ended_stays_ended(house: House, a_mail: Mail) -> None:
    mail = a_mail()
    is_set_aside(house, lies_in(house, "people", mail))
    assigning.resolve(house.office, 1, actor=JONAS, why="read by eye")

    is_read(house, lies_in(house, "it", mail))

    assert [(one.subject, one.status) for one in house.requests()] == [
        ("VPN is broken", "open"),
        ("Unreadable mail in people", "resolved"),
    ]


@pytest.mark.parametrize("differs", ["Date", "From", "Subject"])
def test_another_mail_with_the_same_message_id_is_not_taken_for_a_copy(
    house: House, a_mail: Mail, differs: str
) -> None:
    mail, other = a_mail(), a_mail()
    other.replace_header("Message-ID", mail["Message-ID"])
    value = {"Date": "Tue, 24 Nov 2026 10:00:00 +0100", "From": JONAS, "Subject": "VPN again"}[differs]
    other.replace_header(differs, value)
    is_read(house, lies_in(house, "it", mail))

    is_set_aside(house, lies_in(house, "it", other))

    assert house.copies() == {"done": 1, "quarantined": 1}
    assert len(house.requests()) == 2


def test_the_message_of_a_placeholder_becomes_that_of_the_mail(house: House, a_mail: Mail) -> None:
    mail = a_mail()
    is_set_aside(house, lies_in(house, "people", mail))
    is_read(house, lies_in(house, "it", mail))

    house.receives(b"Delivered-To: a third one\r\n" + mail.as_bytes(policy=SMTP))

    assert len(house.requests()) == 1
    with house.office.store.reading() as connection:
        (message,) = messages.of_request(connection, 1)
    assert (message.sender, message.subject, message.acknowledged) == (EVA, "VPN is broken", True)
