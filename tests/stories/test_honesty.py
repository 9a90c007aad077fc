"""What is said when a promise cannot be kept, and when one was not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, escalations, forecasting, honesty
from daemon.assigning import CannotAssign
from daemon.desk.request import Request
from daemon.store import appointments, clocks, outbox, promises, unreachable
from daemon.store.appointments import Appointment

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
EVA, LEAD = "eva.lund@lindwerk.example", "mara.vogt@lindwerk.example"


@pytest.fixture
def asked(house: House, a_mail: Mail) -> EmailMessage:
    """Eva has asked on Monday at ten; four working hours for an answer, sixteen for a solution. The owner's notice."""
    house.receives(a_mail())
    return house.sends()[1][2]


def writes(house: House, a_mail: Mail, notice: EmailMessage, words: str) -> None:
    house.receives(a_mail("Re: VPN", words, From=house.request().owner or "", In_Reply_To=notice["Message-ID"]))


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def due(house: House) -> dict[str, str]:
    with house.office.store.reading() as connection:
        return {clock.kind: f"{clock.due_at:%a %d %H:%M}" for clock in clocks.of_request(connection, 1)}


def test_an_owner_sets_a_new_date_by_a_word_and_the_requester_hears_of_it(house: House, a_mail: Mail, asked) -> None:
    writes(house, a_mail, asked, "later 2026-12-01 15:00 the part comes on Tuesday\n")
    ((kind, to, note), (confirmed, by, done)) = house.sends()

    assert (kind, to) == ("new_date", EVA)
    assert (confirmed, by) == ("staff_notice", house.request().owner)
    assert "New date Tuesday 1 December, 15:00" in text(done)
    assert "Its requester was told" in text(done)
    assert "Tuesday 1 December, 15:00" in text(note)
    assert "Wednesday 25 November, 10:00" in text(note)
    assert "the part comes on Tuesday" in text(note)
    assert due(house) == {"first_response": "Mon 23 13:00", "resolution": "Tue 01 14:00"}
    assert house.ledger()[-1] == (house.request().owner, "new_date", "2026-12-01T14:00:00+00:00")


def test_a_new_date_stops_no_clock_and_moves_the_rungs(house: House, a_mail: Mail, day: Day, asked) -> None:
    writes(house, a_mail, asked, "later 2026-12-01 the part is late\n")
    house.sends()
    day.at = dt.datetime(2026, 11, 25, 9, 1, tzinfo=dt.UTC)  # the old date
    escalations.fire_due(house.office)
    before = [kind for kind, _, _ in house.sends()]
    day.at = dt.datetime(2026, 12, 1, 16, 1, tzinfo=dt.UTC)
    escalations.fire_due(house.office)

    assert "escalation" not in before
    assert [kind for kind, _, _ in house.sends()] == ["escalation"]


def test_an_owner_who_sets_a_new_date_has_taken_the_request(house: House, a_mail: Mail, asked) -> None:
    owner = house.request().owner or ""
    with house.office.store.writing() as database:
        made = Appointment("accept", house.office.now() + dt.timedelta(hours=1), owner)
        appointments.make(database, 1, made)
    writes(house, a_mail, asked, "later 2026-12-01 the part is late\n")

    with house.office.store.reading() as database:
        assert appointments.of_request(database, 1) == []
    assert (owner, "accepted", owner) in house.ledger()


def test_a_new_date_is_told_to_no_address_from_which_mail_came_back_and_its_owner_reads_so(
    house: House, a_mail: Mail, day: Day, asked
) -> None:
    until = day.at + dt.timedelta(days=9)
    with house.office.store.writing() as connection:
        unreachable.note(connection, unreachable.Unreachable(EVA, day.at, until, "550 no such user"))
    writes(house, a_mail, asked, "later 2026-12-01 the part is late\n")
    ((kind, _, mail),) = house.sends()

    assert kind == "staff_notice"
    assert f"Its requester was not told: Mail to {EVA} came back" in text(mail)
    assert due(house)["resolution"] == "Tue 01 16:00"


