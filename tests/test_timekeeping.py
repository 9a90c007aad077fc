"""A clock that is set wrong escalates nothing; a machine that slept does."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest

from daemon.timekeeping import SteadyClock

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@dataclass
class Machine:
    """Its two clocks, which pass together until one is set."""

    steady: SteadyClock = field(default_factory=SteadyClock)
    wall: dt.datetime = NOON
    running: float = 1000.0

    def passes(self, **time: float) -> str | None:
        gone = dt.timedelta(**time)
        self.wall += gone
        self.running += gone.total_seconds()
        hold = self.steady.look(self.wall, self.running)
        return hold.sentence if hold else None

    def is_set(self, **by: float) -> None:
        self.wall += dt.timedelta(**by)


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    assert made.passes(seconds=1) is None
    return made


def test_time_that_passes_holds_nothing_however_long_nobody_looked(machine: Machine) -> None:
    assert [machine.passes(seconds=1), machine.passes(days=10), machine.passes(seconds=1)] == [None] * 3


def test_a_clock_that_is_slewed_holds_nothing(machine: Machine) -> None:
    for _ in range(100):
        machine.is_set(seconds=0.03)
        assert machine.passes(minutes=1) is None


@pytest.mark.parametrize("seconds", [30, -30, 3000])
def test_a_small_jump_is_waited_out(machine: Machine, seconds: float) -> None:
    machine.is_set(seconds=seconds)

    assert machine.passes(seconds=1) == "the clock of this machine has jumped; rungs wait for a minute"
    assert machine.passes(seconds=58)
    assert machine.passes(seconds=3) is None


@pytest.mark.parametrize(("days", "said"), [(1, "1 day, 0:00:00"), (-2, "-2 days, 0:00:00")])
def test_a_large_jump_holds_until_a_person_says_that_the_clock_is_right(machine: Machine, days: int, said: str) -> None:
    machine.is_set(days=days)

    assert said in (machine.passes(seconds=1) or "")
    assert machine.passes(hours=5)
    machine.steady.trust()
    assert machine.passes(seconds=1) is None


def test_a_clock_that_comes_back_by_itself_holds_nothing_any_more(machine: Machine) -> None:
    machine.is_set(days=1)
    assert machine.passes(seconds=1)
    machine.is_set(days=-1)

    assert machine.passes(seconds=1) == "the clock of this machine has jumped; rungs wait for a minute"
    assert machine.passes(seconds=61) is None
    machine.is_set(seconds=20)
    assert machine.passes(seconds=1) == "the clock of this machine has jumped; rungs wait for a minute"


def test_many_small_jumps_in_one_direction_are_a_large_one(machine: Machine) -> None:
    for _ in range(5):
        machine.is_set(minutes=20)
        held = machine.passes(seconds=1)

    assert "has jumped by 1:40:00" in (held or "")
