"""The business calendars of an office: the settings, and the iCalendar files that they name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from config.settings import Settings
from daemon.desk.business_time import BusinessCalendar, CalendarNeverOpens, from_settings
from daemon.desk.ics import CalendarFileRefused, ClosedDays, closed_by, read_closed_days

#: A holiday calendar has kilobytes; what is larger is something else.
MOST_BYTES = 5_000_000


def read_calendars(settings: Settings, now: dt.datetime) -> dict[str, BusinessCalendar]:
    """Every calendar by its name, each proven to open again after `now` (UTC).

    Raises CalendarFileRefused with every mistake, one a line.
    """
    found, mistakes = {}, []
    for name, calendar in settings.calendars.items():
        try:
            closed = tuple(days for file in calendar.closed_files for days in _closed_in(file))
            found[name] = from_settings(calendar, closed_by(closed))
            found[name].next_opening(now)
        except (CalendarFileRefused, CalendarNeverOpens) as error:
            mistakes.append(f"calendars.{name}: {error}")
    if mistakes:
        raise CalendarFileRefused("\n".join(mistakes))
    return found


def _closed_in(file: Path) -> tuple[ClosedDays, ...]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise CalendarFileRefused(f"is larger than {MOST_BYTES} bytes, so it is no calendar of holidays")
        return read_closed_days(content.decode("utf-8"))
    except OSError as error:
        raise CalendarFileRefused(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CalendarFileRefused(f"{file} is not UTF-8, as an iCalendar file must be") from error
    except CalendarFileRefused as refused:
        raise CalendarFileRefused(f"{file}: {refused}") from refused
