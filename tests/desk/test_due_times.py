"""Four hundred due times in twelve time zones of six continents, computed by PostgreSQL and not by us."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.values import parse_interval
from daemon.desk.business_time import BusinessCalendar

#: Hours by weekday, 0 is Monday.
WEEKS: dict[str, dict[int, tuple[str, ...]]] = {
    "office": dict.fromkeys(range(5), ("09:00-17:00",)),
    "lunch": dict.fromkeys(range(4), ("08:00-12:00", "12:30-17:00")) | {4: ("08:00-12:00",)},
    "sunday": dict.fromkeys((6, 0, 1, 2, 3), ("08:30-16:45",)),
    "nights": dict.fromkeys(range(7), ("22:00-06:00",)),
    "always": dict.fromkeys(range(7), ("00:00-24:00",)),
}
TABLE = Path(__file__).with_name("due_times.csv")


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.parametrize("zone", sorted({row["zone"] for row in rows()}))
def test_due_times_are_those_that_postgresql_counts_minute_by_minute(zone: str) -> None:
    wrong = []
    for row in rows():
        if row["zone"] != zone:
            continue
        hours = {day: tuple(map(parse_interval, written)) for day, written in WEEKS[row["week"]].items()}
        closed = frozenset(map(date.fromisoformat, row["closed"].split()))
        kept = BusinessCalendar(ZoneInfo(zone), hours, closed=closed)
        due = kept.add(datetime.fromisoformat(row["starts"]), timedelta(minutes=int(row["target"])))
        if due != datetime.fromisoformat(row["due"]):
            wrong.append((row, due.isoformat()))

    assert wrong == []


def test_the_table_is_as_wide_as_it_says() -> None:
    found = rows()

    assert len(found) == 400
    assert len({row["zone"] for row in found}) == 12
    assert {row["zone"].partition("/")[0] for row in found} >= {"Europe", "America", "Asia", "Africa", "Australia"}


def test_business_time_is_what_a_wall_clock_read_every_minute_says() -> None:
    from benchmarks.business_time import measure  # `make sweep` asks a million

    assert measure(5_000, seed=1) == {"business_time_cases": 5_000, "business_time_mismatches": 0}
