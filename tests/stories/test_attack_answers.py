"""Mails that want us to answer a machine or the wrong person, to join what is not theirs, or to tell what is not
for them: what each of them gets instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import TYPE_CHECKING

import pytest

from daemon.store import clocks

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
EVA = "eva.lund@lindwerk.example"


def asks(house: House, mail: EmailMessage) -> tuple[str, EmailMessage]:
    """The mail comes in; (its owner, the owner's notice)."""
    house.receives(mail)
    return next((to, notice) for kind, to, notice in house.sends() if kind == "assignment")


def first_response_runs(house: House, number: int = 1) -> bool:
    with house.office.store.reading() as connection:
        return any(c.kind == "first_response" and c.stopped_at is None for c in clocks.of_request(connection, number))


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


# -- the wrong reader --


@pytest.mark.parametrize("reply_to", ["it@lindwerk.example", "People@lindwerk.example", "it+a.x.k1@lindwerk.example"])
def test_an_answer_goes_to_its_requester_and_not_into_our_own_mailbox(
    house: House, a_mail: Mail, reply_to: str
) -> None:
    owner, notice = asks(house, a_mail(Reply_To=reply_to))
    house.receives(a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=notice["Message-ID"]))

    assert [(kind, to) for kind, to, _ in house.sends()] == [("answer", EVA)]


def test_the_owner_is_told_to_whom_an_answer_goes_if_not_to_the_sender(house: House, a_mail: Mail) -> None:
    _, notice = asks(house, a_mail(Reply_To="everybody@lindwerk.example"))
    _, plain = asks(house, a_mail("WiFi"))

    assert "everybody@lindwerk.example" in text_of(notice)
    assert "Reply-To" not in text_of(plain)


def test_an_answer_to_one_of_our_own_addresses_stops_no_clock_and_the_operators_hear_of_it(
    house: House, a_mail: Mail
) -> None:
    owner, notice = asks(house, a_mail(From="people@lindwerk.example"))
    house.receives(a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=notice["Message-ID"]))

    assert [kind for kind, _, _ in house.sends()] == ["alarm"]
    assert first_response_runs(house)


def test_our_own_address_with_a_tag_behind_it_is_our_own(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From="it+x@lindwerk.example"))
    house.receives(a_mail("WiFi", Return_Path="<people+y@lindwerk.example>"))

    assert [to for kind, to, _ in house.sends() if kind == "acknowledgement"] == [EVA]


def test_a_return_path_gets_no_more_acknowledgements_than_a_sender_whoever_writes(house: House, a_mail: Mail) -> None:
    house.sets("acknowledgement", external=True)
    for number in range(9):
        house.receives(
            a_mail(f"VPN {number}", From=f"p{number}@evil{number}.example", Return_Path="<v@victim.example>")
        )

    assert sum(kind == "acknowledgement" for kind, _, _ in house.sends()) == 5


# -- what is not for them --


def test_an_answer_without_words_of_its_own_carries_nothing_of_our_notice(house: House, a_mail: Mail) -> None:
    owner, notice = asks(house, a_mail())
    quoted = "".join(f"> {line}\n" for line in text_of(notice).splitlines())
    empty = f"On Monday IT wrote:\n{quoted}"
    house.receives(a_mail("Re: VPN", empty, From=owner, In_Reply_To=notice["Message-ID"]))

    ((kind, to, told),) = house.sends()
    assert (kind, to) == ("follow_up", owner)
    assert "not passed on" in " ".join(text_of(told).split())
    assert first_response_runs(house)


def test_an_answer_that_is_a_file_alone_is_passed_on_without_our_notice(house: House, a_mail: Mail) -> None:
    owner, notice = asks(house, a_mail())
    quoted = "".join(f"> {line}\n" for line in text_of(notice).splitlines())
    answer = a_mail("Re: VPN", f"On Monday IT wrote:\n{quoted}", From=owner, In_Reply_To=notice["Message-ID"])
    answer.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="guide.pdf")
    house.receives(answer)

    ((kind, _, mail),) = house.sends()
    assert kind == "answer"
    assert [file.get_filename() for file in mail.iter_attachments()] == ["guide.pdf"]
    assert "yours" not in text_of(mail)


def test_our_notice_that_an_owner_attaches_to_the_answer_stays_in_the_house(house: House, a_mail: Mail) -> None:
    owner, notice = asks(house, a_mail())
    answer = a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=notice["Message-ID"])
    answer.add_attachment(notice)
    house.receives(answer)

    ((kind, _, mail),) = house.sends()
    assert kind == "answer"
    assert str(notice["Message-ID"]).strip("<>") not in mail.as_string()
    assert list(mail.iter_attachments()) == []


# -- staff, requesters, and who says to be --


