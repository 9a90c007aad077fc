"""No loops, no storms: automatic mail ends at ceilings, before the second program hears of it once too often."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, gatherings, intake
from daemon.store import copies

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
STAFF = ("jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example")


def receives_together(house: House, mails: list[EmailMessage]) -> None:
    """All of them lie in the inbox at once, as after a storm."""
    arrivals = [
        copies.Arrival("it", 1, house.uid + number, mail.as_bytes(), house.office.now())
        for number, mail in enumerate(mails, 1)
    ]
    house.uid += len(mails)
    accepted = intake.accept(arrivals, house.office, house.office.now())
    intake.take_in(accepted, house.office, lambda: None, lambda: None)


def kinds(house: House) -> Counter[str]:
    return Counter(kind for kind, _, _ in house.sends())


# -- storms --


def test_a_thousand_mails_of_one_sender_become_twenty_requests_and_one_that_gathers_the_rest(
    house: House, a_mail: Mail
) -> None:
    storm = [a_mail(f"VPN {number}", f"Line {number} is down.") for number in range(1000)]
    others = [a_mail(f"WiFi of {name}", From=f"{name}@lindwerk.example") for name in ("tom", "lea", "kim")]

    receives_together(house, storm[:500] + others + storm[500:])

    sent = house.sends()
    requests = {request.id: request for request in house.requests()}
    gathering = next(request for request in requests.values() if request.subject.startswith("Many mails of Eva Lund: "))
    assert len(requests) == 20 + 1 + 3
    assert house.dispositions() == {"request": 23, "gathered": 980}
    assert Counter(kind for kind, _, _ in sent) == {
        "acknowledgement": 8,
        "summary": 1,
        "assignment": 24,
        "follow_up": 2,
        "alarm": 1,
    }
    told = [mail.get_body(("plain",)).get_content() for kind, _, mail in sent if kind == "follow_up"]
    assert [f"{n} by now." in " ".join(text.split()) for n, text in zip((10, 100), told, strict=True)] == [True, True]
    assert ("postroom", "gathers", "eva.lund@lindwerk.example") in house.ledger(gathering.id)
    assert {to for kind, to, _ in sent if kind == "acknowledgement"} >= {"tom@lindwerk.example", "kim@lindwerk.example"}


def test_a_storm_goes_on_into_the_same_request_and_its_owner_hears_of_it_once_an_hour(
    house: House, a_mail: Mail, day: Day
) -> None:
    receives_together(house, [a_mail(f"VPN {number}") for number in range(25)])
    house.sends()
    for number in range(25, 31):
        day.goes_on(minutes=25)
        receives_together(house, [a_mail(f"VPN {number}.{one}") for one in range(10)])

    assert len(house.requests()) == 21
    assert kinds(house) == {"follow_up": 2}  # at the tenth, and more than an hour later


def test_when_a_storm_is_over_its_owner_hears_how_many_there_are(house: House, a_mail: Mail, day: Day) -> None:
    receives_together(house, [a_mail(f"VPN {number}", f"Line {number}.") for number in range(60)])
    house.sends()
    assert gatherings.tell_of_the_rest(house.office) == 0

    day.goes_on(minutes=61)
    assert [gatherings.tell_of_the_rest(house.office) for _ in range(2)] == [1, 0]

    ((kind, to, mail),) = house.sends()
    text = " ".join(mail.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert (kind, to) == ("follow_up", house.request(21).owner)
    assert "40 by now." in text
    assert "> Line 59." in text


def test_of_a_storm_that_a_person_has_ended_nobody_hears_again(house: House, a_mail: Mail, day: Day) -> None:
    receives_together(house, [a_mail(f"VPN {number}") for number in range(25)])
    assigning.resolve(house.office, 21, actor="anke", why="seen them all")
    house.sends()
    day.goes_on(minutes=61)

    assert gatherings.tell_of_the_rest(house.office) == 0
    assert house.sends() == []


def test_an_owner_who_has_heard_of_all_hears_no_more(house: House, a_mail: Mail, day: Day) -> None:
    receives_together(house, [a_mail(f"VPN {number}") for number in range(30)])  # the last of them is the tenth
    day.goes_on(minutes=61)

    assert gatherings.tell_of_the_rest(house.office) == 0


def test_after_a_quiet_hour_the_next_mail_is_a_request_again(house: House, a_mail: Mail, day: Day) -> None:
    receives_together(house, [a_mail(f"VPN {number}") for number in range(25)])
    day.goes_on(minutes=61)
    house.receives(a_mail("VPN again"))

    assert house.requests()[0].subject == "VPN again"


def test_mails_that_came_over_a_weekend_are_no_storm(house: House, a_mail: Mail, day: Day) -> None:
    arrivals = [
        copies.Arrival("it", 1, number, a_mail(f"VPN {number}").as_bytes(), day.at - dt.timedelta(hours=number))
        for number in range(1, 41)
    ]
    accepted = intake.accept(arrivals, house.office, day.at)
    intake.take_in(accepted, house.office, lambda: None, lambda: None)

    assert house.dispositions() == {"request": 40}


def test_a_gathering_that_its_owner_has_ended_gathers_no_more(house: House, a_mail: Mail) -> None:
    receives_together(house, [a_mail(f"VPN {number}") for number in range(25)])
    with house.office.store.writing() as connection:
        connection.exec_driver_sql("update requests set status = 'resolved' where id = 21")
    house.receives(a_mail("VPN again"))

    assert house.request(22).subject == "Many mails of Eva Lund: VPN again"


# -- ceilings of acknowledgements --


def test_a_sender_is_acknowledged_ten_times_a_day(house: House, a_mail: Mail, day: Day) -> None:
    acknowledged = 0
    for hour in range(5):
        for number in range(6):
            house.receives(a_mail(f"VPN {hour}.{number}"))
        acknowledged += kinds(house)["acknowledgement"]
        day.goes_on(minutes=61)

    assert acknowledged == 10


def test_after_the_fifth_acknowledgement_of_an_hour_one_mail_stands_for_all_that_follow(
    house: House, a_mail: Mail, day: Day
) -> None:
    said = []
    for number in range(9):
        house.receives(a_mail(f"VPN {number}"))
        said += [(kind, mail) for kind, to, mail in house.sends() if to == "eva.lund@lindwerk.example"]
        day.goes_on(minutes=1)

    (summary,) = [mail for kind, mail in said if kind == "summary"]
    assert [kind for kind, _ in said] == ["acknowledgement"] * 5 + ["summary"]
    assert "REQ-6" in summary.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert (summary["Auto-Submitted"], summary["To"].addresses[0].addr_spec) == (
        "auto-replied",
        "eva.lund@lindwerk.example",
    )


def test_in_a_day_a_sender_has_ten_acknowledgements_and_two_mails_that_stand_for_the_rest(
    house: House, a_mail: Mail, day: Day
) -> None:
    said: Counter[str] = Counter()
    for hour in range(8):
        for number in range(8):
            house.receives(a_mail(f"VPN {hour}.{number}"))
        said.update(kind for kind, to, _ in house.sends() if to == "eva.lund@lindwerk.example")
        day.goes_on(minutes=61)

    assert said["acknowledgement"] == 10
    assert said["summary"] <= 2


def test_a_program_that_answers_what_stands_for_all_gets_nothing_more(house: House, a_mail: Mail, day: Day) -> None:
    house.sets("acknowledgement", external=True)
    said: Counter[str] = Counter()
    for letter in "abcdefghijklmno":
        house.receives(a_mail(f"Case {letter}", f"We have opened {letter * 9} for you.", From="desk@vendor.example"))
        said.update(kind for kind, to, _ in house.sends() if to == "desk@vendor.example")
        day.goes_on(minutes=1)

    assert said == {"acknowledgement": 5, "summary": 1}


def test_an_outsider_gets_no_more_bytes_than_were_sent(house: House, a_mail: Mail) -> None:
    house.sets("acknowledgement", external=True)
    small, large = a_mail(From="ned@supplier.example"), a_mail("WiFi", From="ned@supplier.example")
    del small["DKIM-Signature"]
    small.set_content("x")
    for mail in (small, large):
        house.receives(mail)

    ((to, sent),) = [(to, mail) for kind, to, mail in house.sends() if kind == "acknowledgement"]
    assert to == "ned@supplier.example"
    assert "REQ-2" in str(sent["Subject"])
    assert len(sent.as_bytes()) <= len(large.as_bytes())


def test_five_hundred_forged_senders_have_at_most_a_hundred_mails_sent_in_a_minute(house: House, a_mail: Mail) -> None:
    house.sets("acknowledgement", external=True)
    receives_together(house, [a_mail(f"VPN {n}", From=f"p{n}@victim{n}.example") for n in range(150)])
    receives_together(house, [a_mail("VPN", From="tom@lindwerk.example")])

    sent = house.sends()
    assert sum(kind == "acknowledgement" and "victim" in to for kind, to, _ in sent) == 100
    assert ("acknowledgement", "tom@lindwerk.example") in [(kind, to) for kind, to, _ in sent]


def test_beyond_the_ceiling_over_all_mails_requests_are_opened_in_silence_and_the_operators_hear_once(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets("ceilings", mails_per_hour=6)
    for number in range(8):
        house.receives(a_mail(f"VPN {number}", From=f"p{number}@lindwerk.example"))
    sent = kinds(house)
    day.goes_on(minutes=61)
    house.receives(a_mail("VPN again", From="tom@lindwerk.example"))

    assert len(house.requests()) == 9
    assert sent == {"acknowledgement": 4, "assignment": 4, "alarm": 1}
    assert "ceiling" in [what for _, what, _ in house.ledger(8)]
    assert kinds(house) == {"acknowledgement": 1, "assignment": 1}


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("<eva.lund@lindwerk.example>", ["eva.lund@lindwerk.example"]),
        ("<bounce.7@mail.lindwerk.example>", ["eva.lund@lindwerk.example"]),
        ("<mallory@evil.example>", []),
        ("<it@lindwerk.example>", ["eva.lund@lindwerk.example"]),
    ],
)
def test_an_acknowledgement_goes_to_nobody_whom_the_return_path_does_not_confirm(
    house: House, a_mail: Mail, path: str, to: list[str]
) -> None:
    house.receives(a_mail(Return_Path=path, Reply_To="x@evil.example"))

    assert [to for kind, to, _ in house.sends() if kind == "acknowledgement"] == to
    assert len(house.requests()) == 1


def test_an_outsider_is_acknowledged_at_the_return_path_and_never_at_reply_to(house: House, a_mail: Mail) -> None:
    house.sets("acknowledgement", external=True)
    house.receives(a_mail(From="ned@supplier.example", Return_Path="<ned@mailer.example>", Reply_To="v@victim.example"))

    assert [to for kind, to, _ in house.sends() if kind == "acknowledgement"] == ["ned@mailer.example"]


# -- programs in conversation --


def answer_blindly(house: House, a_mail: Mail, day: Day, programs: dict[str, str], rounds: int) -> list[int]:
    """Each mail to one of these is answered with the same text, unmarked and without a reference; mails each round."""
    sent = []
    for _ in range(rounds):
        mails = house.sends()
        sent.append(len(mails))
        day.goes_on(minutes=1)
        for _, to, _ in mails:
            if to in programs:
                house.receives(a_mail("I am away", programs[to], From=to))
    return sent


def test_two_colleagues_whose_programs_answer_every_notice_fall_silent(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    words = {to: f"This is {to}. I am not in the office this week, and without VPN I read no mail." for to in STAFF}

    sent = answer_blindly(house, a_mail, day, words, 12)

    assert sent[6:] == [0] * 6
    assert sum(sent) < 20
    assert len(house.requests()) < 10


def test_colleagues_whose_answers_differ_in_their_numbers_fall_silent_too(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    count = iter(range(1000))
    sent = []
    for _ in range(12):
        mails = house.sends()
        sent.append(len(mails))
        day.goes_on(minutes=1)
        for _, to, _ in mails:
            if to in STAFF:
                number = next(count)
                house.receives(
                    a_mail(f"Away {number}", f"Ticket {number}: I am out, without VPN, until further notice.", From=to)
                )

    assert sent[8:] == [0] * 4
    alarms = house.dispositions()
    assert alarms["ceiling"] > 0


def test_operators_hear_once_of_a_program_that_answers_our_mails(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    words = {STAFF[0]: "I am not in the office and have no VPN.", STAFF[1]: "I am not here and have no VPN."}
    alarms: Counter[str] = Counter()
    for _ in range(8):
        mails = house.sends()
        alarms.update(str(mail["Subject"]) for kind, _, mail in mails if kind == "alarm")
        day.goes_on(minutes=1)
        for _, to, _ in mails:
            if to in words:
                house.receives(a_mail("I am away", words[to], From=to))

    assert set(alarms) == {"Postroom alarm: a program answers our mails"}
    assert alarms.total() <= 2  # one for each of the two


def test_a_help_desk_that_opens_a_ticket_for_each_mail_is_answered_three_times(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets("acknowledgement", external=True)
    acknowledged = 0
    for number in range(10):
        words = f"Thank you. We have opened ticket {4711 + number} for you and answer within two days."
        house.receives(a_mail(f"Ticket {4711 + number}", words, From="desk@vendor.example"))
        acknowledged += kinds(house)["acknowledgement"]
        day.goes_on(minutes=1)

    assert acknowledged == 3


def test_a_help_desk_that_repeats_our_subject_joins_its_request_and_is_answered_once(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets("acknowledgement", external=True)
    house.receives(a_mail("Ticket Received - 1", "We have it.", From="desk@vendor.example"))
    sent = house.sends()
    for number in range(2, 6):
        subject = next((str(mail["Subject"]) for kind, _, mail in sent if kind == "acknowledgement"), None)
        if subject is None:
            break
        subject = f"Ticket Received - {number} - {subject}"
        house.receives(a_mail(subject, f"We have {number}.", From="desk@vendor.example"))
        sent = house.sends()

    assert len(house.requests()) == 1
    assert house.dispositions() == {"request": 1, "follow_up": 1}


def test_a_person_who_asks_four_things_in_one_hour_is_answered_four_times(house: House, a_mail: Mail, day: Day) -> None:
    for user in range(4):
        house.receives(a_mail(f"Password of user {user}", f"Please set a new password for user {user}, as usual."))
        day.goes_on(minutes=10)

    assert kinds(house)["acknowledgement"] == 4


def test_an_owner_who_answers_many_requests_with_the_same_words_is_no_program(
    house: House, a_mail: Mail, day: Day
) -> None:
    for number in range(6):
        house.receives(a_mail(f"VPN {number}", From=f"p{number}@lindwerk.example"))
    notices = [(to, mail["Message-ID"]) for kind, to, mail in house.sends() if kind == "assignment"]
    day.goes_on(minutes=1)
    for to, notice in notices:
        house.receives(a_mail("Re: VPN", "Done.", From=to, In_Reply_To=notice))

    assert kinds(house) == {"answer": 6}


# -- our own mail comes back --


def came_back(house: House, mail: EmailMessage, *without: str, **other: str) -> None:
    for name in without:
        del mail[name]
    for name, value in other.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    house.receives(mail.as_bytes())


@pytest.mark.parametrize("lost", [(), ("X-Postroom-Loop",), ("X-Postroom-Loop", "Message-ID", "Auto-Submitted")])
def test_our_own_mail_that_comes_back_opens_nothing_and_the_operators_hear_once(
    house: House, a_mail: Mail, lost: tuple[str, ...]
) -> None:
    house.receives(a_mail())
    mails = house.sends()
    for _, _, mail in mails:
        came_back(house, mail, *lost)

    assert len(house.requests()) == 1
    assert house.dispositions() == {"request": 1, "own_mail": 2}
    assert kinds(house) == {"alarm": 1}
    assert ("postroom", "own_mail", None) in house.ledger()


def test_a_colleague_who_writes_from_a_shared_address_is_heard(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("The printer", "Who sees to it?", From="people@lindwerk.example"))

    assert len(house.requests()) == 1


def test_a_ring_of_postrooms_ends_where_it_began(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From="it@other.example", X_Postroom_Loop="postroom-b"))
    (_, _, notice) = house.sends()[0]
    ours = house.office.keys.install
    assert str(notice["X-Postroom-Loop"]).split() == ["postroom-b", ours]

    marks = f"{notice['X-Postroom-Loop']} postroom-c"
    house.receives(a_mail("A ring", From="it@third.example", X_Postroom_Loop=marks))

    assert len(house.requests()) == 1
    assert house.dispositions() == {"request": 1, "own_mail": 1}


def test_an_owners_answer_bears_our_mark_alone(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From="it@other.example", X_Postroom_Loop="postroom-b"))
    (_, owner, notice) = house.sends()[0]
    house.receives(a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=notice["Message-ID"]))

    assert [mail["X-Postroom-Loop"] for _, _, mail in house.sends()] == [house.office.keys.install]


def test_a_mark_that_is_no_installation_is_not_passed_on(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(X_Postroom_Loop="b (c) <d@e> " + "f" * 70))

    assert [str(mail["X-Postroom-Loop"]).split() for _, _, mail in house.sends()] == [["b", house.office.keys.install]]


# -- the same again --


def test_a_probable_resend_is_linked_and_not_acknowledged_again(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail(Date="Mon, 23 Nov 2026 10:00:00 +0100"))
    day.goes_on(minutes=3)
    house.receives(a_mail(Date="Mon, 23 Nov 2026 10:03:00 +0100"))
    day.goes_on(minutes=30)
    house.receives(a_mail(Date="Mon, 23 Nov 2026 10:33:00 +0100"))

    assert len(house.requests()) == 3
    assert ("postroom", "maybe_the_same_as", "REQ-1") in house.ledger(2)
    assert [what for _, what, _ in house.ledger(3)] == ["opened", "routed", "owner"]
    assert kinds(house) == {"acknowledgement": 2, "assignment": 3}


def test_a_message_id_that_is_used_for_other_mails_is_noted(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("VPN is broken", Message_ID="<same@mail.example>"))
    house.receives(a_mail("WiFi is slow", Message_ID="<same@mail.example>"))

    assert ("postroom", "message_id_reused", "REQ-1") in house.ledger(2)


def test_both_shared_addresses_of_one_mail_are_named_in_its_request(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(To="it@lindwerk.example, people@lindwerk.example"))

    assert ("postroom", "addressed_to", "it@lindwerk.example, people@lindwerk.example") in house.ledger()
