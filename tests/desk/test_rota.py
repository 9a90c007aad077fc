"""Whose turn it is."""

from __future__ import annotations

from datetime import date, timedelta

from daemon.desk.ics import ClosedDays
from daemon.desk.rota import Rota

MONDAY = date(2026, 11, 23)
MARA, JONAS = "mara@lindwerk.example", "jonas@lindwerk.example"


def test_turns_follow_each_other_and_begin_again() -> None:
    rota = Rota(MONDAY, 7, (MARA, JONAS))

    assert [rota.on(MONDAY + timedelta(days=days)) for days in (0, 6, 7, 13, 14)] == [MARA, MARA, JONAS, JONAS, MARA]


def test_before_the_first_turn_it_is_nobodys() -> None:
    assert Rota(MONDAY, 7, (MARA,)).on(MONDAY - timedelta(days=1)) is None


def test_a_named_day_goes_before_the_turns() -> None:
    swapped = ((ClosedDays(MONDAY + timedelta(days=2), 1), JONAS),)
    rota = Rota(MONDAY, 7, (MARA,), swapped)

    assert [rota.on(MONDAY + timedelta(days=days)) for days in (1, 2, 3)] == [MARA, JONAS, MARA]


def test_without_turns_only_the_named_days_are_somebodys() -> None:
    rota = Rota(MONDAY, 7, (), ((ClosedDays(MONDAY, 5), JONAS),))

    assert (rota.on(MONDAY), rota.on(MONDAY + timedelta(days=5))) == (JONAS, None)
