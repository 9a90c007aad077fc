"""`postroom explain-due`: a sceptical lead can add the due time up with a calendar and a pencil."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind, due
from daemon.desk.due_sum import Standstill, add_up
from daemon.store import clocks

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

HOUR = dt.timedelta(hours=1)


def test_every_stretch_that_was_counted_stands_there_with_its_sum(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("explain-due", "REQ-1")

    assert ran.status == 0
    assert "REQ-1, first response: 4:00 h of business time" in ran.out
    assert "it came in" in ran.out
    assert "due Mon 23 Nov 2026 14:00 +0100 Europe/Berlin" in ran.out


def test_what_a_program_gets_adds_up(lindwerk: Lindwerk) -> None:
    for clock in lindwerk.runs("explain-due", "REQ-1", "--json").json:
        assert sum(step["counted_seconds"] for step in clock["steps"]) == clock["target_seconds"]
        assert clock["steps"][-1]["ends"] == clock["due_at"] == clock["promised_due_at"]


def test_a_promise_that_was_computed_otherwise_is_named(lindwerk: Lindwerk) -> None:
    at = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    lindwerk.writes(
        lambda c: clocks.lay_out_again(c, 1, [clocks.StoredClock("first_response", at, 4 * 3600, at + 2 * HOUR)])
    )

    assert "Promised was Mon 23 Nov 2026 12:00 +0100" in lindwerk.runs("explain-due", "REQ-1").out


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago"])
@pytest.mark.parametrize("target", [1, 7, 40, 200])
def test_the_sum_is_the_promise_over_standstills_and_closed_days(zone: str, target: int) -> None:
    from zoneinfo import ZoneInfo

    from config.values import Interval

    kept = BusinessCalendar(ZoneInfo(zone), dict.fromkeys(range(5), (Interval(dt.time(9), dt.time(17)),)))
    start = dt.datetime(2026, 3, 26, 15, 7, tzinfo=dt.UTC)
    stood = Standstill(start + 20 * HOUR, start + 90 * HOUR, "resolved: new gateway")
    promised = due(start, target * HOUR, kept, [(stood.begins, start + 90 * HOUR)])
    clock = Clock(ClockKind.RESOLUTION, start, target * HOUR, promised)

    found = add_up(clock, kept, [stood])

    assert found.due_at == promised
    assert found.steps[-1].total == target * HOUR
    assert sum((step.counted for step in found.steps), dt.timedelta(0)) == target * HOUR
    if target > 20:
        assert "resolved: new gateway" in [step.why for step in found.steps]


def test_a_date_that_somebody_set_is_told_with_who_and_why(lindwerk: Lindwerk) -> None:
    day = dt.datetime.now(ZoneInfo("Europe/Berlin")) + dt.timedelta(days=30)  # nobody promises what is over
    set_ = lindwerk.runs("later", "REQ-1", f"{day:%Y-%m-%d}T15:00", "--why", "the part is late", "--by", "aylin")
    ran = lindwerk.runs("explain-due", "REQ-1")

    assert set_.out.strip() == (
        f"REQ-1 is promised for {day:%a %d %b %Y} 15:00 (Europe/Berlin); its requester is told."
    )
    assert "aylin has promised this instead of Wed 25 Nov 2026 10:00 +0100: the part is late" in " ".join(
        ran.out.split()
    )


def test_a_date_that_is_no_date_is_refused_with_how_to_write_it(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("later", "REQ-1", "friday", "--why", "?")

    assert (ran.status, ran.err.strip()) == (64, "'friday' is no date and time; write it as 2026-12-01T15:00.")