@pytest.mark.parametrize(
    "fields", [{"From": "no-reply@lindwerk.example"}, {"Auto_Submitted": "auto-generated"}], ids=str
)
def test_a_new_date_is_told_to_no_program(house: House, a_mail: Mail, fields: dict[str, str]) -> None:
    house.receives(a_mail(**fields))
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    writes(house, a_mail, notice, "later 2026-12-01 the part is late\n")
    ((kind, _, mail),) = house.sends()

    assert kind == "staff_notice"
    assert "Its requester was not told: A program has asked" in text(mail)


def test_a_date_that_cannot_be_promised_goes_back_to_the_owner_alone(house: House, a_mail: Mail, asked) -> None:
    writes(house, a_mail, asked, "later 2026-11-29 sorry\n")
    ((kind, to, mail),) = house.sends()

    assert (kind, to) == ("staff_notice", house.request().owner)
    assert "nobody works on Sunday, 2026-11-29" in text(mail)
    assert "Reply again and begin with `later`" in text(mail)
    assert due(house)["resolution"] == "Wed 25 09:00"


def test_later_without_a_date_is_an_answer_like_any_other(house: House, a_mail: Mail, asked) -> None:
    writes(house, a_mail, asked, "Later today I will call you.\n")

    assert [kind for kind, _, _ in house.sends()] == ["answer"]


def test_nobody_but_staff_moves_a_date(house: House, a_mail: Mail, asked) -> None:
    house.receives(a_mail("Re: VPN", "later 2026-12-01 no hurry\n", References=asked["References"]))
    house.receives(
        a_mail("Re", "later 2026-12-01 no\n", From="mallory@lindwerk.example", In_Reply_To=asked["Message-ID"])
    )

    assert due(house)["resolution"] == "Wed 25 09:00"
    assert {kind for kind, _, _ in house.sends()} == {"follow_up"}


def test_a_finished_request_can_be_promised_for_no_other_date(house: House, asked) -> None:
    assigning.resolve(house.office, 1, actor="ops", why="done")
    with pytest.raises(CannotAssign, match="REQ-1 is resolved"):
        honesty.promise_later(house.office, 1, at=house.office.now() + dt.timedelta(days=2), actor="ops", why="?")


def test_a_broken_promise_is_apologised_for_once_and_its_lead_makes_it_good(house: House, day: Day, asked) -> None:
    day.goes_on(hours=3, minutes=59)
    early = honesty.tell_broken(house.office, house.office.now())
    day.goes_on(minutes=2)
    told = [honesty.tell_broken(house.office, house.office.now()) for _ in range(3)]
    (to_eva, to_lead) = house.sends()

    assert (early, told) == (0, [1, 0, 0])
    assert (to_eva[:2], to_lead[:2]) == (("apology", EVA), ("heads_up", LEAD))
    assert "We promised you an answer" in text(to_eva[2])
    assert "Monday 23 November, 14:00" in text(to_eva[2])
    assert "What is next: mara.vogt@lindwerk.example" in text(to_eva[2])
    assert "was promised by Monday 23 November, 14:00 (Berlin time)" in " ".join(text(to_lead[2]).split())
    assert [what for _, what, _ in house.ledger()][-3:] == ["breached", "apology", "recovery"]
    with house.office.store.reading() as connection:
        (open_one,) = promises.recoveries_open(connection)
    said = " ".join(open_one.why.split())
    assert said == "the first response was promised by Monday 23 November, 14:00 (Berlin time)"


def test_a_new_date_that_was_told_in_time_needs_no_apology(house: House, a_mail: Mail, day: Day, asked) -> None:
    writes(house, a_mail, asked, "later 2026-12-01 the part is late\n")
    writes(house, a_mail, asked, "Please restart it meanwhile.\n")
    house.sends()
    day.at = dt.datetime(2026, 11, 25, 9, 1, tzinfo=dt.UTC)
    on_the_old = honesty.tell_broken(house.office, house.office.now())
    day.at = dt.datetime(2026, 12, 1, 16, 1, tzinfo=dt.UTC)

    assert (on_the_old, honesty.tell_broken(house.office, house.office.now())) == (0, 1)
    assert "by Tuesday 1 December, 17:00" in text(house.sends()[0][2])


