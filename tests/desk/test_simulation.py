"""A queue that waits as long as people did, with other people and other hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.simulation import NobodyWorks, Staffing, Task, effort_of, kept, queue

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # nine o'clock in Berlin
HOUR = timedelta(hours=1)
WEEK = BusinessCalendar(ZoneInfo("Europe/Berlin"), {day: (Interval(time(9), time(17)),) for day in range(5)})


def task(number: int, arrived: float, due: float, done: float | None = None, paused: float = 0) -> Task:
    """Hours from Monday nine."""
    at = MONDAY + done * HOUR if done is not None else None
    return Task(number, MONDAY + arrived * HOUR, MONDAY + due * HOUR, at, paused * HOUR)


def staffing(people: int, worth: float | None = None, away: tuple[date, ...] = ()) -> Staffing:
    full = float(people if worth is None else worth)
    return Staffing(WEEK, people, lambda day: 0.0 if day in away else full)


def hours(done: list[datetime]) -> list[float]:
    return [(at - MONDAY) / HOUR for at in done]


def test_one_person_does_one_thing_after_the_other_what_is_due_first_first() -> None:
    tasks = [task(1, 0, 8), task(2, 0.5, 7), task(3, 0.5, 2)]

    assert hours(queue(tasks, staffing(1), HOUR)) == [1, 3, 2]


def test_two_people_do_two_things_at_once() -> None:
    assert hours(queue([task(n, 0, 8) for n in range(3)], staffing(2), HOUR)) == [1, 1, 2]


def test_half_a_person_takes_twice_as_long() -> None:
    assert hours(queue([task(1, 0, 8)], staffing(1, 0.5), HOUR)) == [2]


def test_nobody_works_at_night_or_while_all_are_away() -> None:
    tuesday = date(2026, 11, 24)

    assert hours(queue([task(1, 7.5, 40)], staffing(1), HOUR)) == [24.5]
    assert hours(queue([task(1, 20, 40)], staffing(1, away=(tuesday,)), HOUR)) == [49]


def test_what_waited_for_somebody_else_ends_later_and_holds_nobody_up() -> None:
    assert hours(queue([task(1, 0, 8, paused=3), task(2, 0, 8)], staffing(1), HOUR)) == [4, 2]


def test_a_staffing_without_people_is_refused() -> None:
    with pytest.raises(NobodyWorks, match="from 2026-11-23 on nobody is there for a year"):
        queue([task(1, 0, 8)], staffing(1, 0.0), HOUR)


def test_what_was_done_too_late_or_never_was_not_kept() -> None:
    tasks = [task(1, 0, 2), task(2, 0, 2), task(3, 0, 2), task(4, 0, 90)]

    assert kept(tasks, [MONDAY + HOUR, MONDAY + 3 * HOUR, None, None], MONDAY + 80 * HOUR) == 2


def test_without_answers_no_effort_can_be_fitted() -> None:
    assert effort_of([task(1, 0, 2)], staffing(1), MONDAY + 90 * HOUR) is None


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 300), min_size=5, max_size=25),
    st.integers(10, 300),
    st.integers(1, 4),
)
def test_the_model_keeps_at_least_as_many_promises_as_people_did(arrivals, minutes, people) -> None:
    tasks = [task(number, at / 10, at / 10 + 8) for number, at in enumerate(arrivals)]
    done = queue(tasks, staffing(people), timedelta(minutes=minutes))
    past = [Task(one.number, one.arrived_at, one.due_at, at) for one, at in zip(tasks, done, strict=True)]
    now = MONDAY + timedelta(days=60)
    effort = effort_of(past, staffing(people), now)

    assert effort is not None
    assert kept(past, queue(past, staffing(people), effort), now) >= kept(past, done, now)


def test_the_effort_is_the_most_with_which_as_many_promises_are_kept() -> None:
    tasks = [task(1, 0, 2, 1.5), task(2, 0, 2, 5)]
    effort = effort_of(tasks, staffing(1), MONDAY + 90 * HOUR)

    assert effort is not None
    assert abs(effort - 2 * HOUR) < timedelta(seconds=2)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=25), st.integers(1, 3))
def test_nothing_is_done_before_it_came_and_all_is_done(arrivals, people) -> None:
    tasks = [task(number, at / 10, at / 10 + 8) for number, at in enumerate(arrivals)]
    done = queue(tasks, staffing(people), HOUR)

    assert len(done) == len(tasks)
    assert all(WEEK.between(one.arrived_at, at) >= HOUR for one, at in zip(tasks, done, strict=True))
