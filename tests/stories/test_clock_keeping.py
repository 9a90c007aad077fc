"""The clocks of a request that lives: what stops and starts them, and what a corrected calendar changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, clock_keeping, escalations
from daemon.office import Office
from daemon.people import Person
from daemon.store import clocks

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]

MORE = {"next_response": {"normal": "2h"}, "update": {"normal": "8h"}}


def with_policy(office: Office, **other: object) -> dict[str, object]:
    """The settings in which the standard policy promises this as well."""
    standard = office.settings.sla_policies["standard"]
    policy = type(standard).model_validate(standard.model_dump() | other)
    return {"settings": office.settings.model_copy(update={"sla_policies": {"standard": policy}})}


@pytest.fixture
def asked(house: House, a_mail: Mail) -> EmailMessage:
    """Eva has asked on Monday at ten, of a department that promises four things; the notice to the owner."""
    house.runs_with(**with_policy(house.office, **MORE))
    house.receives(a_mail())
    return house.sends()[1][2]


def answer(house: House, a_mail: Mail, notice: EmailMessage) -> None:
    owner = house.request().owner or ""
    house.receives(a_mail("Re: VPN", "Restart it.\n", From=owner, In_Reply_To=notice["Message-ID"]))


def clocks_of(house: House) -> dict[str, clocks.StoredClock]:
    with house.office.store.reading() as connection:
        return {clock.kind: clock for clock in clocks.of_request(connection, 1)}


def due(house: House) -> dict[str, str]:
    """When the running clocks are due, in UTC."""
    return {kind: f"{one.due_at:%a %H:%M}" for kind, one in clocks_of(house).items() if one.stopped_at is None}


def test_the_next_word_is_owed_from_one_answer_to_the_next(house: House, a_mail: Mail, day: Day, asked) -> None:
    day.goes_on(hours=1)
    answer(house, a_mail, asked)
    once = due(house)["update"]
    day.goes_on(hours=2)
    answer(house, a_mail, asked)

    assert (once, due(house)["update"]) == ("Tue 10:00", "Tue 12:00")
    assert "first_response" not in due(house)


def test_a_requester_who_writes_again_is_owed_an_answer_since_the_first_of_these_mails(
    house: House, a_mail: Mail, day: Day, asked
) -> None:
    day.goes_on(hours=1)
    answer(house, a_mail, asked)
    for _ in range(2):
        day.goes_on(hours=1)
        house.receives(a_mail("Re: VPN", "It still fails.\n", References=asked["References"]))
    waits = due(house)["next_response"]
    answer(house, a_mail, asked)

    assert waits == "Mon 13:00"
    assert "next_response" not in due(house)


def test_out_of_office_replies_start_and_stop_nothing(house: House, a_mail: Mail, day: Day, asked) -> None:
    before = due(house)
    day.goes_on(hours=1)
    for sender in (house.request().owner or "", "eva.lund@lindwerk.example"):
        house.receives(
            a_mail("Away", "I am away.", From=sender, In_Reply_To=asked["Message-ID"], Auto_Submitted="auto-replied")
        )

    assert due(house) == before


def test_a_group_of_requesters_has_targets_of_its_own(house: House, a_mail: Mail) -> None:
    groups = {"field": {"first_response": {"normal": "1h"}}}
    house.runs_with(
        **with_policy(house.office, groups=groups),
        people={"eva.lund@lindwerk.example": Person("eva.lund@lindwerk.example", group="field")},
    )
    house.receives(a_mail())

    assert due(house)["first_response"] == "Mon 10:00"


def test_another_department_promises_from_the_same_beginnings(house: House, a_mail: Mail, day: Day, asked) -> None:
    day.goes_on(hours=1)
    answer(house, a_mail, asked)
    day.goes_on(hours=1)
    assigning.assign(house.office, 1, department="hr", owner=None, actor="ops", why="about leave")

    assert due(house) == {"update": "Tue 10:00", "resolution": "Wed 09:00"}


def test_a_corrected_calendar_corrects_every_due_time_and_the_ledger_says_so(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    before = due(house)
    calendars = close_tuesday(house.office)
    house.runs_with(calendars=calendars)
    tried = clock_keeping.recompute(house.office, None, actor="ops", why="Tuesday is closed", dry=True)
    assert due(house) == before
    corrected = clock_keeping.recompute(house.office, None, actor="ops", why="Tuesday is closed", dry=False)

    assert corrected == tried
    assert (before["resolution"], due(house)["resolution"]) == ("Wed 09:00", "Thu 09:00")
    assert due(house)["first_response"] == before["first_response"]
    assert house.ledger()[-1] == ("ops", "due_recomputed", "2026-11-26T09:00:00+00:00")
    assert clock_keeping.recompute(house.office, None, actor="ops", why="again", dry=False) == []


def test_rungs_move_with_a_corrected_due_time_and_none_fires_twice(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    day.goes_on(hours=2)
    escalations.fire_due(house.office)  # the reminder, when half of the first answer's time is gone
    house.sends()
    house.runs_with(**with_policy(house.office, first_response={"normal": "6h"}))
    clock_keeping.recompute(house.office, [1], actor="ops", why="six hours", dry=False)
    day.goes_on(hours=2)
    early = escalations.fire_due(house.office)
    day.goes_on(hours=2)
    escalations.fire_due(house.office)

    assert early == 0
    assert [kind for kind, _, _ in house.sends()] == ["warning"]


def test_what_the_clocks_say_is_what_the_ledger_says(house: House, a_mail: Mail, day: Day, asked) -> None:
    """After a day of work nothing comes out otherwise: rows and ledger tell the same."""
    day.goes_on(minutes=33)
    answer(house, a_mail, asked)
    day.goes_on(minutes=50)
    house.receives(a_mail("Re: VPN", "It still fails.\n", References=asked["References"]))
    day.goes_on(hours=3)
    assigning.resolve(house.office, 1, actor="ops", why="done")
    day.goes_on(hours=20)
    house.receives(a_mail("Re: VPN", "And again.\n", References=asked["References"]))

    assert set(due(house)) == {"next_response", "resolution"}
    assert clock_keeping.recompute(house.office, None, actor="ops", why="look", dry=True) == []


def close_tuesday(office: Office):
    from daemon.desk.business_time import BusinessCalendar

    kept = office.calendars["office"]
    return {"office": BusinessCalendar(kept.zone, kept.week, closed=frozenset({dt.date(2026, 11, 24)}))}
