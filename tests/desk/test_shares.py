"""How much of the time that a clock ran was spent with whom."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.holdings import Holding
from daemon.desk.shares import Share, holder_at, shares

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten o'clock in Berlin
HOUR = timedelta(hours=1)
BERLIN_WEEK = BusinessCalendar(ZoneInfo("Europe/Berlin"), {day: (Interval(time(9), time(17)),) for day in range(5)})


def clock(hours: float, *pauses: tuple[float, float]) -> Clock:
    """A resolution that stopped after so many hours."""
    stood = tuple((MONDAY + a * HOUR, MONDAY + b * HOUR) for a, b in pauses)
    return Clock(ClockKind.RESOLUTION, MONDAY, 16 * HOUR, MONDAY + 48 * HOUR, MONDAY + hours * HOUR, stood)


def held(department: str, owner: str | None, since: float, until: float | None) -> Holding:
    ended = MONDAY + until * HOUR if until is not None else None
    return Holding(1, department, owner, MONDAY + since * HOUR, ended, "postroom", "why")


def test_each_who_had_it_has_their_share_in_business_time(office) -> None:
    had = [held("triage", None, 0, 1), held("it", "jonas", 1, 25), held("hr", "tobias", 25, None)]

    # Monday eleven to Tuesday eleven are eight working hours.
    assert shares(clock(28), had, MONDAY, lambda _: office) == (
        Share("triage", None, HOUR),
        Share("it", "jonas", 8 * HOUR),
        Share("hr", "tobias", 3 * HOUR),
    )


def test_the_time_in_which_it_waited_is_nobodys(office) -> None:
    assert shares(clock(4, (1, 3)), [held("it", "jonas", 0, None)], MONDAY, lambda _: office) == (
        Share("it", "jonas", 2 * HOUR),
    )


def test_who_had_it_twice_stands_once(office) -> None:
    had = [held("it", "jonas", 0, 1), held("hr", None, 1, 2), held("it", "jonas", 2, 3)]

    assert [one.length / HOUR for one in shares(clock(3), had, MONDAY, lambda _: office)] == [2, 1]


def test_who_had_it_at_an_instant(office) -> None:
    had = [held("it", "jonas", 0, 1), held("hr", "tobias", 2, None)]

    assert [one and one.owner for one in (holder_at(had, MONDAY + at * HOUR) for at in (0.5, 1.5, 9))] == [
        "jonas",
        None,
        "tobias",
    ]


@given(st.lists(st.integers(1, 200), min_size=1, max_size=8), st.integers(1, 400), st.data())
def test_the_shares_add_up_to_the_time_that_the_clock_ran(lengths, ran, data) -> None:
    edges = [0]
    for one in lengths:
        edges.append(edges[-1] + one)
    had = [held(f"d{number % 3}", None, a, b) for number, (a, b) in enumerate(pairwise(edges))]
    had[-1] = held("last", None, edges[-2], None)
    begins = data.draw(st.integers(0, ran))
    one = clock(ran, (begins, data.draw(st.integers(begins, ran))))
    (pause,) = one.pauses
    whole = BERLIN_WEEK.between(MONDAY, MONDAY + ran * HOUR) - BERLIN_WEEK.between(*pause)

    assert sum((each.length for each in shares(one, had, MONDAY, lambda _: BERLIN_WEEK)), timedelta()) == whole
