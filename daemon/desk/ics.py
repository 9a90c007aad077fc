"""Closed days, and whose turn it is, from an iCalendar file (RFC 5545): whole-day events, also those of every
year or week.

Events with hours are meetings, not closed days, and are left out; so are cancelled ones. Whether an event marks its
day as busy (TRANSP) is not asked: published holiday calendars call their holidays free. Reads text, no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

_DAY = timedelta(days=1)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,3})W|(\d{1,4})D)", re.ASCII)
_LONGEST = 366
_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
#: An interval, or how often; nobody plans in larger numbers.
_COUNT = re.compile(r"[1-9]\d{0,2}", re.ASCII)
#: An event with one of these is not what it seems to be without them.
_NOT_READ = ("RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")


class CalendarFileRefused(Exception):
    """The file is no iCalendar file, or says something that is not understood; the message says where."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """An event that comes every so many weeks, on these days of the week (0: Monday).

    begins: the day with which a week begins, which matters where it comes every second week on several days.
    """

    every: int
    weekdays: frozenset[int]
    begins: int = 0


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Whole days on which it is closed: `first` and how many from there; every year if `yearly`, or `weekly`; until
    `until`."""

    first: date
    days: int
    yearly: bool = False
    until: date = date.max
    weekly: Weekly | None = None

    def of_year(self, year: int) -> Iterator[date]:
        """The closed days that lie in this year."""
        for start in self._starts(year):
            if start is not None and self.first <= start <= self.until:
                yield from (day for n in range(self.days) if (day := start + n * _DAY).year == year)

    def _starts(self, year: int) -> Iterable[date | None]:
        """When it begins such that it may lie in this year; None for a day that does not exist."""
        if self.weekly is not None:
            earliest = max(self.first, date(year, 1, 1) - self.days * _DAY)
            return _weekly(self.first, self.weekly, earliest, min(self.until, date(year, 12, 31)))
        return (self._start(y) for y in (year - 1, year)) if self.yearly else (self.first,)

    def _start(self, year: int) -> date | None:
        try:
            return self.first.replace(year=year)
        except ValueError:  # 29 February: RFC 5545 leaves out what is no date
            return None


