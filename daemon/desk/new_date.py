"""A new date: what is promised instead when the promised one cannot be kept. Decides; touches nothing, and does not
know what day it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from daemon.desk.business_time import BusinessCalendar

_DAY = timedelta(days=1)
#: A promise for a day that nobody can foresee is none.
FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewDate:
    """Until when (UTC) something is promised instead, and why, in the owner's words ("" for none)."""

    at: datetime
    why: str


class NoSuchDate(Exception):
    """A date that cannot be promised; the message is a sentence for who wrote it."""


def new_date(day: date, at: time | None, why: str, calendar: BusinessCalendar, now: datetime) -> NewDate:
    """The promise for this day and time, by the department's clock; without a time it is the end of that day's work.

    Raises NoSuchDate for a date that is over, is farther than a year away, or on which the department does not work.
    """
    midnight = datetime.combine(day, time(), calendar.zone)
    instant = datetime.combine(day, at, calendar.zone) if at else _end_of_work(midnight, calendar)
    return NewDate(checked_date(instant, now), why)


def checked_date(at: datetime, now: datetime) -> datetime:
    """The instant in UTC, if it can be promised. Raises NoSuchDate."""
    if at <= now:
        raise NoSuchDate(f"{at:%Y-%m-%d %H:%M} is over")
    if at > now + FARTHEST:
        raise NoSuchDate(f"{at:%Y-%m-%d} is more than a year away")
    return at.astimezone(UTC)


def _end_of_work(midnight: datetime, calendar: BusinessCalendar) -> datetime:
    next_one = datetime.combine(midnight.date() + _DAY, time(), calendar.zone)
    opened = calendar.open_intervals(midnight, next_one)
    if not opened:
        raise NoSuchDate(f"nobody works on {midnight:%A, %Y-%m-%d}; name a day on which somebody does")
    return opened[-1][1].astimezone(calendar.zone)
