"""The life of a request: it waits, is taken up, resolved, closed and opened again, and does nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon import appointed, assigning, escalations, happenings
from daemon.desk.clocks import WAITS
from daemon.desk.lifecycle import TABLE, Happening
from daemon.desk.request import Status
from daemon.desk.waiting import WaitsFor
from daemon.store import appointments, clocks, ledger

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
EVA = "eva.lund@lindwerk.example"


@pytest.fixture
def asked(house: House, a_mail: Mail) -> House:
    """Eva has asked on Monday at ten; four working hours for a first answer, sixteen for the resolution."""
    house.receives(a_mail())
    house.sends()
    return house


def due(house: House, kind: str = "resolution") -> dt.datetime:
    with house.office.store.reading() as connection:
        return next(one.due_at for one in clocks.of_request(connection, 1) if one.kind == kind)


def waits(house: House, whom: WaitsFor = WaitsFor.REQUESTER, day: dt.date | None = None) -> None:
    happenings.make_wait(house.office, 1, whom, day, actor="jonas", why="which laptop is it?")


def happens(house: House, what: Happening) -> None:
    happenings.happen(house.office, 1, what, actor="jonas", why="so it is")


def lines(house: House) -> list[tuple[str, str | None, str]]:
    with house.office.store.reading() as connection:
        return [(one.what, one.to_value, one.why) for one in ledger.of_request(connection, 1)]


def writes_again(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("Re: [REQ-1] VPN", "It is the grey one.\n"))


def test_a_request_that_waits_says_for_whom_until_when_and_why(asked: House) -> None:
    waits(asked, day=dt.date(2026, 11, 30))

    assert asked.request().status == "waiting"
    assert lines(asked)[-2:] == [
        ("status", "waiting", "for the requester until 30 Nov 2026 09:00: which laptop is it?"),
        ("waits", "requester", "which laptop is it?"),
    ]


def test_the_reply_of_the_requester_ends_the_wait_and_the_time_in_it_does_not_count(
    asked: House, a_mail: Mail, day: Day
) -> None:
    before = due(asked)
    day.goes_on(hours=1)
    waits(asked)
    day.goes_on(days=2)
    writes_again(asked, a_mail)

    assert asked.request().status == "open"
    assert due(asked) == before + dt.timedelta(days=2)
    assert due(asked, "first_response") == dt.datetime(2026, 11, 23, 13, tzinfo=dt.UTC)  # that was owed all the time


def test_while_it_waits_no_rung_of_the_resolution_fires_and_afterwards_each_fires_once(
    asked: House, a_mail: Mail, day: Day
) -> None:
    waits(asked)
    day.goes_on(days=10)
    escalations.fire_due(asked.office)
    while_waiting = [kind for kind, _, _ in asked.sends()]
    writes_again(asked, a_mail)
    day.goes_on(days=10)
    escalations.fire_due(asked.office)

    assert sorted(while_waiting) == ["reminder", "warning"]  # of the first response
    assert [kind for kind, _, _ in asked.sends()] == ["follow_up", "escalation"]


def test_after_its_longest_time_it_waits_no_longer_and_its_owner_is_told(asked: House, day: Day) -> None:
    waits(asked)
    day.goes_on(days=14, minutes=1)

    assert [appointed.keep_due(asked.office) for _ in range(3)] == [1, 0, 0]
    assert asked.request().status == "open"
    ((kind, to, mail),) = asked.sends()
    assert (kind, to) == ("staff_notice", asked.request().owner)
    assert "REQ-1 waits no longer: it has waited as long as it may." in mail.get_body(("plain",)).get_content()


def test_the_day_for_which_it_waits_begins_when_the_department_opens(asked: House, day: Day) -> None:
    waits(asked, WaitsFor.DATE, dt.date(2026, 11, 28))  # a Saturday
    day.at = dt.datetime(2026, 11, 30, 7, 59, tzinfo=dt.UTC)
    before = appointed.keep_due(asked.office)
    day.goes_on(minutes=1)

    assert (before, appointed.keep_due(asked.office)) == (0, 1)
    assert ("status", "open", "the day has come") in lines(asked)


@pytest.mark.parametrize(
    ("whom", "until", "sentence"),
    [
        (WaitsFor.DATE, None, "REQ-1: Say until which day it waits, as 2026-12-01."),
        (WaitsFor.DATE, dt.date(2026, 11, 20), "REQ-1: 2026-11-20 has come already; say a later day."),
        (
            WaitsFor.REQUESTER,
            dt.date(2026, 12, 24),
            "REQ-1: It may wait for the requester until 2026-12-07 at the longest; say an earlier day than 2026-12-24.",
        ),
    ],
)
def test_a_wait_that_may_not_be_is_refused_and_changes_nothing(
    asked: House, whom: WaitsFor, until: dt.date | None, sentence: str
) -> None:
    before = lines(asked)

    with pytest.raises(happenings.CannotHappen) as refused:
        waits(asked, whom, until)

    assert str(refused.value) == sentence
    assert (lines(asked), asked.request().status) == (before, "open")


def test_the_clocks_whose_rungs_stand_still_are_those_of_the_desk() -> None:
    assert frozenset(clocks.STANDS_STILL) == WAITS


def test_another_wait_takes_the_place_of_the_first(asked: House, day: Day) -> None:
    waits(asked)
    waits(asked, WaitsFor.THIRD_PARTY)
    day.goes_on(days=15)

    with asked.office.store.reading() as connection:
        (one,) = appointments.of_request(connection, 1)
    assert one.about == "third_party"
    assert appointed.keep_due(asked.office) == 0


def test_who_gets_a_request_that_waits_finds_it_open_with_its_clock_running(asked: House, day: Day) -> None:
    before = due(asked)
    waits(asked)
    day.goes_on(days=1)
    assigning.assign(asked.office, 1, department=None, owner="aylin.demir@lindwerk.example", actor="mara", why="hers")

    assert asked.request().status == "open"
    assert due(asked) == before + dt.timedelta(days=1)
    with asked.office.store.reading() as connection:
        assert appointments.of_request(connection, 1) == []


def test_the_new_department_gets_the_time_in_which_it_waited_too(asked: House, day: Day) -> None:
    before = due(asked)
    waits(asked)
    day.goes_on(days=1)
    assigning.assign(asked.office, 1, department="hr", owner=None, actor="mara", why="theirs")

    assert due(asked) == before + dt.timedelta(days=1)


def test_a_resolved_request_is_closed_after_quiet_days(asked: House, a_mail: Mail, day: Day) -> None:
    happens(asked, Happening.RESOLVED)
    day.goes_on(days=13)
    early = appointed.keep_due(asked.office)
    day.goes_on(days=1)
    appointed.keep_due(asked.office)

    assert early == 0
    assert asked.request().status == "closed"
    assert lines(asked)[-1] == ("status", "closed", "nobody has written about it for 14 days")


def test_words_about_a_resolved_request_put_its_closing_off(asked: House, a_mail: Mail, day: Day) -> None:
    notice = asked.request().owner or ""
    happens(asked, Happening.RESOLVED)
    day.goes_on(days=10)
    asked.receives(a_mail("[REQ-1] by the way", "Look at this.\n", From=notice))  # kept as a note
    day.goes_on(days=5)
    appointed.keep_due(asked.office)
    still = asked.request().status
    day.goes_on(days=10)
    appointed.keep_due(asked.office)

    assert (still, asked.request().status) == ("resolved", "closed")


@pytest.mark.parametrize("closed", [True, False])
def test_the_requester_opens_it_again_while_that_is_young_enough(
    asked: House, a_mail: Mail, day: Day, closed: bool
) -> None:
    happens(asked, Happening.RESOLVED)
    if closed:
        happens(asked, Happening.CLOSED)
    day.goes_on(days=29)
    writes_again(asked, a_mail)

    assert (len(asked.requests()), asked.request().status, asked.request().resolved_at) == (1, "open", None)
    with asked.office.store.reading() as connection:
        assert appointments.of_request(connection, 1) == []


def test_later_a_mail_about_it_is_a_new_request_that_names_the_old_one(asked: House, a_mail: Mail, day: Day) -> None:
    happens(asked, Happening.RESOLVED)
    day.goes_on(days=31)
    writes_again(asked, a_mail)

    assert (asked.request(1).status, asked.request(2).status) == ("resolved", "open")
    assert (EVA, "opened", "it") in asked.ledger(2)
    assert ("postroom", "follows", "REQ-1") in asked.ledger(2)


def test_a_reopened_request_does_not_repeat_the_rungs_that_have_fired(asked: House, a_mail: Mail, day: Day) -> None:
    day.goes_on(days=8)
    escalations.fire_due(asked.office)
    asked.sends()
    happens(asked, Happening.RESOLVED)
    writes_again(asked, a_mail)
    asked.sends()
    day.goes_on(days=8)

    assert escalations.fire_due(asked.office) == 0


DOINGS = (Happening.PAUSED, Happening.RESUMED, Happening.RESOLVED, Happening.CLOSED, Happening.REOPENED)
_numbers = iter(range(1, 10_000))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*DOINGS, Happening.REQUESTER_WROTE]), max_size=12))
def test_whatever_is_tried_in_whatever_order_a_request_moves_by_the_table_alone(
    house: House, a_mail: Mail, tried: list[Happening]
) -> None:
    number = next(_numbers)
    house.receives(
        a_mail(f"VPN {number}", f"Since this morning, {number}.\n", From=f"Eva <eva.{number}@lindwerk.example>")
    )
    request = house.request(len(house.requests()))
    for happening in tried:
        status = Status(request.status)
        expected = TABLE.get((status, happening))
        before = house.ledger(request.id)
        try:
            if happening is Happening.PAUSED:
                happenings.make_wait(house.office, request.id, WaitsFor.THIRD_PARTY, None, actor="x", why="y")
            else:
                happenings.happen(house.office, request.id, happening, actor="x", why="y")
        except happenings.CannotHappen:
            assert expected is None
            assert house.ledger(request.id) == before
        else:
            assert expected is not None
        request = house.request(request.id)

        assert request.status == (expected or status)
        _is_sound(house, request.id)


def _is_sound(house: House, number: int) -> None:
    """What belongs to a status, and nothing of another: appointments, clocks, rungs, and the sum of the due time."""
    request = house.request(number)
    with house.office.store.reading() as connection:
        kinds = sorted(one.kind for one in appointments.of_request(connection, number))
        running = {one.kind for one in clocks.of_request(connection, number) if one.stopped_at is None}
    assert kinds == {"waiting": ["wait_over"], "resolved": ["close"]}.get(request.status, [])
    assert ("resolution" in running) == (request.status in ("new", "open", "waiting"))
    assert (request.resolved_at is not None) == (request.status in ("resolved", "closed"))
