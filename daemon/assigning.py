"""Story: a person gives a request to a department or an owner, or ends it.

What an operator or a triage desk does by the command line today. Every move is written into the ledger
with who did it and why, and the people concerned are told by mail.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
import structlog

from daemon import clock_keeping, frozen_mail, happenings, opening
from daemon.desk.lifecycle import Happening, move
from daemon.desk.request import TRIAGE, Status, reference
from daemon.office import Office
from daemon.store import absences, appointments, clocks, ledger, messages, outbox, requests, unreachable
from daemon.thought import desk_clock, desk_request

log = structlog.get_logger("assigning")


#: So often a request may be handed over between departments; the next time it goes to both leads.
MOVES = 2


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
        return assign_in(database, _found(database, number), department, owner, actor, why, office, now)


def assign_in(
    database: sa.Connection,
    request: requests.StoredRequest,
    department: str | None,
    owner: str | None,
    actor: str,
    why: str,
    office: Office,
    now: dt.datetime,
) -> requests.StoredRequest:
    """The same in the caller's transaction. Raises CannotAssign."""
    check(office, request, department, owner)
    target = department or request.department
    goes_round = target != request.department and _moves(database, request.id) >= MOVES
    if goes_round:
        chosen = office.desk(target).lead.lower()
        reason = f"it has been handed over between departments {MOVES} times before, so it goes to the leads"
    else:
        chosen, reason = _owner(database, office, request, target, owner, now)
    changed = give(database, request, target, chosen, reason, actor, why, office, now)
    if goes_round:
        _tell_both_leads(database, office, request, changed, why, now)
    return changed


def give(
    database: sa.Connection,
    request: requests.StoredRequest,
    department: str | None,
    owner: str,
    reason: str,
    actor: str,
    why: str,
    office: Office,
    now: dt.datetime,
) -> requests.StoredRequest:
    """Write down that this department and owner have it now, lay its clocks out, and tell the people concerned.

    reason: why this owner; "named" if a person said so.
    """
    entries = _place(database, office, request, department, owner, actor, why, reason, now)
    ledger.write(database, request.id, entries)
    changed = _found(database, request.id)
    _lay_out_again(database, office, request, changed)
    appointments.cancel(database, request.id, "accept")
    made = opening.to_be_accepted(changed, office, now)
    appointments.make_all(database, [(request.id, one) for one in made])
    _tell(database, office, request, changed, why if reason == "named" else reason, now)
    log.info("assigned", request=reference(request.id), department=department, owner=owner, by=actor)
    return changed


def _moves(database: sa.Connection, number: int) -> int:
    """How often it was handed over from one department to another."""
    return sum(
        line.what == "routed" and line.from_value not in (None, TRIAGE) and line.to_value != TRIAGE
        for line in ledger.of_request(database, number)
    )


def _tell_both_leads(
    database: sa.Connection,
    office: Office,
    before: requests.StoredRequest,
    request: requests.StoredRequest,
    why: str,
    now: dt.datetime,
) -> None:
    """Nobody wants it, or nobody knows whose it is: the two who can settle that are told together."""
    old, new = office.desk(before.department).lead.lower(), office.desk(request.department).lead.lower()
    names = [frozen_mail.name_of(office, one) for one in (new, old)]
    what = (
        f"{reference(request.id)} has been handed over between departments {MOVES + 1} times, now from "
        f"{before.department} to {request.department}. {names[0]} owns it until it is settled whose it is."
    )
    to_do = f"{names[0]}, please settle it with {names[1]}, and give it to whoever does it."
    about, line = messages.header_ids(database, request.id), ledger.take_turn(database).id
    mails = [
        frozen_mail.staff_notice(
            office,
            desk_request(request),
            to,
            what,
            now,
            occasion=f"goes_round:{line}",
            details=[
                ("Why", why),
                ("Told as well", ", ".join(n for n in names if n != frozen_mail.name_of(office, to))),
            ],
            what_to_do=to_do,
            about=about,
        )
        for to in dict.fromkeys((new, old))
    ]
    outbox.put(database, mails)


def _found(database: sa.Connection, number: int) -> requests.StoredRequest:
    request = requests.find(database, number)
    if request is None:
        raise CannotAssign(f"There is no request {reference(number)}; `postroom list` shows those that exist.")
    return request


def check(office: Office, request: requests.StoredRequest, department: str | None, owner: str | None) -> None:
    """Whether a person may give the request to this department or owner. Raises CannotAssign."""
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
    if owner is not None and owner.lower() == request.requester:
        raise CannotAssign(f"{owner} asks {reference(request.id)}; nobody owns a request of their own.")
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
        old = request.department or TRIAGE
        entries.append(ledger.Entry(now, actor, "routed", old, department, why))
        route = requests.StoredRoute("person", department, why, None, None, None, None, None)
        requests.record_routes(database, [(request.id, route)], now)
        if department in office.confidential and not request.confidential:
            desk = f"every request of {department} is"
            entries.append(ledger.Entry(now, ledger.POSTROOM, "confidential", None, "yes", desk))
    status = move(status, Happening.ASSIGNED)
    if request.status == Status.WAITING:
        # What its old owner waited for, the new one must judge.
        entries.append(ledger.Entry(now, actor, "status", Status.WAITING, status, "it changed hands"))
        appointments.cancel(database, request.id, "wait_over")
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
    """Another department, another promise: the clocks that still run get its targets, from the same start.

    In the same department the clocks that stood still while it waited run on.
    """
    if before.department != request.department:
        running = clock_keeping.running_by_its_ledger(database, request, office)
        opening.lay_out_again(database, request, running, office)
    elif before.status == Status.WAITING:
        clock_keeping.run_on(database, request, office)


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
    told = acknowledged_at(database, request, now)
    mails = frozen_mail.handed_over(
        office, desk_request(request), first, why, running, now, tell=told, line=ledger.take_turn(database).id
    )
    if before.owner != request.owner or before.department != request.department:
        outbox.put(database, mails)


def acknowledged_at(database: sa.Connection, request: requests.StoredRequest, now: dt.datetime) -> str:
    """Where the acknowledgement went: automatic mail about the same request goes nowhere else. "" where there was none,
    or where mail has come back from there (`now`, UTC)."""
    first = next(iter(messages.of_request(database, request.id)), None)
    if first is None or not first.acknowledged:
        return ""
    sent = outbox.of_request(database, request.id)
    told = next((mail.recipient for mail in sent if mail.kind == "acknowledgement"), "")
    return "" if unreachable.of_these(database, [told.lower()], now) else told


def resolve(office: Office, number: int, *, actor: str, why: str) -> requests.StoredRequest:
    """End request `number`; its clocks stop and no rung fires any more. Raises CannotAssign."""
    try:
        return happenings.happen(office, number, Happening.RESOLVED, actor=actor, why=why)
    except happenings.CannotHappen as refusal:
        raise CannotAssign(str(refusal)) from refusal
