"""Business time against a table of known cases and against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from config.settings import Calendar
from config.values import Interval, parse_interval
from daemon.desk.business_time import BusinessCalendar, CalendarNeverOpens, from_settings, public_holidays

MINUTE = timedelta(minutes=1)
NINE_TO_FIVE = ("09:00-17:00",)


def hours(*written: str) -> tuple[Interval, ...]:
    return tuple(parse_interval(one) for one in written)


def calendar(zone: str, week: dict[int, tuple[str, ...]], **also) -> BusinessCalendar:
    return BusinessCalendar(ZoneInfo(zone), {day: hours(*written) for day, written in week.items()}, **also)


def office(zone: str = "Europe/Berlin", **also) -> BusinessCalendar:
    return calendar(zone, dict.fromkeys(range(5), NINE_TO_FIVE), **also)


def nights(zone: str = "Europe/Berlin") -> BusinessCalendar:
    return calendar(zone, dict.fromkeys(range(7), ("22:00-06:00",)))


def at(written: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("begins", "lasts", "ends"),
    [
        ("2026-11-24T09:30", 2, "2026-11-24T11:30"),
        ("2026-11-24T16:00", 2, "2026-11-25T10:00"),
        ("2026-11-27T16:00", 2, "2026-11-30T10:00"),
        ("2026-11-27T16:00", 1, "2026-11-27T17:00"),  # due when it closes, not when it opens again
        ("2026-11-28T03:00", 1, "2026-11-30T10:00"),
        ("2026-03-27T15:00", 8, "2026-03-30T15:00"),  # over the night in which summer begins
        ("2026-10-23T15:00", 8, "2026-10-26T15:00"),  # over the night in which it ends
        ("2026-12-31T16:00", 9, "2027-01-04T17:00"),  # New Year's Day is a Friday, and closed
    ],
)
def test_a_promise_lasts_its_working_hours(begins, lasts, ends) -> None:
    closed = frozenset({date(2027, 1, 1)})
    due = office(closed=closed).add(at(begins), timedelta(hours=lasts))

    assert due == at(ends)


@pytest.mark.parametrize(
    ("zone", "begins", "ends", "open_hours"),
    [
        ("Europe/Berlin", "2026-03-28T12:00", "2026-03-29T12:00", 7),
        ("Europe/Berlin", "2026-10-24T12:00", "2026-10-25T12:00", 9),
        ("Europe/Berlin", "2026-11-24T12:00", "2026-11-25T12:00", 8),
        ("America/New_York", "2026-03-07T12:00", "2026-03-08T12:00", 7),
        ("America/New_York", "2026-10-31T12:00", "2026-11-01T12:00", 9),
        ("Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T12:00", 7.5),
        ("Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-05T12:00", 8.5),
        ("America/Santiago", "2026-09-05T12:00", "2026-09-06T12:00", 7),  # the clocks change at midnight
        ("America/Santiago", "2026-04-04T12:00", "2026-04-05T12:00", 9),
        ("Asia/Beirut", "2026-03-28T12:00", "2026-03-29T12:00", 7),
        ("Asia/Kolkata", "2026-03-28T12:00", "2026-03-29T12:00", 8),
    ],
)
def test_a_night_shift_lasts_as_long_as_the_person_who_works_it_is_awake(zone, begins, ends, open_hours) -> None:
    assert nights(zone).between(at(begins, zone), at(ends, zone)) == timedelta(hours=open_hours)


def test_a_night_shift_of_the_day_before_is_still_open() -> None:
    assert nights().is_open(at("2026-11-25T05:59"))
    assert not nights().is_open(at("2026-11-25T06:00"))


def test_a_half_day_goes_before_its_weekday_and_before_a_holiday() -> None:
    half = office(
        special={date(2026, 12, 24): hours("09:00-12:00"), date(2026, 12, 25): hours("10:00-11:00")},
        holidays=public_holidays("DE", "HH"),
    )

    assert half.between(at("2026-12-24T00:00"), at("2026-12-25T00:00")) == timedelta(hours=3)
    assert half.between(at("2026-12-25T00:00"), at("2026-12-26T00:00")) == timedelta(hours=1)


def test_a_public_holiday_is_closed_where_it_is_kept() -> None:
    friday = at("2025-10-31T12:00")  # Reformation Day, in the north only

    assert not office(holidays=public_holidays("DE", "HH")).is_open(friday)
    assert office(holidays=public_holidays("DE", "BW")).is_open(friday)


def test_holidays_are_asked_for_once_a_year_and_only_when_needed() -> None:
    asked = []

    def holidays(year: int) -> frozenset[date]:
        asked.append(year)
        return frozenset()

    keeps = office(holidays=holidays)
    for _ in range(3):
        keeps.between(at("2026-12-01T00:00"), at("2027-01-31T00:00"))

    assert asked == [2026, 2027]


def test_a_night_shift_that_began_before_a_holiday_still_ends_in_it() -> None:
    kept = calendar("Europe/Berlin", dict.fromkeys(range(7), ("22:00-06:00",)), closed=frozenset({date(2026, 12, 25)}))

    assert kept.open_intervals(at("2026-12-25T00:00"), at("2026-12-26T00:00")) == (
        (at("2026-12-25T00:00"), at("2026-12-25T06:00")),
    )


def test_it_tells_when_it_opens_next() -> None:
    assert office().next_opening(at("2026-11-27T17:00")) == at("2026-11-30T09:00")
    assert office().next_opening(at("2026-11-24T09:30")) == at("2026-11-24T09:30")


def test_everything_that_comes_out_is_utc() -> None:
    assert office().add(at("2026-11-24T09:30"), timedelta(hours=1)).tzinfo is UTC
    assert {
        moment.tzinfo
        for pair in office().open_intervals(at("2026-11-24T00:00"), at("2026-11-26T00:00"))
        for moment in pair
    } == {UTC}


def test_round_the_clock_is_clock_time() -> None:
    always = calendar("Europe/Berlin", dict.fromkeys(range(7), ("00:00-24:00",)))

    assert always.add(at("2026-03-28T12:00"), timedelta(hours=24)) == at("2026-03-28T12:00").astimezone(
        UTC
    ) + timedelta(hours=24)


def test_a_time_that_the_clocks_skip_is_the_moment_of_the_change() -> None:
    sunday = calendar("Europe/Berlin", {6: ("01:00-02:30", "03:00-04:00")})

    assert sunday.open_intervals(at("2026-03-29T00:00"), at("2026-03-29T12:00")) == (
        (datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC)),
    )


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    sunday = calendar("Europe/Berlin", {6: ("02:15-02:45",)})

    assert sunday.between(at("2026-10-25T00:00"), at("2026-10-25T12:00")) == timedelta(minutes=30)
    assert sunday.is_open(datetime(2026, 10, 25, 0, 20, tzinfo=UTC))
    assert not sunday.is_open(datetime(2026, 10, 25, 1, 20, tzinfo=UTC))


def test_a_day_that_a_country_left_out_has_no_hours() -> None:
    apia = calendar("Pacific/Apia", dict.fromkeys(range(7), NINE_TO_FIVE))

    assert apia.add(at("2011-12-29T16:00", "Pacific/Apia"), timedelta(hours=2)) == at(
        "2011-12-31T10:00", "Pacific/Apia"
    )


def test_shifts_that_overlap_are_open_once() -> None:
    twice = calendar("Europe/Berlin", {0: ("22:00-06:00",), 1: ("05:00-09:00", "08:00-10:00")})

    assert twice.between(at("2026-11-23T00:00"), at("2026-11-25T00:00")) == timedelta(hours=12)


def test_a_calendar_that_never_opens_says_so() -> None:
    with pytest.raises(CalendarNeverOpens) as never:
        calendar("Europe/Berlin", {}).add(at("2026-11-24T09:00"), timedelta(hours=1))

    assert str(never.value) == (
        "the calendar in Europe/Berlin has no working time in the five years after 2026-11-24; "
        "give it hours on some weekday"
    )


def test_a_calendar_that_opened_for_the_last_time_says_so_too() -> None:
    once = calendar("Europe/Berlin", {}, special={date(2026, 11, 24): hours("09:00-10:00")})

    with pytest.raises(CalendarNeverOpens):
        once.add(at("2026-11-24T09:30"), timedelta(hours=1))


def test_business_time_does_not_run_backward() -> None:
    with pytest.raises(ValueError, match="business time only runs forward"):
        office().add(at("2026-11-24T09:30"), timedelta(hours=-1))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="an instant needs its time zone, and 2026-11-24T09:30:00 has none"):
        office().add(datetime(2026, 11, 24, 9, 30), timedelta(hours=1))


def test_nothing_lies_between_an_instant_and_an_earlier_one() -> None:
    assert office().between(at("2026-11-26T12:00"), at("2026-11-24T12:00")) == timedelta(0)


@pytest.mark.parametrize("begins", ["2028-02-28T16:00", "2026-12-31T16:00", "2038-01-18T16:00", "2020-12-31T16:00"])
def test_leap_days_year_ends_and_far_years_are_days_like_others(begins) -> None:
    due = office().add(at(begins), timedelta(hours=9))

    assert office().between(at(begins), due) == timedelta(hours=9)


def test_the_settings_make_a_calendar() -> None:
    written = {
        "time_zone": "Europe/Berlin",
        "hours": {"mon": ["09:00-12:00", "13:00-17:00"], "tue": ["22:00-06:00"]},
        "holidays": {"country": "DE", "region": "HH"},
        "closed": ["2026-11-23"],
        "special": {"2026-11-28": ["10:00-11:00"]},
    }
    made = from_settings(Calendar.model_validate(written))

    assert made.between(at("2026-11-23T00:00"), at("2026-11-30T00:00")) == timedelta(hours=9)
    assert made.between(at("2026-04-06T00:00"), at("2026-04-07T00:00")) == timedelta(0)  # Easter Monday


# --- against a clock on the wall, read every minute ------------------------------------------------------

#: Days around which the clocks change, and quiet ones; a gap or an overlap of an hour, of half an hour, at midnight.
WATCHED = {
    "Europe/Berlin": ("2026-03-28", "2026-10-24", "2026-11-24"),
    "America/New_York": ("2026-03-07", "2026-10-31"),
    "Australia/Lord_Howe": ("2026-04-04", "2026-10-03"),
    "America/Santiago": ("2026-04-04", "2026-09-05"),
    "Asia/Beirut": ("2026-03-28", "2026-10-24"),
    "Pacific/Chatham": ("2026-04-04", "2026-09-26"),
    "Africa/Casablanca": ("2026-02-14", "2026-03-21"),
    "Asia/Kolkata": ("2026-11-24",),
    "Pacific/Apia": ("2011-12-29",),
}
DAYS_WATCHED = 5
#: The profile's fifty are few for nine zones and every shape of week.
FAR = max(200, settings().max_examples)


@lru_cache(maxsize=64)
def wall_clock(zone: str, first_day: str) -> tuple[datetime, tuple[datetime, ...]]:
    """The first instant of the watch, and what a clock on the wall shows in each minute from then on.

    The clock is one that is never put back but stands still, as a person on a shift does not work an hour twice.
    """
    begins = datetime.combine(date.fromisoformat(first_day) - timedelta(days=1), time(0), UTC)
    shown, latest = [], datetime.min
    for minute in range(24 * 60 * DAYS_WATCHED):
        latest = max(latest, (begins + minute * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        shown.append(latest)
    return begins, tuple(shown)


def is_open_by_the_wall(wall: datetime, week: dict[int, tuple[Interval, ...]], closed: frozenset[date]) -> bool:
    for day in (wall.date() - timedelta(days=1), wall.date()):
        if day in closed:
            continue
        for one in week.get(day.weekday(), ()):
            ends_on = day + timedelta(days=1) if one.end <= one.start else day
            if datetime.combine(day, one.start) <= wall < datetime.combine(ends_on, one.end):
                return True
    return False


times = st.integers(0, 24 * 12 - 1).map(lambda five: time(five // 12, five % 12 * 5))
shifts = st.builds(Interval, times, times).filter(lambda one: one.start != one.end or one.end == time(0))
weeks = st.dictionaries(st.integers(0, 6), st.lists(shifts, max_size=3).map(tuple), max_size=7)
watches = st.sampled_from([(zone, day) for zone, days in WATCHED.items() for day in days])
minutes = st.integers(24 * 60, 24 * 60 * (DAYS_WATCHED - 1))


@settings(max_examples=FAR)
@given(watch=watches, week=weeks, closed=st.sets(st.integers(-1, 4), max_size=2), a=minutes, b=minutes)
@example(watch=("Europe/Berlin", "2026-03-28"), week={6: hours("02:00-03:00")}, closed=set(), a=1440, b=4000)
def test_it_agrees_with_a_clock_that_is_read_every_minute(watch, week, closed, a, b) -> None:
    zone, first_day = watch
    begins, shown = wall_clock(zone, first_day)
    days = frozenset(date.fromisoformat(first_day) + timedelta(days=n) for n in closed)
    kept = BusinessCalendar(ZoneInfo(zone), week, closed=days)
    opened = [is_open_by_the_wall(wall, week, days) for wall in shown]
    first, last = sorted((a, b))

    assert kept.between(begins + first * MINUTE, begins + last * MINUTE) == sum(opened[first:last]) * MINUTE
    assert kept.is_open(begins + first * MINUTE) == opened[first]

    worked = [minute for minute in range(first, len(opened)) if opened[minute]]
    assume(len(worked) > 1)
    length = 1 + (a * 7 + b) % (len(worked) - 1)
    assert kept.add(begins + first * MINUTE, length * MINUTE) == begins + (worked[length - 1] + 1) * MINUTE
    assert kept.next_opening(begins + first * MINUTE) == begins + worked[0] * MINUTE


@settings(max_examples=FAR)
@given(
    zone=st.sampled_from(sorted(WATCHED)),
    week=weeks.filter(lambda week: any(week.values())),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(microseconds=1), timedelta(hours=200)),
)
def test_what_was_added_lies_between(zone, week, start, length) -> None:
    kept = BusinessCalendar(ZoneInfo(zone), week)

    assert kept.between(start, kept.add(start, length)) == length


@given(
    zone=st.sampled_from(sorted(WATCHED)),
    week=weeks,
    start=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
)
def test_openings_never_overlap(zone, week, start) -> None:
    found = BusinessCalendar(ZoneInfo(zone), week).open_intervals(start, start + timedelta(days=15))

    assert all(opens < closes for opens, closes in found)
    assert all(closes <= opens for (_, closes), (opens, _) in pairwise(found))
