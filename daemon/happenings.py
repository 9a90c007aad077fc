"""Story: something happens to a request: it waits, is taken up again, resolved, closed or opened again.

The table of `daemon.desk.lifecycle` says whether it may. Every move is one transaction with its ledger lines, its
clocks and its appointments; what the table does not allow changes nothing.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
import structlog

from daemon import clock_keeping, frozen_mail
from daemon.desk.lifecycle import Happening, NotAllowed, move
from daemon.desk.request import Status, reference
from daemon.desk.waiting import CannotWait, Wait, WaitsFor, wait
from daemon.office import Office
from daemon.store import appointments, clocks, ledger, messages, outbox, requests
from daemon.store.appointments import Appointment
from daemon.thought import desk_request

log = structlog.get_logger("happenings")

#: Clocks run in these; in the others a request stands still.
_RUNNING = frozenset({Status.NEW, Status.OPEN})

#: Who does this with a request has taken it.
_TAKES = frozenset({Happening.PAUSED, Happening.RESOLVED})


class CannotHappen(Exception):
    """This cannot happen to the request; the sentence says why and what would be possible."""


def happen(office: Office, number: int, happening: Happening, *, actor: str, why: str) -> requests.StoredRequest:
    """A person lets this happen to request `number`; the request as it stands then. Raises CannotHappen."""
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = found(database, number)
        return let(database, request, happening, actor=actor, why=why, office=office, now=now)


def make_wait(
    office: Office, number: int, waits_for: WaitsFor, day: dt.date | None, *, actor: str, why: str, evidence: str = ""
) -> requests.StoredRequest:
    """A person makes request `number` wait, until `day` or as long as may be. Raises CannotHappen."""
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = found(database, number)
        planned = planned_wait(request, waits_for, day, why, evidence, office, now)
        return let(database, request, Happening.PAUSED, actor=actor, why=why, office=office, now=now, planned=planned)


def planned_wait(
    request: requests.StoredRequest,
    waits_for: WaitsFor,
    day: dt.date | None,
    why: str,
    evidence: str,
    office: Office,
    now: dt.datetime,
) -> Wait:
    """The wait that a person wants, if the department lets a request wait so long. Raises CannotHappen."""
    caps = office.desk(request.department).lifecycle
    calendar = office.calendar(request.department)
    try:
        return wait(waits_for, day, why, evidence, now=now, calendar=calendar, caps=caps)
    except CannotWait as refusal:
        raise CannotHappen(f"{reference(request.id)}: {refusal}") from refusal


def found(database: sa.Connection, number: int) -> requests.StoredRequest:
    """The request with this number. Raises CannotHappen."""
    request = requests.find(database, number)
    if request is None:
        raise CannotHappen(f"There is no request {reference(number)}; `postroom list` shows those that exist.")
    return request


def let(
    database: sa.Connection,
    request: requests.StoredRequest,
    happening: Happening,
    *,
    actor: str,
    why: str,
    office: Office,
    now: dt.datetime,
    planned: Wait | None = None,
) -> requests.StoredRequest:
    """Let it happen in the caller's transaction; the request as it stands then. Raises CannotHappen.

    planned: how a request that is made to wait (`PAUSED`) waits.
    """
    before = Status(request.status)
    try:
        after = move(before, happening)
    except NotAllowed as refusal:
        raise CannotHappen(f"{reference(request.id)}: {refusal}") from refusal
    said = planned.why(office.calendar(request.department)) if planned else why
    entries = []
    if after is not before or planned is not None:
        entries.append(ledger.Entry(now, actor, "status", before, after, said))
    if planned is not None:
        entries.append(ledger.Entry(now, actor, "waits", None, planned.waits_for, planned.evidence or planned.reason))
    requests.change(database, request.id, status=after)
    ledger.write(database, request.id, entries)
    if before is Status.WAITING:
        appointments.cancel(database, request.id, "wait_over")
    if happening in _TAKES:
        appointments.cancel(database, request.id, "accept")
    if after is not before:
        _leave(database, request, before, after, now)
    if planned is not None:
        appointments.make(database, request.id, Appointment("wait_over", planned.until, planned.waits_for))
    changed = found(database, request.id)
    if after in _RUNNING and before not in _RUNNING:
        _run_on(database, changed, office, now)
    if after is Status.RESOLVED and before is not Status.RESOLVED:
        _wait_for_quiet(database, changed, office, now)
    log.info("happened", request=reference(request.id), what=happening, by=actor, status=after)
    return changed


def _leave(
    database: sa.Connection, request: requests.StoredRequest, before: Status, after: Status, now: dt.datetime
) -> None:
    """What ends with the old status: its appointments, the clocks of a request that is done, the end of one that is
    not."""
    if before is Status.RESOLVED:
        appointments.cancel(database, request.id, "close")
    if after is Status.RESOLVED:
        requests.change(database, request.id, resolved_at=now)
        stopped = [one.kind for one in clocks.of_request(database, request.id) if one.stopped_at is None]
        for kind in stopped:
            clocks.stop(database, request.id, kind, now)
        ledger.write(
            database,
            request.id,
            [ledger.Entry(now, ledger.POSTROOM, "clock_stopped", kind, None, "resolved") for kind in stopped],
        )
    if after in _RUNNING and request.resolved_at is not None:
        requests.change(database, request.id, resolved_at=None)
        clocks.restart(database, request.id, "resolution")


def _run_on(database: sa.Connection, request: requests.StoredRequest, office: Office, now: dt.datetime) -> None:
    """The clocks of a request that stood still run on; what the ledger says of it must have been written."""
    for one in clock_keeping.run_on(database, request, office):
        why = f"what stood still runs on; now due {one.due_at:%d %b %H:%M} UTC"
        ledger.write(database, request.id, [ledger.Entry(now, ledger.POSTROOM, "clock_resumed", one.kind, None, why)])


def _wait_for_quiet(database: sa.Connection, request: requests.StoredRequest, office: Office, now: dt.datetime) -> None:
    after = office.desk(request.department).lifecycle.close_after
    appointments.make(database, request.id, Appointment("close", now + after))


def end_wait(
    database: sa.Connection,
    kept: appointments.Waiting,
    request: requests.StoredRequest,
    office: Office,
    now: dt.datetime,
) -> None:
    """The cap of a wait has come: it is open again, and whoever answers for it is told."""
    if request.status != Status.WAITING:
        return
    what = "the day has come" if kept.about == WaitsFor.DATE else "it has waited as long as it may"
    changed = let(database, request, Happening.RESUMED, actor=ledger.POSTROOM, why=what, office=office, now=now)
    to = changed.owner or office.desk(changed.department).lead
    sentence = f"{reference(request.id)} waits no longer: {what}."
    about = messages.header_ids(database, request.id)
    notice = frozen_mail.staff_notice(
        office,
        desk_request(changed),
        to,
        sentence,
        now,
        occasion=f"wait_over:{kept.id}",
        details=[("Waited for", kept.about.replace("_", " "))],
        what_to_do="Please go on with it, or say in a reply to its requester when you will.",
        about=about,
    )
    outbox.put(database, [notice])


def close_if_quiet(
    database: sa.Connection,
    kept: appointments.Waiting,
    request: requests.StoredRequest,
    office: Office,
    now: dt.datetime,
) -> None:
    """A resolved request about which nobody has written for long enough is closed; else it is looked at again."""
    if request.status != Status.RESOLVED:
        return
    quiet = office.desk(request.department).lifecycle.close_after
    last = messages.last_about(database, request.id)
    if last is not None and last + quiet > now:
        appointments.make(database, request.id, Appointment("close", last + quiet))
        return
    days = quiet / dt.timedelta(days=1)
    why = f"nobody has written about it for {days:g} days"
    let(database, request, Happening.CLOSED, actor=ledger.POSTROOM, why=why, office=office, now=now)
