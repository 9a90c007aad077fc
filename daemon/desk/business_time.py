"""Business time: when a department works, and how long a promise lasts when only its working time counts.
 Every instant that goes in or out is an aware datetime, and what comes out is UTC; a calendar turns to local
time for one look-up - when does this day open and close? - and turns back at once. Does not know what today
is.
 Wall clocks are not instants. Where the clocks are put back, an hour comes twice: a time in it means the
first of the two (RFC 5545 section 3.3.5). Where they are put forward, an hour is missing: a time in it means
the moment of the change. RFC 5545 would have 02:30 be 03:30 then, but a day that opens 01:00-02:30 and
03:00-04:00 would be open twice. So no opening ever overlaps another, and a night shift lasts as long as the
person who works it is awake.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.values import Interval

if TYPE_CHECKING:
    from config.settings import Calendar

Hours = tuple[Interval, ...]
Opening = tuple[datetime, datetime]

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_SECOND = timedelta(seconds=1)
#: How many days without an opening are believed before a calendar is called closed for ever.
_PATIENCE = 5 * 366
_REMEMBERED_DAYS = 1024


class CalendarNeverOpens(Exception):
    """No working time was found within five years; the message says in which calendar."""


def no_holidays(year: int) -> frozenset[date]:
    """The holidays of a calendar that keeps none."""
    return frozenset()


class BusinessCalendar:
    """When a department works. Immutable; remembers the openings of the days that it was asked about last.

    week: hours by weekday, 0 is Monday; a shift that ends at or before its start ends on the next day.
    special: the hours of single dates, which go before everything else. closed, holidays: dates without
    hours; a night shift that began the day before still ends. holidays is asked once for each year.
    """

    __slots__ = ("_closed", "_holidays", "_openings", "_shifts", "_special", "week", "zone")

    def __init__(
        self,
        zone: ZoneInfo,
        week: Mapping[int, Hours],
        *,
        closed: frozenset[date] = frozenset(),
        special: Mapping[date, Hours] | None = None,
        holidays: Callable[[int], frozenset[date]] = no_holidays,
    ) -> None:
        self.zone = zone
        self.week = dict(week)
        self._closed = closed
        self._special = dict(special or {})
        self._holidays = lru_cache(maxsize=64)(holidays)
        self._shifts = lru_cache(maxsize=_REMEMBERED_DAYS)(self._shifts_beginning_on)
        self._openings = lru_cache(maxsize=_REMEMBERED_DAYS)(self._openings_of)

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The earliest instant at which `length` of working time has gone by since `start`.

        No length at all gives `start` itself, or the next opening if it is closed then. Raises
        CalendarNeverOpens, and ValueError for a negative length.
        """
        if length < _NOTHING:
            raise ValueError(f"business time only runs forward, but {length} was to be added")
        start, left = _utc(start), length
        for opens, closes in self._openings_from(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        raise AssertionError("unreachable: openings either go on or raise")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; nothing if `end` is not after `start`."""
        return sum((closes - opens for opens, closes in self.open_intervals(start, end)), _NOTHING)

    def is_open(self, at: datetime) -> bool:
        """Whether the department works at this instant."""
        at = _utc(at)
        return any(opens <= at < closes for opens, closes in self._openings_near(at))

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself when it is open, else when work begins again (UTC). Raises CalendarNeverOpens."""
        return self.add(at, _NOTHING)

    def open_intervals(self, start: datetime, end: datetime) -> tuple[Opening, ...]:
        """The openings from `start` to `end` in order, cut at both; none of them overlaps another."""
        start, end = _utc(start), _utc(end)
        day, last = self._local_date(start) - _DAY, self._local_date(end)
        found = []
        while day <= last:
            for opens, closes in self._openings(day):
                begins, ends = max(opens, start), min(closes, end)
                if begins < ends:
                    found.append((begins, ends))
            day += _DAY
        return tuple(found)

    def local(self, at: datetime) -> datetime:
        """The instant as the clock on the department's wall shows it."""
        return _utc(at).astimezone(self.zone)

    def _local_date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _openings_near(self, at: datetime) -> Iterator[Opening]:
        day = self._local_date(at)
        yield from self._openings(day - _DAY)
        yield from self._openings(day)

    def _openings_from(self, start: datetime) -> Iterator[Opening]:
        """Every opening that ends after `start`, for ever. Looks a day back: a night shift may still run."""
        day, idle = self._local_date(start) - _DAY, 0
        while idle < _PATIENCE:
            idle += 1
            for opening in self._openings(day):
                if opening[1] > start:
                    idle = 0
                    yield opening
            day += _DAY
        raise CalendarNeverOpens(
            f"the calendar in {self.zone.key} has no working time in the five years after {start:%Y-%m-%d}; "
            "give it hours on some weekday"
        )

    def _openings_of(self, day: date) -> tuple[Opening, ...]:
        """The openings that begin on a local date, less what a night shift of the day before covers."""
        ended = max((closes for _, closes in self._shifts(day - _DAY)), default=None)
        merged: list[Opening] = []
        for opens, closes in self._shifts(day):
            begins = opens if ended is None else max(opens, ended)
            if begins < closes:
                merged.append((begins, closes))
            ended = closes if ended is None else max(ended, closes)
        return tuple(merged)

    def _shifts_beginning_on(self, day: date) -> tuple[Opening, ...]:
        shifts = (
            (self._instant(day, one.start), self._instant(_last_day(day, one), one.end)) for one in self._hours(day)
        )
        return tuple(sorted(shifts))

    def _hours(self, day: date) -> Hours:
        if day in self._special:
            return self._special[day]
        if day in self._closed or day in self._holidays(day.year):
            return ()
        return self.week.get(day.weekday(), ())

    def _instant(self, day: date, at: time) -> datetime:
        local = datetime.combine(day, at, self.zone)
        instant = local.astimezone(UTC)
        if instant.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return instant
        return _end_of_gap(instant, local)


def from_settings(
    calendar: Calendar, closed_in_files: Callable[[int], frozenset[date]] = no_holidays
) -> BusinessCalendar:
    """The calendar that the settings describe; `closed_in_files`: the days of a year that their files close."""
    kept = calendar.holidays
    public = public_holidays(kept.country, kept.region) if kept else no_holidays
    return BusinessCalendar(
        ZoneInfo(calendar.time_zone),
        calendar.hours,
        closed=frozenset(calendar.closed),
        special=calendar.special,
        holidays=lambda year: public(year) | closed_in_files(year),
    )


def public_holidays(country: str, region: str | None) -> Callable[[int], frozenset[date]]:
    """The public holidays of a country (ISO 3166-1) and a region, by year. Does not look at their names."""
    # Takes 0.1 s to import; a calendar without public holidays need not wait for it.
    from holidays import country_holidays  # noqa: PLC0415

    def of_year(year: int) -> frozenset[date]:
        return frozenset(country_holidays(country, subdiv=region, years=year))

    return of_year


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"an instant needs its time zone, and {at.isoformat()} has none")
    return at.astimezone(UTC)


def _last_day(day: date, hours: Interval) -> date:
    return day + _DAY if hours.end <= hours.start else day


def _end_of_gap(instant: datetime, local: datetime) -> datetime:
    """The moment at which the clocks were put forward over `local`, a time that no clock shows.

    `instant` reads `local` by the clock before the change and so comes after it; read by the clock after the
    change (fold=1, PEP 495) it comes before. In between the offset changes once.
    """
    zone = local.tzinfo
    before = local.replace(fold=1).astimezone(UTC)
    seconds = range((instant - before) // _SECOND + 1)
    old = before.astimezone(zone).utcoffset()
    moved = bisect_right(seconds, False, key=lambda past: (before + past * _SECOND).astimezone(zone).utcoffset() != old)
    return before + moved * _SECOND
