"""Which promises will probably be broken, by a reckoning that can be repeated on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.forecast import FEWEST, Waiting, misses, pace, usual

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten o'clock in Berlin
HOUR = timedelta(hours=1)


def waiting(*hours: float) -> list[Waiting]:
    """Promises that are due so many hours from Monday ten."""
    return [Waiting(number, "first_response", MONDAY + due * HOUR) for number, due in enumerate(hours, 1)]


def test_the_pace_is_the_time_that_was_open_by_what_was_done(office) -> None:
    assert pace(40, MONDAY - timedelta(days=7), MONDAY, office) == HOUR
    assert pace(FEWEST - 1, MONDAY - timedelta(days=7), MONDAY, office) is None


def test_each_waits_for_those_that_are_due_before_it(office) -> None:
    found = misses(waiting(1, 1.5, 5), HOUR, MONDAY, office)

    assert [(one.request_id, one.expected_at) for one in found] == [(2, MONDAY + 2 * HOUR)]


def test_a_night_is_no_time_to_catch_up(office) -> None:
    # Seven hours are left on Monday; the eighth request is done on Tuesday at ten.
    (late,) = misses(waiting(*range(1, 8), 20), HOUR, MONDAY, office)

    assert late.expected_at == MONDAY + 24 * HOUR


@pytest.mark.parametrize(("lengths", "four_of_five"), [(range(1, 11), 8), (range(1, 101), 80), (range(1, 12), 9)])
def test_the_usual_length_is_the_one_that_four_of_five_keep(lengths, four_of_five) -> None:
    assert usual([one * HOUR for one in lengths]) == four_of_five * HOUR


def test_of_too_few_nothing_is_usual() -> None:
    assert usual([HOUR] * (FEWEST - 1)) is None


@given(st.lists(st.integers(1, 100), min_size=FEWEST, max_size=60))
def test_four_of_five_keep_the_usual_length(lengths) -> None:
    found = usual([one * HOUR for one in lengths])

    assert found is not None
    assert sum(one * HOUR <= found for one in lengths) >= 0.8 * len(lengths)
