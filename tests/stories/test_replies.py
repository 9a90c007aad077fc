"""A reply moves its request and its clocks; and only by an id and from a person that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning
from daemon.store import clocks, ledger

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


def answer_of_owner(house: House, a_mail: Mail, notice: EmailMessage, **headers: str) -> EmailMessage:
    fields = {"From": house.request().owner or "", "In_Reply_To": notice["Message-ID"]}
    return a_mail("Re: [REQ-1] VPN", "Please restart the client.\n\n> Since this morning.\n", **(fields | headers))


def running(house: House) -> dict[str, bool]:
    with house.office.store.reading() as connection:
        return {c.kind: c.stopped_at is None for c in clocks.of_request(connection, 1)}


def test_the_owners_answer_reaches_the_requester_from_the_shared_address(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    house.receives(answer_of_owner(house, a_mail, asked[1]))

    ((kind, to, mail),) = house.sends()
    assert (kind, to) == ("answer", "eva.lund@lindwerk.example")
    assert mail["From"].addresses[0].addr_spec == "it@lindwerk.example"
    assert "Please restart the client." in mail.get_body(("plain",)).get_content()
    assert mail["Auto-Submitted"] is None


def test_an_answer_stops_the_first_response_clock_and_no_other(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    before = running(house)
    house.receives(answer_of_owner(house, a_mail, asked[1]))

    assert before == {"first_response": True, "resolution": True}
    assert running(house) == {"first_response": False, "resolution": True}


def test_files_of_an_answer_travel_with_it(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    answer = answer_of_owner(house, a_mail, asked[1])
    answer.add_attachment(b"%PDF-1.4 guide", maintype="application", subtype="pdf", filename="guide.pdf")
    house.receives(answer)

    ((_, _, mail),) = house.sends()
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("guide.pdf", b"%PDF-1.4 guide")


def test_an_out_of_office_reply_of_the_owner_stops_no_clock_and_goes_to_nobody(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    house.receives(answer_of_owner(house, a_mail, asked[1], Auto_Submitted="auto-replied"))

    assert running(house)["first_response"]
    assert house.sends() == []
    assert house.ledger()[-1][1] == "automatic_reply"


def test_what_a_program_sends_in_the_owners_name_is_no_answer(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    house.receives(answer_of_owner(house, a_mail, asked[1], Auto_Submitted="auto-generated"))

    assert running(house)["first_response"]
    assert house.sends() == []


@pytest.mark.parametrize("to", ["acknowledgement", "own mail"])
def test_the_requester_adds_by_replying(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage], to: str
) -> None:
    own = asked[0]["In-Reply-To"]
    reply = a_mail("Re: VPN", "It also hits Tom.", References=own if to == "own mail" else asked[0]["Message-ID"])
    house.receives(reply)

    ((kind, recipient, mail),) = house.sends()
    assert (kind, recipient) == ("follow_up", house.request().owner)
    assert "It also hits Tom." in mail.get_body(("plain",)).get_content()
    assert len(house.requests()) == 1
    assert house.dispositions() == {"request": 1, "follow_up": 1}


def test_a_number_in_the_subject_joins_nothing(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    house.receives(a_mail("Re: [REQ-1] VPN is broken", From="Mallory <mallory@lindwerk.example>"))

    assert len(house.requests()) == 2


def test_a_strangers_reply_with_a_valid_id_is_a_note_that_only_the_owner_sees(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    before = running(house)
    house.receives(a_mail("Re: VPN", "me too", From="mallory@lindwerk.example", In_Reply_To=asked[1]["Message-ID"]))

    ((kind, to, mail),) = house.sends()
    text = mail.get_body(("plain",)).get_content()
    assert (kind, to) == ("follow_up", house.request().owner)
    assert "A mail about REQ-1 came from mallory@lindwerk.example." in text
    assert "kept with it as an unverified note" in " ".join(text.split())
    assert "> me too" in text
    assert (len(house.requests()), house.request().status, running(house)) == (1, "open", before)
    assert house.dispositions() == {"request": 1, "note": 1}
    assert house.ledger()[-1] == ("postroom", "unverified_note", "mallory@lindwerk.example")


@pytest.mark.parametrize("change", ["one character", "another domain"])
def test_an_id_that_we_did_not_sign_joins_nothing(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage], change: str
) -> None:
    real = str(asked[0]["Message-ID"])
    forged = {
        "one character": real[:5] + ("b" if real[5] == "a" else "a") + real[6:],
        "another domain": real.replace("lindwerk.example", "lindwerk.evil.example"),
    }[change]
    house.receives(a_mail("Re: VPN", "more", In_Reply_To=forged))

    assert len(house.requests()) == 2


def test_a_colleague_who_never_got_the_notice_cannot_answer_with_its_id(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    owner = house.request().owner
    other = next(m.email for m in house.office.settings.departments["it"].members if m.email != owner)
    house.receives(answer_of_owner(house, a_mail, asked[1], From=other))

    assert running(house)["first_response"]
    assert "answer" not in [kind for kind, _, _ in house.sends()]


def test_somebody_who_left_the_department_can_no_longer_answer(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    former = house.request().owner
    other = next(m.email for m in house.office.settings.departments["it"].members if m.email != former)
    assigning.assign(house.office, 1, department=None, owner=other, actor="ops", why="she left")
    it = house.office.settings.departments["it"]
    left = it.model_copy(update={"members": tuple(m for m in it.members if m.email != former)})
    departments = house.office.settings.departments | {"it": left}
    house.runs_with(settings=house.office.settings.model_copy(update={"departments": departments}))
    house.sends()
    house.receives(answer_of_owner(house, a_mail, asked[1], From=former or ""))

    assert running(house)["first_response"]
    assert "answer" not in [kind for kind, _, _ in house.sends()]


def test_the_same_answer_by_two_mailboxes_reaches_the_requester_once(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    answer = answer_of_owner(house, a_mail, asked[1]).as_bytes()
    house.receives(answer, "it")
    house.receives(answer, "people")

    assert [kind for kind, _, _ in house.sends()] == ["answer"]


def test_a_reply_to_a_resolved_request_opens_it_again_and_its_clock_runs_on(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage], day: Day
) -> None:
    assigning.resolve(house.office, 1, actor="ops", why="restarted the server")
    stopped = running(house)
    day.goes_on(hours=24)
    house.receives(a_mail("Re: VPN", "No, still broken.", In_Reply_To=asked[0]["Message-ID"]))

    assert stopped == {"first_response": False, "resolution": False}
    assert house.request().status == "open"
    assert running(house) == {"first_response": False, "resolution": True}
    ((kind, _, mail),) = house.sends()
    assert kind == "follow_up"
    assert "again" in mail.get_body(("plain",)).get_content()


def test_a_bounce_of_our_acknowledgement_is_noted_on_its_request(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage]
) -> None:
    report = EmailMessage()
    report["From"] = "MAILER-DAEMON@mx.lindwerk.example"
    report["To"] = "it@lindwerk.example"
    report["Return-Path"] = "<>"
    report["Subject"] = "Undelivered Mail Returned to Sender"
    boundary = "=-b"
    report["Content-Type"] = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    parts = [
        "Content-Type: text/plain\n\nIt could not be delivered.\n",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.lindwerk.example\n\n"
        "Final-Recipient: rfc822; eva.lund@lindwerk.example\nAction: failed\nStatus: 5.1.1\n",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {asked[0]['Message-ID']}\n",
    ]
    head = "".join(f"{name}: {value}\n" for name, value in report.items())
    body = "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"
    house.receives(f"{head}\n{body}".encode())

    assert len(house.requests()) == 1
    assert [what for _, what, _ in house.ledger()[-2:]] == ["bounce", "unreachable"]
    assert house.sends() == []


def test_the_files_of_an_answer_are_read_before_the_transaction_that_passes_them_on(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsers, order = house.office.parsers, []
    read, take_turn = parsers.attachments, ledger.take_turn
    monkeypatch.setattr(parsers, "attachments", lambda raw: order.append("files are read") or read(raw))
    monkeypatch.setattr(ledger, "take_turn", lambda database: order.append("transaction") or take_turn(database))
    answer = answer_of_owner(house, a_mail, asked[1])
    answer.add_attachment(b"%PDF-1.4 guide", maintype="application", subtype="pdf", filename="guide.pdf")
    house.receives(answer)

    assert (order.index("transaction"), order.count("files are read")) == (1, 1)
    assert [kind for kind, _, _ in house.sends()] == ["answer"]


def test_the_files_of_others_are_not_read(
    house: House, a_mail: Mail, asked: tuple[EmailMessage, EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.office.parsers, "attachments", lambda _: pytest.fail("nobody asked for them"))
    for mail in (
        a_mail("A new VPN"),
        a_mail("Re: VPN", From="ned@supplier.example", In_Reply_To=asked[1]["Message-ID"]),
    ):
        mail.add_attachment(b"%PDF-1.4 guide", maintype="application", subtype="pdf", filename="guide.pdf")
        house.receives(mail)

    assert house.dispositions() == {"request": 2, "note": 1}
