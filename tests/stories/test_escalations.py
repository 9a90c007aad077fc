"""What is due goes up one rung, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, escalations

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


@pytest.fixture
def asked(house: House, a_mail: Mail) -> House:
    """Eva has asked on Monday at ten; four working hours for a first answer."""
    house.receives(a_mail())
    house.sends()
    return house


def test_nothing_fires_before_its_time(asked: House, day: Day) -> None:
    day.goes_on(hours=1, minutes=59)

    assert escalations.fire_due(asked.office) == 0
    assert escalations.seconds_to_next(asked.office, 3600) == 60


def test_the_owner_is_reminded_then_the_lead_warned_then_the_last_rung_told(asked: House, day: Day) -> None:
    told = []
    for hours in (2, 2, 24):
        day.goes_on(hours=hours)
        escalations.fire_due(asked.office)
        told.append([(kind, to) for kind, to, _ in asked.sends()])

    assert told == [
        [("reminder", asked.request().owner)],
        [("warning", "mara.vogt@lindwerk.example")],
        [],
    ]
    day.goes_on(hours=8)  # sixteen working hours after Monday ten: Wednesday ten
    day.at = dt.datetime(2026, 11, 25, 9, 1, tzinfo=dt.UTC)
    escalations.fire_due(asked.office)
    assert [(kind, to) for kind, to, _ in asked.sends()] == [("escalation", "carla.coo@lindwerk.example")]


def test_a_rung_fires_once_however_often_it_is_looked_at(asked: House, day: Day) -> None:
    day.goes_on(hours=2)

    assert [escalations.fire_due(asked.office) for _ in range(3)] == [1, 0, 0]
    assert len(asked.sends()) == 1


def test_a_night_passes_without_a_rung(house: House, a_mail: Mail, day: Day) -> None:
    day.at = dt.datetime(2026, 11, 23, 15, 30, tzinfo=dt.UTC)  # 16:30, half an hour before closing
    house.receives(a_mail())
    house.sends()
    day.goes_on(hours=12)

    assert escalations.fire_due(house.office) == 0


def test_an_answered_request_is_not_escalated_for_its_first_answer(
    asked: House, a_mail: Mail, day: Day, house: House
) -> None:
    assigning.resolve(asked.office, 1, actor="ops", why="done")
    day.goes_on(days=30)

    assert escalations.fire_due(asked.office) == 0


def test_what_a_rung_told_stands_in_the_ledger(asked: House, day: Day) -> None:
    day.goes_on(hours=4)
    escalations.fire_due(asked.office)

    assert asked.ledger()[-2:] == [
        ("postroom", "reminder", asked.request().owner),
        ("postroom", "warning", "mara.vogt@lindwerk.example"),
    ]


def test_a_request_in_triage_is_escalated_to_the_lead_of_triage(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail("The thing", "Please call."))
    house.sends()
    day.goes_on(hours=2)
    escalations.fire_due(house.office)

    assert [(kind, to) for kind, to, _ in house.sends()] == [("reminder", "anke.wulf@lindwerk.example")]


def test_after_an_outage_each_person_hears_of_the_latest_rung_only(asked: House, day: Day) -> None:
    day.goes_on(days=7)
    fired = escalations.fire_due(asked.office)

    assert fired == 3
    assert [(kind, to) for kind, to, _ in asked.sends()] == [
        ("escalation", "carla.coo@lindwerk.example"),
        ("warning", "mara.vogt@lindwerk.example"),
        ("reminder", asked.request().owner),
    ]


def test_a_lead_who_owns_the_request_is_told_once(house: House, a_mail: Mail, day: Day) -> None:
    it = house.office.settings.departments["it"]
    alone = it.model_copy(update={"members": it.members[:1], "lead": it.members[0].email})
    departments = house.office.settings.departments | {"it": alone}
    house.runs_with(settings=house.office.settings.model_copy(update={"departments": departments}))
    house.receives(a_mail())
    house.sends()
    day.goes_on(hours=5)
    escalations.fire_due(house.office)

    assert [(kind, to) for kind, to, _ in house.sends()] == [("warning", "jonas.petersen@lindwerk.example")]