def test_a_week_without_a_daemon_makes_one_apology_for_each_request(house: House, day: Day, asked) -> None:
    day.goes_on(days=7)
    assert honesty.tell_broken(house.office, house.office.now()) == 2
    assert [kind for kind, _, _ in house.sends()] == ["apology", "heads_up"]


@pytest.fixture
def full(house: House, asked) -> House:
    """As many mails were sent within the hour as may be."""
    ceilings = house.office.settings.ceilings.model_copy(update={"mails_per_hour": 1})
    house.runs_with(settings=house.office.settings.model_copy(update={"ceilings": ceilings}))
    return house


def test_above_the_ceiling_over_all_mails_an_apology_is_put_off_and_not_lost(full: House, day: Day) -> None:
    day.goes_on(hours=5)
    with full.office.store.writing() as connection:
        connection.execute(outbox.outbox.update().values(created_at=day.at))
    told = [honesty.tell_broken(full.office, day.at) for _ in range(2)]
    waits = honesty.seconds_to_next(full.office, 30.0)
    put_off = [kind for kind, _, _ in full.sends()], [what for _, what, _ in full.ledger() if what == "breached"]
    day.goes_on(hours=1, minutes=1)
    later = honesty.tell_broken(full.office, day.at)

    assert (told, waits, put_off) == ([0, 0], 30.0, (["alarm"], []))
    assert (later, [kind for kind, _, _ in full.sends()]) == (1, ["apology", "heads_up"])


def test_above_the_ceiling_over_all_mails_a_new_date_is_not_told_and_its_owner_hears_so(
    full: House, a_mail: Mail, asked
) -> None:
    writes(full, a_mail, asked, "later 2026-12-01 the part is late\n")
    sent = full.sends()

    assert sorted(kind for kind, _, _ in sent) == ["alarm", "staff_notice"]
    (notice,) = [mail for kind, _, mail in sent if kind == "staff_notice"]
    assert "Its requester was not told: As many mails as may be were sent within the hour." in text(notice)
    assert due(full)["resolution"] == "Tue 01 16:00"


def test_whoever_was_not_acknowledged_gets_no_apology(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail(From="stranger@outside.example"))
    house.sends()
    day.goes_on(hours=5)
    honesty.tell_broken(house.office, house.office.now())

    assert [kind for kind, _, _ in house.sends()] == ["heads_up"]


def test_an_apology_goes_to_no_address_from_which_mail_came_back(house: House, day: Day, asked) -> None:
    until = day.at + dt.timedelta(days=9)
    with house.office.store.writing() as connection:
        unreachable.note(connection, unreachable.Unreachable(EVA, day.at, until, "550 no such user"))
    day.goes_on(hours=5)
    honesty.tell_broken(house.office, house.office.now())

    assert [kind for kind, _, _ in house.sends()] == ["heads_up"]


def test_a_recovery_ends_when_the_requester_confirms_and_the_request_stays_resolved(
    house: House, a_mail: Mail, day: Day, asked
) -> None:
    day.goes_on(hours=5)
    honesty.tell_broken(house.office, house.office.now())
    apology = house.sends()[0][2]
    assigning.resolve(house.office, 1, actor="ops", why="done")
    house.receives(a_mail("Re: VPN", "Still nothing here.\n", In_Reply_To=apology["Message-ID"]))
    assigning.resolve(house.office, 1, actor="ops", why="done again")
    house.sends()
    house.receives(a_mail("Re: VPN", "Solved, thank you!\n", In_Reply_To=apology["Message-ID"]))
    with house.office.store.reading() as connection:
        left = promises.recoveries_open(connection)

    assert left == []
    assert house.ledger()[-1] == (EVA, "recovered", None)
    assert house.request().status == "resolved"
    assert house.sends() == []


