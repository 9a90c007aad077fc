"""A new date: what an owner writes when the promised one cannot be kept, `later 2026-12-01 15:00 the part is missing`.

Only a word with a date behind it counts: "Later today I will call" is an answer like any other. Decides; touches
nothing, and does not know what day it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from daemon.desk.business_time import BusinessCalendar

_DAY = timedelta(days=1)
#: A promise for a day that nobody can foresee is none.
FARTHEST = timedelta(days=366)

_WORD = re.compile(
    r"\s*(?:later|new date|später|spaeter|neuer termin|plus tard|nouvelle date|más tarde|mas tarde|nueva fecha)"
    r"[ \t]*:?[ \t]*(?:by|until|on|bis|am|le|el)?[ \t]*"
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4}))"
    r"(?:[ \t,]+(?:at |um |à |a las )?(?P<h>\d{1,2})[:h.](?P<min>\d{2})(?:[ \t]*(?:uhr|h)\b)?)?"
    r"[ \t]*[,;:.\u2013-]?[ \t]*(?P<why>[^\n]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NewDate:
    """Until when (UTC) something is promised instead, and why, in the owner's words ("" for none)."""

    at: datetime
    why: str


class NoSuchDate(Exception):
    """A date that cannot be promised; the message is a sentence for who wrote it."""


def new_date(words: str, calendar: BusinessCalendar, now: datetime) -> NewDate | None:
    """The new date with which these newest words begin, by the department's clock; None if they do not begin so.

    Without a time it is the end of that day's work. Raises NoSuchDate for a date that does not exist, is over, is
    farther than a year away, or on which the department does not work.
    """
    found = _WORD.match(words)
    if found is None:
        return None
    why = " ".join(f"{found['why']}\n{words[found.end() :]}".split())
    year, month, day = (int(found[name] or found[f"{name}2"]) for name in ("y", "m", "d"))
    try:
        midnight = datetime(year, month, day, tzinfo=calendar.zone)
        at = midnight.replace(hour=int(found["h"]), minute=int(found["min"])) if found["h"] else None
    except ValueError:
        raise NoSuchDate(f"{found[0].strip()[:60]!r} holds no date that exists") from None
    return NewDate(checked_date(at or _end_of_work(midnight, calendar), now), why)


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
