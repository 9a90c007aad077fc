"""When somebody is not to be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.values import parse_interval
from daemon.desk.quiet import end_of_quiet

NIGHT, NOON = parse_interval("20:00-07:00"), parse_interval("12:00-13:00")


def ends(month: int, day: int, hour: int, minute: int = 0, quiet=NIGHT, zone: str = "Europe/Berlin") -> str | None:
    """When it ends, in UTC, asked by the clock of London in that season."""
    found = end_of_quiet(datetime(2026, month, day, hour, minute, tzinfo=UTC), quiet, ZoneInfo(zone))
    return f"{found:%d %b %H:%M}" if found else None


@pytest.mark.parametrize(
    ("asked", "end"),
    [
        ((11, 23, 18, 59), None),
        ((11, 23, 19, 0), "24 Nov 06:00"),
        ((11, 24, 2, 0), "24 Nov 06:00"),
        ((11, 24, 6, 0), None),
        ((10, 24, 23, 30), "25 Oct 06:00"),  # the clocks are put back at 01:00 UTC: the night has an hour more
        ((3, 28, 23, 30), "29 Mar 05:00"),  # and are put forward: an hour less
    ],
)
def test_a_night_is_quiet_until_the_morning_by_the_readers_clock(asked: tuple[int, ...], end: str | None) -> None:
    assert ends(*asked) == end


def test_quiet_hours_may_lie_within_a_day() -> None:
    assert [ends(11, 23, hour, quiet=NOON) for hour in (10, 11, 12)] == [None, "23 Nov 12:00", None]


def test_they_end_by_the_clock_of_the_person() -> None:
    assert ends(11, 23, 13, zone="Asia/Singapore") == "23 Nov 23:00"
