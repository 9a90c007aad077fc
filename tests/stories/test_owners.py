"""Who gets a new request: by the rota, by a deputy, and never somebody who is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

from daemon.desk.ics import ClosedDays
from daemon.desk.rota import Rota
from daemon.store import absences, ledger

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"


def plans(house: House, *members: dict[str, object], **values: object) -> None:
    """IT works otherwise from now on; `members`: what changes for the first, the second ..."""
    it = house.office.settings.departments["it"]
    changed = tuple(one.model_copy(update=more) for one, more in zip(it.members, members, strict=False))
    update = {"members": (*changed, *it.members[len(changed) :])} | values
    departments = house.office.settings.departments | {"it": it.model_copy(update=update)}
    house.runs_with(settings=house.office.settings.model_copy(update={"departments": departments}))


def why_owner(house: House, number: int = 1) -> str:
    with house.office.store.reading() as connection:
        return [one.why for one in ledger.of_request(connection, number) if one.what == "owner"][-1]


def test_whoever_the_rota_names_owns_what_comes_in(house: House, a_mail: Mail, day: Day) -> None:
    plans(house, strategy="rota")
    house.runs_with(rotas={"it": Rota(dt.date(2026, 11, 16), 7, (JONAS, AYLIN))})
    for _ in range(2):
        house.receives(a_mail())

    assert [house.request(number).owner for number in (1, 2)] == [AYLIN, AYLIN]
    assert why_owner(house) == "the rota names Aylin Demir"


def test_a_fixed_owner_who_is_away_by_their_calendar_file_has_a_deputy(house: House, a_mail: Mail) -> None:
    plans(house, {"deputy": AYLIN}, strategy="fixed", fixed_owner=JONAS)
    house.runs_with(absences={JONAS: (ClosedDays(dt.date(2026, 11, 23), 1),)})
    house.receives(a_mail())

    assert house.request().owner == AYLIN
    assert why_owner(house) == "every request here goes to Jonas Petersen, who is away; Aylin Demir is their deputy"


def test_who_said_to_be_away_gets_nothing_until_they_are_back(house: House, a_mail: Mail, day: Day) -> None:
    until = day.at + dt.timedelta(days=2)
    with house.office.store.writing() as connection:
        absences.leave(connection, JONAS, day.at, until, "an automatic reply")
    for _ in range(3):
        house.receives(a_mail())
    day.at = until + dt.timedelta(minutes=1)
    house.receives(a_mail())

    assert [house.request(number).owner for number in range(1, 5)] == [AYLIN, AYLIN, AYLIN, JONAS]


def test_each_department_goes_round_as_it_wants(house: House, a_mail: Mail, day: Day) -> None:
    plans(house, strategy="round_robin")
    for _ in range(4):
        house.receives(a_mail())
        day.goes_on(minutes=1)

    assert [house.request(number).owner for number in range(1, 5)] == [JONAS, AYLIN, JONAS, AYLIN]
