"""The business calendars of an office, its absences and its rotas: the settings, and the iCalendar files they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from config.mistakes import did_you_mean
from config.settings import Department, Settings
from daemon.desk.business_time import BusinessCalendar, CalendarNeverOpens, from_settings
from daemon.desk.ics import CalendarFileRefused, ClosedDays, closed_by, read_titled_days
from daemon.desk.rota import Rota

#: A holiday calendar has kilobytes; what is larger is something else.
MOST_BYTES = 5_000_000


def read_calendars(settings: Settings, now: dt.datetime) -> dict[str, BusinessCalendar]:
    """Every calendar by its name, each proven to open again after `now` (UTC).

    Raises CalendarFileRefused with every mistake, one a line.
    """
    found, mistakes = {}, []
    for name, calendar in settings.calendars.items():
        try:
            closed = tuple(days for file in calendar.closed_files for days, _ in _days_in(file))
            found[name] = from_settings(calendar, closed_by(closed))
            found[name].next_opening(now)
        except (CalendarFileRefused, CalendarNeverOpens) as error:
            mistakes.append(f"calendars.{name}: {error}")
    if mistakes:
        raise CalendarFileRefused("\n".join(mistakes))
    return found


def read_absences(settings: Settings) -> dict[str, tuple[ClosedDays, ...]]:
    """The days away that stand in iCalendar files, by lower-case address. Raises CalendarFileRefused."""
    found: dict[str, tuple[ClosedDays, ...]] = {}
    mistakes = []
    members = {place: desk.members for place, desk in settings.departments.items()} | {
        "triage": settings.triage.members
    }
    for place, people in members.items():
        for member in people:
            if member.absent_file is None:
                continue
            try:
                days = tuple(days for days, _ in _days_in(member.absent_file))
            except CalendarFileRefused as error:
                mistakes.append(f"{place}, {member.name}: {error}")
            else:
                found[member.email.lower()] = (*found.get(member.email.lower(), ()), *days)
    if mistakes:
        raise CalendarFileRefused("\n".join(mistakes))
    return found


def read_rotas(settings: Settings) -> dict[str, Rota]:
    """Whose turn it is, by department. Raises CalendarFileRefused with every mistake, one a line."""
    found, mistakes = {}, []
    for slug, department in settings.departments.items():
        if department.rota is None:
            continue
        rota = department.rota
        try:
            named = tuple(_turns_in(rota.file, department)) if rota.file else ()
        except CalendarFileRefused as error:
            mistakes.append(f"departments.{slug}.rota: {error}")
        else:
            found[slug] = Rota(rota.since, rota.days, tuple(one.lower() for one in rota.turns), named)
    if mistakes:
        raise CalendarFileRefused("\n".join(mistakes))
    return found


def _turns_in(file: Path, department: Department) -> Iterator[tuple[ClosedDays, str]]:
    """Each event with the one member whom its title names."""
    for days, title in _days_in(file):
        said = title.lower()
        named = [one for one in department.members if one.email.lower() in said or one.name.lower() in said]
        if len(named) != 1:
            who = "several members" if named else "no member"
            near = "" if named else did_you_mean(title, [one.name for one in department.members])
            raise CalendarFileRefused(
                f"{file}: the event {title!r} of {days.first.isoformat()} names {who} of the department; "
                f"write one name, or one address, into its title{near}"
            )
        yield days, named[0].email.lower()


def _days_in(file: Path) -> tuple[tuple[ClosedDays, str], ...]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise CalendarFileRefused(f"is larger than {MOST_BYTES} bytes, so it is no calendar of whole days")
        return read_titled_days(content.decode("utf-8"))
    except OSError as error:
        raise CalendarFileRefused(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise CalendarFileRefused(f"{file} is not UTF-8, as an iCalendar file must be") from error
    except CalendarFileRefused as refused:
        raise CalendarFileRefused(f"{file}: {refused}") from refused
