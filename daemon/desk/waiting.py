"""Waiting: for whom a request waits, until when at the latest, and how that is said. Decides; touches nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from daemon.desk.business_time import BusinessCalendar

if TYPE_CHECKING:
    from config.settings import Lifecycle

_MOST_WORDS = 200


class WaitsFor(StrEnum):
    """For whom or what a request waits."""

    REQUESTER = "requester"
    THIRD_PARTY = "third_party"
    DATE = "date"


#: As `Wait.why` says it.
_UNTIL = re.compile(r"(for the [a-z ]+? )?until \d{2} \w{3} \d{4} \d{2}:\d{2}: ")


class CannotWait(Exception):
    """A request cannot wait like this; the message is a sentence for the person who wanted it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait with its cap (UTC), its reason in a person's words, and what proves it ("" for nothing)."""

    waits_for: WaitsFor
    until: datetime
    reason: str
    evidence: str = ""

    def why(self, calendar: BusinessCalendar) -> str:
        """For whom, until when by the department's calendar, and why, in one line for the ledger."""
        local = calendar.local(self.until)
        return f"{_whom(self.waits_for)}until {local:%d %b %Y %H:%M}: {self.reason}"


def without_end(why: str) -> str:
    """For whom and why, as the ledger says it, without until when: waits for the same reason end at different times."""
    found = _UNTIL.match(why)
    if found is None:
        return why
    return f"{found[1].strip()}: {why[found.end() :]}" if found[1] else why[found.end() :]


def wait(
    waits_for: WaitsFor,
    day: date | None,
    reason: str,
    evidence: str,
    *,
    now: datetime,
    calendar: BusinessCalendar,
    caps: Lifecycle,
) -> Wait:
    """The wait of a request from `now` (UTC) on, until the department opens on `day`, or as long as may be.

    Raises CannotWait with what is wrong: a day that has gone by or is too far away, or none where one is needed.
    """
    words = " ".join(reason.split())[:_MOST_WORDS]
    if not words:
        raise CannotWait("Say why it waits.")
    longest = _cap(waits_for, caps)
    if day is None and waits_for is WaitsFor.DATE:
        raise CannotWait("Say until which day it waits, as 2026-12-01.")
    until = now + longest if day is None else _opening_of(day, calendar)
    if until <= now:
        raise CannotWait(f"{day} has come already; say a later day.")
    if until > now + longest:
        last = calendar.local(now + longest).date()
        raise CannotWait(f"It may wait {_whom(waits_for)}until {last} at the longest; say an earlier day than {day}.")
    return Wait(waits_for, until, words, " ".join(evidence.split())[:_MOST_WORDS])


def _opening_of(day: date, calendar: BusinessCalendar) -> datetime:
    """When the department opens on this day, or on the first one after it on which it does."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return calendar.next_opening(midnight)


def _cap(waits_for: WaitsFor, caps: Lifecycle) -> timedelta:
    return {
        WaitsFor.REQUESTER: caps.wait_for_requester,
        WaitsFor.THIRD_PARTY: caps.wait_for_third_party,
        WaitsFor.DATE: caps.wait_for_date,
    }[waits_for]


def _whom(waits_for: WaitsFor) -> str:
    return "" if waits_for is WaitsFor.DATE else f"for the {waits_for.replace('_', ' ')} "