def test_a_colleague_whose_answer_reads_like_a_programs_hears_that_it_was_not_passed_on(
    house: House, a_mail: Mail, day: Day
) -> None:
    owner, notice = asks(house, a_mail())
    words = "This is an automatically generated message. Please do not reply to this e-mail."
    house.receives(a_mail("Re: VPN", words, From=owner, In_Reply_To=notice["Message-ID"]))

    ((kind, to, told),) = house.sends()
    assert (kind, to) == ("follow_up", owner)
    assert "It reads as if a program had sent it" in " ".join(text_of(told).split())


def test_a_program_that_answers_in_a_colleagues_name_falls_silent_within_three_rounds(
    house: House, a_mail: Mail, day: Day
) -> None:
    owner, notice = asks(house, a_mail())
    said = []
    for _ in range(8):
        day.goes_on(minutes=1)
        words = "This is an automatically generated message of the mailbox."
        house.receives(a_mail("Re: VPN", words, From=owner, In_Reply_To=notice["Message-ID"]))
        sent = house.sends()
        said.append(sum(to == owner for _, to, _ in sent))
        notice = next((mail for _, to, mail in sent if to == owner), notice)

    assert sum(said) <= 3
    assert said[4:] == [0] * 4


def test_what_a_list_sends_in_a_colleagues_name_is_no_answer(house: House, a_mail: Mail) -> None:
    owner, notice = asks(house, a_mail())
    listed = {"From": owner, "In_Reply_To": notice["Message-ID"], "Precedence": "list", "List_Unsubscribe": "<x>"}
    house.receives(a_mail("Re: VPN", "Restart it.", **listed))

    assert house.sends() == []
    assert first_response_runs(house)


def test_who_only_says_to_be_the_owner_does_not_keep_the_owner_from_being_heard(house: House, a_mail: Mail) -> None:
    owner, notice = asks(house, a_mail())
    for number in range(12):
        house.receives(a_mail("Re: [REQ-1]", f"Noise {number}.", From=owner))
    house.sends()
    house.receives(a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=notice["Message-ID"]))

    assert [kind for kind, _, _ in house.sends()] == ["answer"]


@pytest.mark.parametrize("field", ["dmarc=fail (p=reject) header.from=lindwerk.example"])
def test_staff_whose_domain_disowns_the_mail_are_not_believed(house: House, a_mail: Mail, field: str) -> None:
    owner, notice = asks(house, a_mail())
    forged = a_mail("Re: VPN", "Send me your password.", From=owner, In_Reply_To=notice["Message-ID"])
    forged["Authentication-Results"] = f"mx.lindwerk.example; {field}"
    house.receives(forged)

    assert [(kind, to) for kind, to, _ in house.sends()] == [("follow_up", owner)]
    assert house.dispositions() == {"request": 1, "note": 1}


def test_a_letter_that_only_looks_like_another_is_another(house: House, a_mail: Mail) -> None:
    house.sets("acknowledgement", external=False)
    forged = "eva.lund@lindwer\u212a.example"  # the sign for Kelvin, which becomes a k in lower case
    house.receives(a_mail(From=forged).as_bytes(policy=SMTPUTF8))

    assert [kind for kind, _, _ in house.sends()] == ["assignment"]


def test_a_mail_that_names_two_requests_in_its_subject_joins_the_newest_of_them(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    house.receives(a_mail("WG: Auto: [REQ-1] VPN is broken", "Who pays?", To="people@lindwerk.example"))
    house.receives(a_mail("Re: Auto: [REQ-2] WG: Auto: [REQ-1] VPN is broken", "Still."))

    assert (EVA, "wrote_again", None) in house.ledger(2)


def test_a_machine_that_names_a_number_leaves_no_trace_in_its_request(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    before = house.ledger()
    house.receives(a_mail("Re: REQ-1", From="mallory@evil.example", Auto_Submitted="auto-replied"))
    house.receives(a_mail("Undelivered mail: REQ-1", From="MAILER-DAEMON@evil.example", Return_Path="<>"))

    assert house.ledger() == before


# -- storms and loops --


def test_mails_without_a_readable_sender_are_gathered_like_those_of_one(house: House, a_mail: Mail) -> None:
    for number in range(30):
        house.receives(a_mail(f"VPN {number}", From="boss@corp.example <a@b.example> <c@d.example>"))

    assert len(house.requests()) == 21


def test_a_help_desk_with_an_address_for_each_ticket_falls_silent_within_three_rounds(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets("acknowledgement", external=True)
    said: Counter[str] = Counter()
    for number, ticket in enumerate(("a8f3", "kd92", "77aq", "zz31", "p0x2", "m4m4", "q1q1")):
        words = f"Thank you. We have opened ticket {number} for you and answer within two days."
        house.receives(a_mail("Ticket", words, From=f"reply-{ticket}@vendor.example"))
        said.update(kind for kind, _, _ in house.sends())
        day.goes_on(minutes=1)

    assert (said["acknowledgement"], said["alarm"]) == (3, 1)


def test_a_colleague_whose_address_begins_like_a_responders_is_heard(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From="vacation.planning@lindwerk.example"))

    assert len(house.requests()) == 1
