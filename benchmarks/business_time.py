"""Business time against a clock on the wall that is read every minute: `python -m benchmarks.business_time [CASES]`.

The oracle knows no intervals and no arithmetic of ours: it lists the minutes of three weeks, asks the time zone what
the wall shows in each, crosses out the minutes outside the hours, and counts. A case is one random calendar with one
random start and length, of which four things are asked: how much business time lies between, when it is due, whether
it is open, and when it opens next. Half of the calendars lie over a change of the clocks.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar, Hours

CASES = 1_000_000
QUESTIONS = 500  # of each calendar
DAYS = 21
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
ZONES = (
    *("Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Istanbul", "Atlantic/Azores"),
    *("America/New_York", "America/Los_Angeles", "America/Santiago", "America/Sao_Paulo", "America/St_Johns"),
    *("Asia/Kolkata", "Asia/Tokyo", "Asia/Beirut", "Asia/Kathmandu", "Asia/Tehran"),
    *("Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham", "Pacific/Auckland", "Pacific/Kiritimati"),
    *("Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos"),
)

Wall = NDArray[np.int64]


def measure(cases: int = CASES, seed: int | None = None) -> dict[str, int]:
    """Ask so many cases; how many were asked and how many came out other than by the minutes."""
    chance = random.Random(seed)
    asked = wrong = 0
    while asked < cases:
        questions = min(QUESTIONS, cases - asked)
        wrong += _wrong_of_one_calendar(chance, questions)
        asked += questions
    return {"business_time_cases": asked, "business_time_mismatches": wrong}


def _wrong_of_one_calendar(chance: random.Random, questions: int) -> int:
    zone, first = _watched(chance)
    begins, wall = _wall_clock(zone, first)
    days = [first + n * _DAY for n in range(-2, DAYS + 2)]
    week = {day: _some_hours(chance) for day in range(7) if chance.random() < 0.75}
    special = {day: _some_hours(chance, 1) for day in chance.sample(days, chance.randint(0, 2))}
    closed = frozenset(chance.sample(days, chance.randint(0, 3)))
    holidays = frozenset(chance.sample(days, chance.randint(0, 2)))
    kept = BusinessCalendar(
        ZoneInfo(zone),
        week,
        closed=closed,
        special=special,
        holidays=lambda year: frozenset(day for day in holidays if day.year == year),
    )
    opened = np.zeros(len(wall), dtype=bool)
    for day in days:
        off = day in closed or day in holidays
        for one in special.get(day, () if off else week.get(day.weekday(), ())):
            opened |= (wall >= _minute(day, one.start)) & (wall < _minute(_last_day(day, one), one.end))
    worked = np.flatnonzero(opened)
    until = np.concatenate(([0], np.cumsum(opened)))
    return sum(_is_wrong(chance, kept, begins, opened, worked, until) for _ in range(questions))


def _is_wrong(
    chance: random.Random,
    kept: BusinessCalendar,
    begins: datetime,
    opened: NDArray[np.bool_],
    worked: NDArray[np.int64],
    until: NDArray[np.int64],
) -> bool:
    first, last = sorted(chance.choices(range(24 * 60, len(opened) - 24 * 60), k=2))
    start = begins + first * _MINUTE
    if kept.between(start, begins + last * _MINUTE) != int(until[last] - until[first]) * _MINUTE:
        return True
    if kept.is_open(start) != bool(opened[first]):
        return True
    ahead = worked[until[first] :]
    if not len(ahead):
        return False
    length = chance.randint(1, len(ahead))
    due = begins + (int(ahead[length - 1]) + 1) * _MINUTE
    return kept.add(start, length * _MINUTE) != due or kept.next_opening(start) != begins + int(ahead[0]) * _MINUTE


def _some_hours(chance: random.Random, least: int = 0) -> Hours:
    """Up to three shifts; they may overlap, run over midnight, or last the whole day."""
    return tuple(_shift(chance) for _ in range(chance.randint(least, 3)))


def _shift(chance: random.Random) -> Interval:
    start, end = chance.sample(range(24 * 60), 2)
    if chance.random() < 0.1:
        end = 0
    return Interval(time(start // 60, start % 60), time(end // 60, end % 60))


def _watched(chance: random.Random) -> tuple[str, date]:
    zone, year = chance.choice(ZONES), chance.randint(2020, 2035)
    changes = _changes(zone, year)
    if changes and chance.random() < 0.5:
        return zone, chance.choice(changes) - chance.randint(2, 9) * _DAY
    return zone, date(year, 1, 1) + chance.randrange(365) * _DAY


@cache
def _changes(zone: str, year: int) -> tuple[date, ...]:
    """The days on which the clocks change."""
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + n * _DAY for n in range(365)]
    offsets = [noon.astimezone(ZoneInfo(zone)).utcoffset() for noon in noons]
    return tuple(noons[n].date() for n in range(1, 365) if offsets[n] != offsets[n - 1])


@lru_cache(maxsize=512)
def _wall_clock(zone: str, first: date) -> tuple[datetime, Wall]:
    """The first instant, and what the wall shows in each minute from then on, as minutes since a day long ago.

    The clock is never put back but stands still: a person on a shift does not work an hour twice.
    """
    begins, place = datetime.combine(first, time(0), UTC), ZoneInfo(zone)
    shown = []
    for minute in range(DAYS * 24 * 60):
        local = (begins + minute * _MINUTE).astimezone(place)
        shown.append(local.toordinal() * 1440 + local.hour * 60 + local.minute)
    return begins, np.maximum.accumulate(np.array(shown, dtype=np.int64))


def _minute(day: date, at: time) -> int:
    return day.toordinal() * 1440 + at.hour * 60 + at.minute


def _last_day(day: date, one: Interval) -> date:
    return day + _DAY if one.end <= one.start else day


def main() -> int:
    """Print the figures as one JSON line; 1 if anything came out otherwise."""
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    print(json.dumps(figures))
    return 1 if figures["business_time_mismatches"] else 0


if __name__ == "__main__":
    sys.exit(main())
