"""Story: what was to happen to a request at an instant happens, once, unless somebody was quicker.

An appointment is kept by compare-and-set in the transaction of its effect: after any crash, restart or second
process it was kept exactly once or not yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import sqlalchemy as sa
import structlog

from daemon import happenings, passing_on
from daemon.desk.request import reference
from daemon.office import Office
from daemon.store import appointments, ledger, requests
from daemon.store.appointments import Kind, Waiting

log = structlog.get_logger("appointed")

Keep = Callable[[sa.Connection, Waiting, requests.StoredRequest, Office, dt.datetime], None]

#: What each kind of appointment does when its instant has come; `tell` belongs to the story of the escalations.
KEEP: Mapping[Kind, Keep] = {
    "wait_over": happenings.end_wait,
    "close": happenings.close_if_quiet,
    "accept": passing_on.not_accepted,
}


def keep_due(office: Office) -> int:
    """Keep every appointment whose instant has come; how many were kept.

    A fault of ours with one request holds up no other: it is raised when all others were kept.
    """
    kept = 0
    spoiled: dict[int, Exception] = {}
    while True:
        now = office.now()
        with office.store.reading() as connection:
            due = appointments.due(connection, now, exclude=spoiled, kinds=KEEP.keys())
        if not due:
            break
        for one in due:
            if one.request_id in spoiled:
                continue
            try:
                kept += _keep(one, office, now)
            except (sa.exc.OperationalError, sa.exc.InterfaceError):
                raise  # the database is in trouble, not a request
            except Exception as trouble:
                log.exception("appointment_failed", request=reference(one.request_id), kind=one.kind)
                spoiled[one.request_id] = trouble
    if spoiled:
        number, fault = next(iter(spoiled.items()))
        fault.add_note(f"while an appointment of {reference(number)} was kept; {len(spoiled)} requests are held up")
        raise fault
    return kept


def _keep(one: Waiting, office: Office, now: dt.datetime) -> bool:
    with office.store.writing() as database:
        ledger.take_turn(database)
        if not appointments.keep(database, one.id, now):
            return False  # somebody else was first
        request = requests.find(database, one.request_id)
        assert request is not None
        KEEP[one.kind](database, one, request, office.as_of(one.due_at), now)
    return True


def seconds_to_next(office: Office, longest: float) -> float:
    """How long until the next appointment, `longest` at most."""
    with office.store.reading() as connection:
        next_due = appointments.next_due(connection)
    return office.seconds_until(next_due, longest)