def _weekly(first: date, weekly: Weekly, earliest: date, latest: date) -> Iterator[date]:
    """The days from `earliest` to `latest` on which it begins, in their order (RFC 5545 section 3.3.10)."""
    week = first - (first.weekday() - weekly.begins) % 7 * _DAY
    period = 7 * weekly.every
    week += max(0, (earliest - week).days // period) * period * _DAY
    places = sorted((day - weekly.begins) % 7 for day in weekly.weekdays)
    while week <= latest:
        yield from (day for place in places if earliest <= (day := week + place * _DAY) <= latest)
        week += period * _DAY


def closed_by(closed: tuple[ClosedDays, ...]) -> Callable[[int], frozenset[date]]:
    """The closed days of a year."""
    return lambda year: frozenset(day for one in closed for day in one.of_year(year))


def read_titled_days(text: str) -> tuple[tuple[ClosedDays, str], ...]:
    """The whole-day events of a file with their titles (SUMMARY), "" without one.

    Raises CalendarFileRefused with the line that is not understood.
    """
    lines = list(_unfolded(text))
    if not lines or lines[0][1].upper() != "BEGIN:VCALENDAR":
        raise CalendarFileRefused("line 1: wants BEGIN:VCALENDAR, as an iCalendar file begins")
    found = tuple((days, _title(event)) for event in _events(lines) if (days := _closed_days(event)) is not None)
    if not found:
        raise CalendarFileRefused("no whole-day event stands in it, so it says nothing; export it anew")
    return found


@dataclass(frozen=True, slots=True)
class _Property:
    line: int
    parameters: str
    value: str


_Event = dict[str, _Property]


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Content lines with their numbers; what begins with a space goes on the line before (RFC 5545 section 3.1)."""
    number, held = 0, ""
    for at, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if raw[:1] in (" ", "\t"):
            held += raw[1:]
            continue
        if held.strip():
            yield number, held.strip()
        number, held = at, raw
    if held.strip():
        yield number, held.strip()


def _events(lines: list[tuple[int, str]]) -> Iterator[_Event]:
    """The properties of each VEVENT; what is nested in it (an alarm) is not its own."""
    event: _Event | None = None
    depth = 0
    for number, line in lines:
        head, _, value = line.partition(":")
        name, _, parameters = head.upper().partition(";")
        if name == "BEGIN":
            depth += event is not None
            event = {} if event is None and value.upper() == "VEVENT" else event
        elif name == "END" and event is not None:
            if depth == 0:
                yield event
                event = None
            else:
                depth -= 1
        elif event is not None and depth == 0:
            event[name] = _Property(number, parameters, value.strip())
    if event is not None:
        raise CalendarFileRefused("the file ends within an event; it was cut off")


def _closed_days(event: _Event) -> ClosedDays | None:
    start = event.get("DTSTART")
    if start is None or not _is_date(start) or event.get("STATUS", start).value.upper() == "CANCELLED":
        return None
    for name in _NOT_READ:
        if name in event:
            raise CalendarFileRefused(f"line {event[name].line}: {name} is not understood; write its days one by one")
    first = _date(start)
    length, rule = _length(event, first), event.get("RRULE")
    return ClosedDays(first, length) if rule is None else _repeated(first, length, rule)


def _title(event: _Event) -> str:
    """RFC 5545 section 3.3.11: commas, semicolons and line breaks stand behind a backslash."""
    written = event["SUMMARY"].value if "SUMMARY" in event else ""
    return " ".join(re.sub(r"\\([\\;,])", r"\1", re.sub(r"\\[nN]", " ", written)).split())


def _is_date(start: _Property) -> bool:
    return "VALUE=DATE" in start.parameters.split(";") or _DATE.fullmatch(start.value) is not None


def _date(written: _Property) -> date:
    found = _DATE.match(written.value)
    try:
        if found is None:
            raise ValueError
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise CalendarFileRefused(f"line {written.line}: wants a day such as 20261224, not {written.value!r}") from None


def _length(event: _Event, first: date) -> int:
    """How many days: DTEND is the day after the last (RFC 5545 section 3.6.1); without it and DURATION, one."""
    end, lasts = event.get("DTEND"), event.get("DURATION")
    days = 1
    if end is not None:
        # Some programs write the same day twice for a single one.
        days = max((_date(end) - first).days, 1 if end.value == event["DTSTART"].value else 0)
    elif lasts is not None:
        found = _DURATION.fullmatch(lasts.value.upper())
        days = (int(found[1]) * 7 if found[1] else int(found[2])) if found else 0
    if not 1 <= days <= _LONGEST:
        at = (end or lasts or event["DTSTART"]).line
        raise CalendarFileRefused(f"line {at}: an event lasts 1 to {_LONGEST} whole days, this one does not")
    return days


def _repeated(first: date, length: int, rule: _Property) -> ClosedDays:
    parts = dict(part.partition("=")[::2] for part in rule.value.upper().split(";") if part)
    until, count = parts.pop("UNTIL", "99991231"), parts.pop("COUNT", "")
    every, frequency = parts.pop("INTERVAL", "1"), parts.pop("FREQ", "")
    begins, days = parts.pop("WKST", "MO"), parts.pop("BYDAY", "")
    last = _DATE.match(until)
    is_yearly = frequency == "YEARLY" and every == "1" and not count and not days
    weekdays = [_WEEKDAYS.get(one) for one in days.split(",")] if days else [first.weekday()]
    is_weekly = frequency == "WEEKLY" and _COUNT.fullmatch(every) and None not in weekdays and begins in _WEEKDAYS
    if parts or last is None or not (is_yearly or is_weekly) or (count and not _COUNT.fullmatch(count)):
        raise CalendarFileRefused(
            f"line {rule.line}: repeats as {rule.value!r}, of which only FREQ=YEARLY and FREQ=WEEKLY with INTERVAL, "
            "BYDAY, COUNT and UNTIL are understood; write its days one by one"
        )
    ends = date(*(int(part) for part in last.groups()))
    if is_yearly:
        return ClosedDays(first, length, yearly=True, until=ends)
    weekly = Weekly(int(every), frozenset(one for one in weekdays if one is not None), _WEEKDAYS[begins])
    if count:
        starts = _weekly(first, weekly, first, date.max - timedelta(days=7 * weekly.every))
        ends = next(islice(starts, int(count) - 1, None), date.max)
    return ClosedDays(first, length, until=ends, weekly=weekly)