def test_without_a_recovery_solved_is_a_word_like_any_other(house: House, a_mail: Mail, asked) -> None:
    house.receives(a_mail("Re: VPN", "Solved\n", References=asked["References"]))

    assert [kind for kind, _, _ in house.sends()] == ["follow_up"]


@pytest.fixture
def slow(house: House, a_mail: Mail, day: Day) -> House:
    """A department that in four weeks has given twelve first answers, each after seven working hours."""
    day.at -= dt.timedelta(days=21)
    for number in range(1, 13):
        house.receives(a_mail(f"VPN {number}", From=f"p{number}@lindwerk.example"))
    day.goes_on(hours=7)
    for number in range(1, 13):
        assigning.resolve(house.office, number, actor="ops", why="done")
    day.at = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    house.sends()
    return house


def test_a_lead_is_warned_once_of_what_will_probably_be_late(slow: House, a_mail: Mail) -> None:
    slow.receives(a_mail())
    slow.sends()
    warned = [forecasting.look_ahead(slow.office, slow.office.now()) for _ in range(2)]
    ((kind, to, mail),) = slow.sends()

    assert warned == [1, 0]
    assert (kind, to) == ("heads_up", LEAD)
    # Four weeks have 160 working hours: 13 h 20 for each of twelve, so Tuesday at 15:20.
    assert "first response due Mon 23 Nov 14:00, expected Tue 24 Nov 15:20" in text(mail)
    assert slow.ledger(13)[-1] == ("postroom", "forecast", "first_response")


def test_a_reply_to_a_warning_about_several_requests_reaches_the_requester_of_none(slow: House, a_mail: Mail) -> None:
    for number in (1, 2):
        slow.receives(a_mail(f"VPN again {number}", From=f"p{number}@lindwerk.example"))
    slow.sends()
    forecasting.look_ahead(slow.office, slow.office.now())
    ((kind, to, mail),) = slow.sends()
    slow.receives(
        a_mail(f"Re: {mail['Subject']}", "Jonas, please take both.\n", From=LEAD, In_Reply_To=mail["Message-ID"])
    )

    assert (kind, to, mail["Subject"]) == ("house_notice", LEAD, "3 promises of IT will probably not be kept")
    assert [(kind, to) for kind, to, _ in slow.sends()] == [("house_notice", LEAD)]


def test_nobody_is_warned_by_a_guess(house: House, asked) -> None:
    assert forecasting.look_ahead(house.office, house.office.now()) == 0
    assert house.sends() == []


def test_where_a_department_is_slower_the_acknowledgement_says_so_plainly(slow: House, a_mail: Mail) -> None:
    forecasting.look_ahead(slow.office, slow.office.now())
    slow.receives(a_mail("VPN by target"))
    honest = slow.office.settings.acknowledgement.model_copy(update={"promise": "measured"})
    slow.runs_with(settings=slow.office.settings.model_copy(update={"acknowledgement": honest}))
    slow.receives(a_mail("VPN as measured"))
    by_target, measured = (text(mail) for kind, _, mail in slow.sends() if kind == "acknowledgement")

    assert "Monday 23 November, 14:00" in by_target
    assert "four of five" not in by_target
    assert "You will hear from us by Monday 23 November, 17:00" in measured
    assert "Our aim is Monday 23 November, 14:00" in measured
    assert "four of five requests are answered by the time above" in measured


def test_a_fault_with_one_request_holds_up_no_other(
    house: House, a_mail: Mail, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.receives(a_mail())
    house.receives(a_mail("VPN too", From="tom@lindwerk.example"))
    house.sends()
    day.goes_on(hours=5)
    whole = honesty.frozen_mail.apology

    def fails_for_eva(office: object, request: Request, *rest: object) -> object:
        if request.id == 1:
            raise RuntimeError("a fault of ours")
        return whole(office, request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(honesty.frozen_mail, "apology", fails_for_eva)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        honesty.tell_broken(house.office, house.office.now())
    monkeypatch.undo()

    assert [to for kind, to, _ in house.sends() if kind == "apology"] == ["tom@lindwerk.example"]
    assert honesty.tell_broken(house.office, house.office.now()) == 1
