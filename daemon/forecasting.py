"""Story: leads are warned of promises that will probably be broken, and what a department usually takes is measured.

Looked at every quarter of an hour, by whichever process does it first; each promise is warned of once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from daemon import frozen_mail
from daemon.desk.clocks import ClockKind
from daemon.desk.forecast import Miss, Waiting, misses, pace, usual
from daemon.desk.request import TRIAGE, reference
from daemon.office import Office
from daemon.store import ledger, messages, outbox, promises, requests
from daemon.store.promises import Pace
from daemon.thought import desk_request

log = structlog.get_logger("forecasting")

#: How far back the pace of a department is looked at.
LATELY = dt.timedelta(days=28)

#: So many promises are named in one warning; of more it says how many.
NAMED = 10

#: So many of the last answers of a department say what it usually takes.
MEASURED = 500

_ADVICE = (
    "There is still time: find somebody who is free, or have the owners set honest new dates (`later`, a date and the "
    "reason, at the top of a reply)"
)
_LINES = "; or reply with a line for each: REQ-12 hand over to ADDRESS, REQ-13 later DATE REASON."

_FIRST, _RESOLUTION = ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION
#: An answer of any kind is a piece of the same work, so they are counted together.
_WORK: Mapping[ClockKind, tuple[ClockKind, ...]] = {
    _FIRST: (_FIRST, ClockKind.NEXT_RESPONSE),
    ClockKind.NEXT_RESPONSE: (_FIRST, ClockKind.NEXT_RESPONSE),
    _RESOLUTION: (_RESOLUTION,),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A promise of a department (None: triage) that will probably be broken, and who owns the request."""

    department: str | None
    owner: str | None
    miss: Miss


def expected_misses(database: sa.Connection, office: Office, now: dt.datetime) -> list[Expected]:
    """Every promise that will probably be broken, the soonest due first. Looks; writes nothing."""
    kept = promises.kept_counts(database, now - LATELY)
    running = promises.running(database, now)
    owners = {one.request_id: one.owner for one in running}
    found = []
    for department in dict.fromkeys(one.department for one in running):
        calendar = office.calendar(department)
        for kinds in dict.fromkeys(_WORK.values()):
            done = sum(kept.get((department, kind), 0) for kind in kinds)
            each = pace(done, now - LATELY, now, calendar)
            waiting = [
                Waiting(one.request_id, one.kind, one.due_at)
                for one in running
                if one.department == department and one.kind in kinds
            ]
            if each is not None:
                missed = misses(waiting, each, now, calendar)
                found += [Expected(department, owners[miss.request_id], miss) for miss in missed]
    return sorted(found, key=lambda one: (one.miss.due_at, one.miss.request_id))


def look_ahead(office: Office, now: dt.datetime) -> int:
    """Measure what departments take, and warn the leads of misses they were not warned of; how many mails."""
    with office.store.reading() as database:
        measured = _paces(database, office, now)
        wants = office.settings.honesty.forecast
        expected = expected_misses(database, office, now) if wants else []
    with office.store.writing() as database:
        ledger.take_turn(database)
        promises.measure(database, measured)
        warned = ledger.told_of(database, "forecast", [one.miss.request_id for one in expected])
        new = [one for one in expected if (one.miss.request_id, one.miss.kind) not in warned]
        departments = dict.fromkeys(one.department for one in new)
        for department in departments:
            _warn(database, [one for one in new if one.department == department], office, now)
    return len(departments)


def _warn(database: sa.Connection, missed: list[Expected], office: Office, now: dt.datetime) -> None:
    """One mail to the lead about all of them.

    Of a single request it is a mail of that request, which is answered as such; of several it is a mail of none: an
    answer to it must not go to the requester of whichever is due first.
    """
    department = missed[0].department
    lead, zone = office.desk(department).lead, office.calendar(department).zone
    name = frozen_mail.desk_of(office, department).name
    count = f"{len(missed)} promises" if len(missed) > 1 else "a promise"
    what = f"At the pace of the last four weeks {count} of {name} will not be kept."
    details = [
        (
            reference(one.miss.request_id),
            f"{one.miss.kind.replace('_', ' ')} due {one.miss.due_at.astimezone(zone):%a %d %b %H:%M}, expected "
            f"{one.miss.expected_at.astimezone(zone):%a %d %b %H:%M}, {one.owner or 'nobody yet'}",
        )
        for one in missed[:NAMED]
    ]
    occasion = f"forecast:{department or TRIAGE}:{now.isoformat()}"
    numbers = {one.miss.request_id for one in missed}
    if len(numbers) > 1:
        subject = f"{count} of {name} will probably not be kept"
        mail = frozen_mail.house_notice(office, lead, subject, what, details, _ADVICE + _LINES, occasion, now)
    else:
        first = requests.find(database, missed[0].miss.request_id)
        assert first is not None
        ids = messages.header_ids(database, first.id)
        mail = frozen_mail.heads_up(office, desk_request(first), lead, what, details, f"{_ADVICE}.", occasion, ids, now)
    outbox.put(database, [mail])
    ledger.write_all(database, [(one.miss.request_id, _entry(one.miss, lead, now)) for one in missed])
    log.info("misses_forecast", department=department or TRIAGE, promises=len(missed), told=lead)


def _entry(miss: Miss, lead: str, now: dt.datetime) -> ledger.Entry:
    why = f"{lead} was warned: due {miss.due_at:%d %b %H:%M} UTC, expected {miss.expected_at:%d %b %H:%M} UTC"
    return ledger.Entry(now, ledger.POSTROOM, "forecast", None, miss.kind, why)


def _paces(database: sa.Connection, office: Office, now: dt.datetime) -> list[Pace]:
    measured = []
    for department in office.settings.departments:
        calendar = office.calendar(department)
        answers = promises.latest_answers(database, department, now - LATELY, MEASURED)
        found = usual([calendar.between(*one) for one in answers])
        if found is not None:
            measured.append(Pace(department, found, len(answers), now))
    return measured
