"""What is due goes up one rung, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from config.values import parse_interval
from daemon import assigning, escalations
from daemon.store import absences, clocks, ledger

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
    assert escalations.seconds_to_next(asked.office, asked.office.now(), 3600) == 60


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


# --- who is told, how many mails it takes, and at what hour ------------------------------------------------------

JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, CARLA = "mara.vogt@lindwerk.example", "carla.coo@lindwerk.example"


def told(house: House) -> list[tuple[str, str]]:
    return [(kind, to) for kind, to, _ in house.sends()]


def away(house: House, *addresses: str) -> None:
    until = house.office.now() + dt.timedelta(days=30)
    with house.office.store.writing() as connection:
        for address in addresses:
            absences.leave(connection, address, house.office.now(), until, "an automatic reply")


def why(house: House, what: str) -> str:
    with house.office.store.reading() as connection:
        return [one.why for one in ledger.of_request(connection, 1) if one.what == what][-1]


def test_in_place_of_an_owner_who_is_away_the_deputy_is_told(asked: House, day: Day) -> None:
    asked.sets_department("it", {JONAS: {"deputy": AYLIN}})
    away(asked, JONAS)
    day.goes_on(hours=2)
    escalations.fire_due(asked.office)

    ((kind, to, mail),) = asked.sends()
    assert (asked.request().owner, kind, to) == (JONAS, "reminder", AYLIN)
    assert "in place of Jonas Petersen, who is away" in " ".join(mail.get_body(("plain",)).get_content().split())
    assert why(asked, "reminder").endswith(f"; {JONAS} is away, so {AYLIN} is told")


def test_without_a_deputy_the_lead_is_told_and_never_the_absent(asked: House, day: Day) -> None:
    away(asked, JONAS, MARA)
    day.goes_on(hours=4)
    escalations.fire_due(asked.office)

    assert told(asked) == [("warning", CARLA)]  # of two rungs due at once each person hears of the later


def test_the_first_of_a_rung_is_asked_by_name_and_the_others_read_who_that_is(asked: House, day: Day) -> None:
    with asked.office.store.writing() as connection:
        connection.execute(clocks.rungs.update().where(clocks.rungs.c.number == 1).values(tell=["lead", "owner"]))
    day.goes_on(hours=4)
    escalations.fire_due(asked.office)

    words = {to: " ".join(mail.get_body(("plain",)).get_content().split()) for _, to, mail in asked.sends()}
    assert f"{MARA}, please see to it: ask Jonas Petersen" in words[MARA]
    assert "To answer, reply to this mail" in words[JONAS]


def test_a_rung_may_tell_the_next_lead(asked: House, day: Day) -> None:
    asked.sets_department("it", next_lead="board@lindwerk.example")
    with asked.office.store.writing() as connection:
        connection.execute(clocks.rungs.update().values(tell=["next_lead", "deputy"]))
    day.goes_on(hours=2)
    escalations.fire_due(asked.office)

    assert told(asked) == [("reminder", "board@lindwerk.example"), ("reminder", MARA)]  # nobody deputises for Jonas


@pytest.fixture
def busy(house: House, a_mail: Mail) -> House:
    """Eight requests came at once; the lead is warned of all of them at the same moment."""
    for number in range(8):
        house.receives(a_mail(f"VPN {number}", f"It is broken, {number}.\n", From=f"<eva.{number}@lindwerk.example>"))
    house.sends()
    return house


def test_who_would_get_many_mails_at_once_gets_one_that_lists_them(busy: House, day: Day) -> None:
    day.goes_on(hours=4)
    fired = escalations.fire_due(busy.office)

    sent = busy.sends()
    ((_, to, mail),) = [one for one in sent if one[0] == "deadlines"]
    text = mail.get_body(("plain",)).get_content()
    assert (fired, to, mail["Subject"]) == (16, MARA, "8 requests need a look: 8 late")
    assert [f"REQ-{number}  VPN {number - 1}" in text for number in range(1, 9)] == [True] * 8
    assert sorted(to for kind, to, _ in sent if kind == "reminder") == [AYLIN] * 4 + [JONAS] * 4
    assert escalations.fire_due(busy.office) == 0


def test_up_to_so_many_mails_go_out_one_by_one(busy: House, day: Day) -> None:
    busy.sets("rung_mails", together_above=8)
    day.goes_on(hours=4)
    escalations.fire_due(busy.office)

    assert [kind for kind, to in told(busy) if to == MARA] == ["warning"] * 8


def test_in_quiet_hours_nobody_is_told_and_at_their_end_what_still_matters_is(
    busy: House, a_mail: Mail, day: Day
) -> None:
    busy.sets("rung_mails", quiet_hours=parse_interval("13:00-16:00"))
    day.goes_on(hours=4)  # two o'clock in Hamburg
    fired, before = escalations.fire_due(busy.office), told(busy)
    assigning.resolve(busy.office, 1, actor="jonas", why="done")
    day.goes_on(hours=1, minutes=59)
    early = escalations.fire_due(busy.office), told(busy)
    day.goes_on(minutes=1)
    escalations.fire_due(busy.office)
    sent = busy.sends()

    assert (fired, before, early) == (16, [], (0, []))
    assert [mail["Subject"] for kind, to, mail in sent if to == MARA] == ["7 requests need a look: 7 late"]
    assert why(busy, "warning").endswith(f"told at the end of their quiet hours: {MARA}")
    assert "no longer mattered" in why(busy, "not_told")
    assert escalations.fire_due(busy.office) == 0
    assert told(busy) == []


def test_whoever_has_gone_away_when_their_quiet_hours_end_is_not_told_then_either(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.sets("rung_mails", quiet_hours=parse_interval("11:00-16:00"))
    house.sets_department("it", {JONAS: {"deputy": AYLIN}})
    house.receives(a_mail())
    house.sends()
    day.goes_on(hours=2)  # noon in Hamburg: the owner's reminder is put off
    fired = escalations.fire_due(house.office)
    away(house, JONAS)
    day.goes_on(hours=4)
    escalations.fire_due(house.office)
    told_then = [one for one in told(house) if one[0] == "reminder"]

    assert house.request().owner == JONAS
    assert (fired, told_then) == (1, [("reminder", AYLIN)])


def test_quiet_hours_are_those_of_the_reader(busy: House, day: Day) -> None:
    busy.sets("rung_mails", quiet_hours=parse_interval("13:00-16:00"))
    busy.sets_department("it", {one: {"time_zone": "Asia/Singapore"} for one in (JONAS, AYLIN)})
    day.goes_on(hours=4)
    escalations.fire_due(busy.office)

    assert {to for _, to in told(busy)} == {JONAS, AYLIN}
