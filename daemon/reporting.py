"""Story: the report of a time, on demand and once a week for each lead. Reading changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from daemon import forecasting, frozen_mail
from daemon.desk.clock_history import PastClock
from daemon.desk.facts import CONFIDENTIAL, Chart, Table, WeeklyReport
from daemon.desk.holdings import holdings
from daemon.desk.report import WEEKS, Case, Report, report
from daemon.desk.report_words import say_clock, summary, tables, weeks_in_words
from daemon.desk.request import TRIAGE, reference
from daemon.forecasting import Expected
from daemon.mail.chart import bar_chart
from daemon.mail.compose import Picture
from daemon.office import Office
from daemon.promises import clocks_told_again
from daemon.store import ledger, outbox, promises, requests
from daemon.store.chain import Line
from daemon.store.promises import Recovery
from daemon.store.requests import StoredRequest

log = structlog.get_logger("reporting")

#: A weekly report that could not be written for so long is not written any more: the next one is near.
TOO_LATE = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)

#: So many requests are read at once.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A report with what is expected now, and what leads have to make good."""

    report: Report
    expected: tuple[Expected, ...]
    recoveries: tuple[Recovery, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What reports are made of, read once for all of them. recoveries: each with the department of its request."""

    cases: tuple[Case, ...]
    expected: tuple[Expected, ...]
    recoveries: tuple[tuple[str, Recovery], ...]


def look(office: Office, since: dt.datetime, now: dt.datetime, beat: Callable[[], None] = lambda: None) -> Known:
    """Read what there is to say from `since` until `now` (UTC); `beat` is called for every request."""
    cases = []
    with office.store.reading() as database:
        # The weeks side by side reach farther back than the report itself.
        for request, lines in past(database, min(since, now - WEEKS * WEEK)):
            beat()
            cases.append(_case(office, request, lines))
        expected = forecasting.expected_misses(database, office, now)
        recoveries = {one.request_id: one for one in promises.recoveries_open(database)}
        found = requests.find_all(database, list(recoveries))
    return Known(tuple(cases), tuple(expected), tuple((one.department or TRIAGE, recoveries[one.id]) for one in found))


def tell(
    office: Office, known: Known, since: dt.datetime, now: dt.datetime, departments: Sequence[str] | None = None
) -> Told:
    """The report from `since` until `now` (UTC); `departments`: only theirs (with "triage"), None for all."""
    agreed = {slug: one.own_part for slug, one in office.settings.departments.items() if one.own_part is not None}
    return Told(
        report(known.cases, since, now, office.calendar, departments, agreed),
        tuple(one for one in known.expected if departments is None or (one.department or TRIAGE) in departments),
        tuple(one for department, one in known.recoveries if departments is None or department in departments),
    )


def past(database: sa.Connection, since: dt.datetime) -> Iterator[tuple[StoredRequest, tuple[Line, ...]]]:
    """Every request to which something happened since then (UTC), or that is unfinished, with its whole ledger."""
    numbers = requests.touched_since(database, since)
    for first in range(0, len(numbers), PAGE):
        page = numbers[first : first + PAGE]
        lines = ledger.lines_of_requests(database, page)
        by_number = {number: tuple(theirs) for number, theirs in groupby(lines, key=lambda line: line.request_id)}
        for request in requests.find_all(database, page):
            yield request, by_number.get(request.id, ())


def send_weekly(office: Office, now: dt.datetime, beat: Callable[[], None] = lambda: None) -> int:
    """Write the reports of the week to the leads if it is time and they were not written yet; how many.

    `beat` is called now and then while it reads.
    """
    weekly = office.settings.reports
    at = _time_of_week(office, now)
    if not weekly.weekly or not at <= now < at + TOO_LATE:
        return 0
    # By the clock of the house: in UTC two Mondays may lie in one week, before and after the clocks change.
    week = f"{at.astimezone(ZoneInfo(office.settings.organisation.time_zone)):%G-W%V}"
    with office.store.reading() as database:
        due = {
            lead: slugs
            for lead, slugs in _led(office).items()
            if not outbox.exists(database, frozen_mail.report_effect(lead, week))
        }
    if not due:
        return 0
    known = look(office, now - WEEK, now, beat)
    for lead, slugs in due.items():
        mail = weekly_mail(office, lead, tell(office, known, now - WEEK, now, slugs), week, now)
        with office.store.writing() as database:
            ledger.take_turn(database)
            outbox.put_once(database, [mail])
    log.info("weekly_reports", week=week, leads=len(due))
    return len(due)


def weekly_mail(office: Office, lead: str, told: Told, week: str, now: dt.datetime) -> outbox.NewMail:
    """The report of a week, such as 2026-W48, as its lead gets it."""
    charts, pictures = [], []
    for department, shares in told.report.weeks.items():
        name = frozen_mail.picture_name(office, f"{lead}:{week}:{department}")
        title = f"{name_of_desk(office, department)}: promises kept in each of the last {WEEKS} weeks"
        charts.append(Chart(name, title, weeks_in_words(shares)))
        pictures.append(Picture(name, bar_chart(shares, office.settings.reports.good_from)))
    said = WeeklyReport(
        language="en",
        subject=f"Report of the week {week}: {summary(told.report)}",
        reader=frozen_mail.name_of(office, lead),
        summary=summary(told.report),
        charts=tuple(charts),
        tables=tables_of(office, told),
        organisation=office.settings.organisation.name,
    )
    return frozen_mail.weekly_report(office, lead, said, pictures, week, now)


def tables_of(office: Office, told: Told) -> tuple[Table, ...]:
    """A report as the tables that people read, times by the clock of the organisation."""
    zone = ZoneInfo(office.settings.organisation.time_zone)
    expected = [
        (
            reference(one.miss.request_id),
            f"{say_clock(one.miss.kind)} due {one.miss.due_at.astimezone(zone):%a %d %b %H:%M}, expected "
            f"{one.miss.expected_at.astimezone(zone):%a %d %b %H:%M}, "
            f"{one.department or TRIAGE}, {one.owner or 'nobody'}",
        )
        for one in told.expected
    ]
    recoveries = [
        (reference(one.request_id), f"since {one.since.astimezone(zone):%a %d %b %H:%M}, {one.lead}: {one.why}")
        for one in told.recoveries
    ]
    return tables(told.report, zone, expected, recoveries)


def name_of_desk(office: Office, department: str) -> str:
    """A department, or triage, as people call it."""
    return frozen_mail.desk_of(office, department).name


def case_of(request: StoredRequest, lines: tuple[Line, ...], clocks: tuple[PastClock, ...], group: str) -> Case:
    """A stored request as reports look at it."""
    return Case(
        number=request.id,
        subject=CONFIDENTIAL if request.confidential else request.subject,
        group=group,
        opened_at=request.opened_at,
        is_unfinished=request.status in requests.UNFINISHED,
        clocks=clocks,
        held=tuple(sorted(holdings(lines), key=lambda one: one.since)),
        lines=lines,
    )


def _case(office: Office, request: StoredRequest, lines: tuple[Line, ...]) -> Case:
    clocks = clocks_told_again(office, request, lines)
    return case_of(request, lines, clocks, office.person(request.requester).group)


def _led(office: Office) -> dict[str, tuple[str, ...]]:
    """What each lead leads, triage with the others."""
    found: dict[str, list[str]] = {}
    for slug in (*office.settings.departments, TRIAGE):
        found.setdefault(office.desk(slug).lead, []).append(slug)
    return {lead: tuple(slugs) for lead, slugs in found.items()}


def _time_of_week(office: Office, now: dt.datetime) -> dt.datetime:
    """The latest instant (UTC) at which weekly reports were to be written."""
    zone, weekly = ZoneInfo(office.settings.organisation.time_zone), office.settings.reports
    local = now.astimezone(zone)
    day = local.date() - dt.timedelta(days=(local.weekday() - weekly.day) % 7)
    at = dt.datetime.combine(day, dt.time(weekly.hour), zone).astimezone(dt.UTC)
    return at if at <= now else at - WEEK
