"""A request passes on because its owner does not take it, is away, or leaves; and never in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import appointed, assigning, passing_on
from daemon.store import absences, appointments, ledger

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, EVA = "mara.vogt@lindwerk.example", "eva.lund@lindwerk.example"
TOBIAS, CLAIRE = "tobias.lang@lindwerk.example", "claire.fontaine@lindwerk.example"


@pytest.fixture
def asked(house: House, a_mail: Mail) -> EmailMessage:
    """Eva has asked; Jonas owns it and has an hour to take it; the notice that he got."""
    house.sets_department("it", accept_within=dt.timedelta(hours=1))
    house.receives(a_mail())
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    return notice


def answers(house: House, a_mail: Mail, notice: EmailMessage, who: str = JONAS, **headers: str) -> None:
    fields = {"From": who, "In_Reply_To": notice["Message-ID"]}
    house.receives(a_mail("Re: [REQ-1] VPN", "Please restart the client.\n", **(fields | headers)))


def told(house: House) -> list[tuple[str, str]]:
    return [(kind, to) for kind, to, _ in house.sends()]


def why(house: House, what: str, number: int = 1) -> list[str]:
    with house.office.store.reading() as connection:
        return [one.why for one in ledger.of_request(connection, number) if one.what == what]


def test_who_does_not_take_it_in_time_is_followed_by_the_next_and_then_by_the_lead(
    house: House, asked: EmailMessage, day: Day
) -> None:
    owners, mails = [], []
    for _ in range(4):
        day.goes_on(hours=1)
        appointed.keep_due(house.office)
        owners.append(house.request().owner)
        mails.append(told(house))

    assert owners == [AYLIN, MARA, MARA, MARA]
    assert mails == [
        [("assignment", AYLIN), ("new_owner", EVA), ("staff_notice", JONAS)],
        [("assignment", MARA), ("new_owner", EVA), ("staff_notice", AYLIN)],
        [],
        [],
    ]
    assert why(house, "not_accepted") == [
        "Jonas Petersen has not taken it in time",
        "Aylin Demir has not taken it in time",
    ]
    assert why(house, "owner")[1:] == [
        "Jonas Petersen has not taken it in time; Aylin Demir is the only one present",
        "Aylin Demir has not taken it in time; 2 were asked, so it goes to the lead",
    ]


def test_the_time_to_take_it_is_business_time(house: House, a_mail: Mail, day: Day) -> None:
    house.sets_department("it", accept_within=dt.timedelta(hours=1))
    day.at = dt.datetime(2026, 11, 23, 15, 30, tzinfo=dt.UTC)  # 16:30, half an hour before closing
    house.receives(a_mail())
    day.at = dt.datetime(2026, 11, 24, 8, 29, tzinfo=dt.UTC)
    early = appointed.keep_due(house.office)
    day.goes_on(minutes=1)

    assert (early, appointed.keep_due(house.office)) == (0, 1)


def test_any_answer_takes_it(house: House, asked: EmailMessage, a_mail: Mail, day: Day) -> None:
    answers(house, a_mail, asked)
    day.goes_on(hours=2)

    assert appointed.keep_due(house.office) == 0
    assert house.request().owner == JONAS
    assert (JONAS, "accepted", JONAS) in house.ledger()


def test_where_nobody_else_is_there_it_stays_and_the_lead_is_told(house: House, asked: EmailMessage, day: Day) -> None:
    house.sets_department("it", lead=JONAS)
    with house.office.store.writing() as connection:
        absences.leave(connection, AYLIN, day.at, day.at + dt.timedelta(days=9), "an automatic reply")
    day.goes_on(hours=1)
    appointed.keep_due(house.office)

    assert house.request().owner == JONAS
    assert told(house) == [("staff_notice", JONAS)]


def test_a_request_of_the_lead_that_nobody_takes_goes_further_up(house: House, a_mail: Mail, day: Day) -> None:
    house.sets_department("it", accept_within=dt.timedelta(hours=1), escalation="board@lindwerk.example")
    house.receives(a_mail(From=MARA))
    for _ in range(2):
        day.goes_on(hours=1)
        appointed.keep_due(house.office)

    assert house.request().owner == "board@lindwerk.example"


def test_without_anybody_further_up_it_stands_in_triage_where_people_see_it(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets_department("it", accept_within=dt.timedelta(hours=1), escalation=None)
    house.receives(a_mail(From=MARA))
    for _ in range(2):
        day.goes_on(hours=1)
        appointed.keep_due(house.office)

    request = house.request()
    assert (request.department, request.owner, request.status) == (None, None, "new")
    assert told(house)[-1] == ("staff_notice", "anke.wulf@lindwerk.example")


AWAY = {"Auto_Submitted": "auto-replied", "X_Auto_Response_Suppress": "All"}


def says_away(house: House, a_mail: Mail, notice: EmailMessage, who: str = JONAS, words: str = "") -> None:
    fields = {"From": who, "In_Reply_To": notice["Message-ID"]} | AWAY
    house.receives(a_mail("Automatic reply: [REQ-1] VPN", words or "I am away until 2026-11-27.\n", **fields))


def test_the_absence_notice_of_an_owner_gives_the_request_to_the_deputy(
    house: House, asked: EmailMessage, a_mail: Mail, day: Day
) -> None:
    house.sets_department("it", {JONAS: {"deputy": AYLIN}})
    says_away(house, a_mail, asked)
    day.goes_on(hours=3)
    house.receives(a_mail("VPN again", "Still broken.\n"))

    assert [house.request(number).owner for number in (1, 2)] == [AYLIN, AYLIN]
    assert why(house, "absent") == ["until 2026-11-27; an automatic reply: Automatic reply: [REQ-1] VPN"]
    assert why(house, "owner")[-1] == (
        "Jonas Petersen is away until 2026-11-27; Jonas Petersen owned it, who is away; Aylin Demir is their deputy"
    )


def test_who_writes_again_is_back(house: House, asked: EmailMessage, a_mail: Mail, day: Day) -> None:
    house.sets_department("it", {JONAS: {"deputy": AYLIN}})
    says_away(house, a_mail, asked)
    answers(house, a_mail, asked)

    with house.office.store.reading() as connection:
        assert absences.away(connection, day.at) == frozenset()


def test_what_was_answered_stays_with_its_owner_though_they_go_away(
    house: House, asked: EmailMessage, a_mail: Mail
) -> None:
    answers(house, a_mail, asked)
    says_away(house, a_mail, asked)

    assert house.request().owner == JONAS


def test_an_automatic_reply_of_anybody_else_makes_nobody_be_away(
    house: House, asked: EmailMessage, a_mail: Mail, day: Day
) -> None:
    says_away(house, a_mail, asked, who="mallory@outside.example")
    fields = {"From": JONAS} | AWAY
    house.receives(a_mail("Automatic reply: hello", "I am away until 2026-11-27.\n", **fields))

    with house.office.store.reading() as connection:
        assert absences.away(connection, day.at) == frozenset()
    assert house.request().owner == JONAS


def test_nobody_is_given_a_request_of_their_own(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From=JONAS))

    with pytest.raises(assigning.CannotAssign, match="asks REQ-1; nobody owns a request of their own"):
        assigning.assign(house.office, 1, department=None, owner=JONAS, actor="mara", why="x")
    assert house.request().owner == AYLIN


def test_a_request_that_goes_round_comes_to_both_leads_together(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    for department in ("hr", "it"):
        day.goes_on(minutes=1)
        assigning.assign(house.office, 1, department=department, owner=None, actor="jonas", why="not ours")
    house.sends()
    day.goes_on(minutes=1)
    assigning.assign(house.office, 1, department="hr", owner=TOBIAS, actor="jonas", why="really not ours")

    assert house.request().owner == CLAIRE
    sent = house.sends()
    notices = {
        to: " ".join(mail.get_body(("plain",)).get_content().split()) for kind, to, mail in sent if "staff" in kind
    }
    assert set(notices) == {CLAIRE, MARA}
    for words in notices.values():
        assert "REQ-1 has been handed over between departments 3 times, now from it to hr." in words
        assert f"{CLAIRE}, please settle it with {MARA}" in words


def test_placing_a_request_of_triage_is_no_handover(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail("The thing", "Please call.\n"))
    for department in ("hr", "it", "hr"):
        day.goes_on(minutes=1)
        assigning.assign(house.office, 1, department=department, owner=None, actor="anke", why="theirs")

    assert house.request().owner == TOBIAS


def test_everything_of_somebody_who_leaves_goes_to_others(house: House, a_mail: Mail, day: Day) -> None:
    for number in range(4):
        house.receives(a_mail(f"VPN {number}", f"Broken, {number}.\n", From=f"<eva.{number}@lindwerk.example>"))
    assigning.resolve(house.office, 3, actor="jonas", why="done")
    house.sends()
    passed = passing_on.reassign(house.office, JONAS.upper(), to=None, actor="mara", why="Jonas has left")

    assert [(one.number, one.owner) for one in passed] == [(1, AYLIN)]
    assert [house.request(number).owner for number in (1, 2, 3, 4)] == [AYLIN, AYLIN, JONAS, AYLIN]
    assert told(house) == [("assignment", AYLIN), ("new_owner", "eva.0@lindwerk.example")]
    assert why(house, "left") == ["Jonas has left"]


def test_a_new_owner_has_to_take_it_as_well(house: House, asked: EmailMessage, day: Day) -> None:
    assigning.assign(house.office, 1, department=None, owner=AYLIN, actor="mara", why="hers")

    with house.office.store.reading() as connection:
        (one,) = appointments.of_request(connection, 1)
    assert (one.kind, one.about, one.due_at) == ("accept", AYLIN, day.at + dt.timedelta(hours=1))
