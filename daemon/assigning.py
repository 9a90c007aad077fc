"""Story: a person gives a request to a department or an owner, or ends it.

What an operator or a triage desk does by the command line today. Every move is written into the ledger
with who did it and why, and the people concerned are told by mail.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
import structlog

from daemon import clock_keeping, frozen_mail, opening
from daemon.desk.clocks import ClockKind
from daemon.desk.lifecycle import Happening, NotAllowed, move
from daemon.desk.request import Status, reference
from daemon.office import Office
from daemon.store import absences, clocks, ledger, messages, outbox, requests, unreachable
from daemon.thought import desk_clock, desk_request

log = structlog.get_logger("assigning")


class CannotAssign(Exception):
    """The request cannot be given away like this; the sentence says why and what to do."""


def assign(
    office: Office, number: int, *, department: str | None, owner: str | None, actor: str, why: str
) -> requests.StoredRequest:
    """Give request `number` to a department, an owner in it, or both; the request as it stands then.

    Without an owner the department's own choice is taken; without a department the request stays where
    it is. Clocks follow the new department's promises from the same start. Raises CannotAssign.
    """
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = _found(database, number)
        _check(office, request, department, owner)
        target = department or request.department
        chosen, reason = _owner(database, office, request, target, owner, now)
        entries = _place(database, office, request, target, chosen, actor, why, reason, now)
        changed = _found(database, number)
        ledger.write(database, number, entries)
        _lay_out_again(database, office, request, changed)
        _tell(database, office, request, changed, why, now)
    log.info("assigned", request=reference(number), department=target, owner=chosen, by=actor)
    return changed


def _found(database: sa.Connection, number: int) -> requests.StoredRequest:
    request = requests.find(database, number)
    if request is None:
        raise CannotAssign(f"There is no request {reference(number)}; `postroom list` shows those that exist.")
    return request


def _check(office: Office, request: requests.StoredRequest, department: str | None, owner: str | None) -> None:
    if department is None and owner is None:
        raise CannotAssign("Say to which department (--department) or to whom (--owner) the request goes.")
    known = office.settings.departments
    if department is not None and department not in known:
        raise CannotAssign(f"There is no department {department!r}; the departments are {', '.join(known)}.")
    if department is None and request.department is None:
        raise CannotAssign(f"{reference(request.id)} stands in triage; say to which department it goes.")
    if request.status in (Status.RESOLVED, Status.CLOSED):
        raise CannotAssign(
            f"{reference(request.id)} is {request.status}; only an unfinished request can be given away."
        )
    if owner is not None:
        desk = office.desk(department or request.department)
        members = [member.email.lower() for member in desk.members]
        if owner.lower() not in (*members, desk.lead.lower()):
            raise CannotAssign(f"{owner} does not belong to {desk_name(desk)}; its people are {', '.join(members)}.")


def desk_name(desk: opening.Desk) -> str:
    """How people call this desk."""
    return getattr(desk, "name", "Triage")


def _owner(
    database: sa.Connection,
    office: Office,
    request: requests.StoredRequest,
    department: str | None,
    owner: str | None,
    now: dt.datetime,
) -> tuple[str, str]:
    if owner is not None:
        return owner.lower(), "named"
    loads, away = requests.loads(database, office.staff), absences.away(database, now)
    choice = opening.owner_for(loads, department, request.requester, office, now, away=away)
    if choice.address is None:
        raise CannotAssign(f"{choice.reason}; name the owner with --owner.")
    return choice.address, choice.reason


def _place(
    database: sa.Connection,
    office: Office,
    request: requests.StoredRequest,
    department: str | None,
    owner: str,
    actor: str,
    why: str,
    reason: str,
    now: dt.datetime,
) -> list[ledger.Entry]:
    status = Status(request.status)
    entries = []
    if department != request.department:
        status = move(status, Happening.ROUTED)
        old = request.department or "triage"
        entries.append(ledger.Entry(now, actor, "routed", old, department, why))
        route = requests.StoredRoute("person", department, why, None, None, None, None, None)
        requests.record_routes(database, [(request.id, route)], now)
        if department in office.confidential and not request.confidential:
            desk = f"every request of {department} is"
            entries.append(ledger.Entry(now, ledger.POSTROOM, "confidential", None, "yes", desk))
    status = move(status, Happening.ASSIGNED)
    entries.append(ledger.Entry(now, actor, "owner", request.owner, owner, why if reason == "named" else reason))
    requests.change(
        database,
        request.id,
        department=department,
        owner=owner,
        status=status,
        assigned_at=now,
        confidential=request.confidential or department in office.confidential,
        plan=request.plan + (department != request.department),
    )
    return entries


def _lay_out_again(
    database: sa.Connection, office: Office, before: requests.StoredRequest, request: requests.StoredRequest
) -> None:
    """Another department, another promise: the clocks that still run get its targets, from the same start."""
    if before.department == request.department:
        return
    running = clock_keeping.running_by_its_ledger(database, request, office)
    opening.lay_out_again(database, request, running, office)


def _tell(
    database: sa.Connection,
    office: Office,
    before: requests.StoredRequest,
    request: requests.StoredRequest,
    why: str,
    now: dt.datetime,
) -> None:
    running = tuple(desk_clock(c) for c in clocks.of_request(database, request.id))
    first = next(iter(messages.of_request(database, request.id)), None)
    told = _acknowledged_at(database, request) if first is not None and first.acknowledged else ""
    if told and unreachable.of_these(database, [told.lower()], now):
        told = ""
    mails = frozen_mail.handed_over(office, desk_request(request), first, why, running, now, tell=told)
    if before.owner != request.owner or before.department != request.department:
        outbox.put(database, mails)


def _acknowledged_at(database: sa.Connection, request: requests.StoredRequest) -> str:
    """Where the acknowledgement went: automatic mail about the same request goes nowhere else."""
    sent = outbox.of_request(database, request.id)
    return next((mail.recipient for mail in sent if mail.kind == "acknowledgement"), "")


def resolve(office: Office, number: int, *, actor: str, why: str) -> requests.StoredRequest:
    """End request `number`; its clocks stop and no rung fires any more. Raises CannotAssign."""
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = _found(database, number)
        try:
            status = move(Status(request.status), Happening.RESOLVED)
        except NotAllowed as refusal:
            raise CannotAssign(f"{reference(number)}: {refusal}") from refusal
        requests.change(database, number, status=status, resolved_at=now)
        stopped = [kind for kind in ClockKind if clocks.stop(database, number, kind, now)]
        ledger.write(
            database,
            number,
            [ledger.Entry(now, actor, "status", request.status, status, why)]
            + [ledger.Entry(now, ledger.POSTROOM, "clock_stopped", kind, None, "resolved") for kind in stopped],
        )
        changed = _found(database, number)
    log.info("resolved", request=reference(number), by=actor)
    return changed
