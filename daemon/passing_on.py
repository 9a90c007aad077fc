"""Story: a request passes to another owner because this one does not take it, is away, or leaves.

To the next, then to the lead; never in silence: the ledger names who was asked and why it went on, and the old owner,
the new one and the requester are told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
import structlog

from daemon import assigning, clock_keeping, frozen_mail, opening
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.leave import last_day_away
from daemon.desk.lifecycle import Happening, move
from daemon.desk.ownership import Turn
from daemon.desk.request import TRIAGE, Status, reference
from daemon.mail.absence import is_absence_subject
from daemon.mail.leave import says_away
from daemon.office import Office
from daemon.opening import Arrived
from daemon.store import absences, appointments, clocks, ledger, messages, outbox, requests
from daemon.store.appointments import Waiting
from daemon.thought import desk_request

log = structlog.get_logger("passing_on")

What = Literal["not_accepted", "declined", "away", "left"]

#: So many are asked to take a request before it goes to the lead.
ASKED = 2


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of one request of somebody who leaves: its new owner, or why it stays."""

    number: int
    owner: str | None
    why: str


def not_accepted(
    database: sa.Connection, kept: Waiting, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> None:
    """The owner has not taken it in time."""
    if request.status not in requests.UNFINISHED or request.owner != kept.about:
        return
    name = frozen_mail.name_of(office, request.owner)
    pass_on(database, request, "not_accepted", ledger.POSTROOM, f"{name} has not taken it in time", office, now)


def decline(
    database: sa.Connection, request: requests.StoredRequest, why: str, office: Office, now: dt.datetime
) -> requests.StoredRequest:
    """The owner says that they do not take it, and why ("" if they do not say)."""
    owner = request.owner or ""
    name = frozen_mail.name_of(office, owner)
    said = f"{name} has declined it: {why}" if why else f"{name} has declined it"
    return pass_on(database, request, "declined", owner, said, office, now)


def took(database: sa.Connection, request: requests.StoredRequest, by: str, now: dt.datetime) -> list[ledger.Entry]:
    """What the ledger says if its owner, who writes, takes it by that; any answer does."""
    if by != request.owner or not appointments.cancel(database, request.id, "accept"):
        return []
    return [ledger.Entry(now, by, "accepted", None, by, "answered")]


def pass_on(
    database: sa.Connection,
    request: requests.StoredRequest,
    what: What,
    actor: str,
    why: str,
    office: Office,
    now: dt.datetime,
) -> requests.StoredRequest:
    """Give it to the next; the request as it stands then. Where nobody else is, it stays and the lead is told."""
    old = request.owner
    appointments.cancel(database, request.id, "accept")
    ledger.write(database, request.id, [ledger.Entry(now, actor, what, old, None, why)])
    address, reason = _next(database, request, what, office, now)
    if address is None:
        return back_to_triage(database, request, f"{why}; {reason}", office, now)
    if address == old:
        _tell(
            database, request, office.desk(request.department).lead, f"{why}; {reason}, and it stays there", office, now
        )
        return request
    changed = assigning.give(
        database, request, request.department, address, f"{why}; {reason}", ledger.POSTROOM, why, office, now
    )
    if old and what != "left":
        name = frozen_mail.name_of(office, address)
        _tell(database, changed, old, f"{name} owns {reference(request.id)} now: {why}", office, now)
    return changed


def _next(
    database: sa.Connection, request: requests.StoredRequest, what: What, office: Office, now: dt.datetime
) -> tuple[str | None, str]:
    """Who gets it now, and why: another one, or after so many the lead, or whom the lead answers to."""
    desk = office.desk(request.department)
    asked = _asked(database, request)
    away = absences.away(database, now) | ({request.owner} if what == "away" and request.owner else set())
    above = _above(request, away, office, now)
    if len(asked) >= ASKED and what in ("not_accepted", "declined") and above is not None:
        why = "the lead" if above == desk.lead.lower() else "the next one up, as the lead is away or asks here"
        return above, f"{len(asked)} were asked, so it goes to {why}"
    is_away = what == "away" and request.owner is not None
    choice = opening.owner_for(
        requests.loads(database, office.staff),
        request.department,
        request.requester,
        office,
        now,
        away=away,
        passed_over=() if is_away else asked,
        turn=Turn(request.owner or "", "{} owned it") if is_away else None,
    )
    if choice.address is not None or above is None:
        return choice.address, choice.reason
    return above, f"{choice.reason}; the next one up is asked"


def _above(request: requests.StoredRequest, away: Collection[str], office: Office, now: dt.datetime) -> str | None:
    """The lead, or whom the lead answers to: the first who is there, else the first; None where nobody but the
    requester is one of them."""
    desk, on = office.desk(request.department), office.calendar(request.department).local(now).date()
    named = (one.lower() for one in (desk.lead, desk.next_lead, desk.escalation) if one)
    up = [one for one in named if one != request.requester]
    there = (one for one in up if one not in away and not office.is_away(one, on))
    return next(there, up[0] if up else None)


def _asked(database: sa.Connection, request: requests.StoredRequest) -> set[str]:
    """Who has owned it since it came to this department."""
    asked: set[str] = set()
    for line in ledger.of_request(database, request.id):
        if line.what == "routed":
            asked = set()
        elif line.what == "owner" and line.to_value:
            asked.add(line.to_value)
    return asked | ({request.owner} if request.owner else set())


def back_to_triage(
    database: sa.Connection, request: requests.StoredRequest, why: str, office: Office, now: dt.datetime
) -> requests.StoredRequest:
    """A request that nobody of its department may own, or whose department has gone, stands in triage, where people see
    it."""
    status = move(Status(request.status), Happening.RETURNED)
    entries = [ledger.Entry(now, ledger.POSTROOM, "routed", request.department, TRIAGE, why)]
    if request.status == Status.WAITING:
        entries.insert(0, ledger.Entry(now, ledger.POSTROOM, "status", request.status, status, "it changed hands"))
        appointments.cancel(database, request.id, "wait_over")
    ledger.write(database, request.id, entries)
    requests.change(database, request.id, department=None, owner=None, status=status, plan=request.plan + 1)
    changed = requests.find(database, request.id)
    assert changed is not None
    running = clock_keeping.running_by_its_ledger(database, changed, office)
    opening.lay_out_again(database, changed, running, office)
    _tell(database, changed, office.settings.triage.lead, f"{reference(request.id)} is in triage: {why}", office, now)
    return changed


def _tell(
    database: sa.Connection, request: requests.StoredRequest, to: str, what: str, office: Office, now: dt.datetime
) -> None:
    about = messages.header_ids(database, request.id)
    occasion = f"passed_on:{ledger.take_turn(database).id}"
    sentence = f"{what}."
    notice = frozen_mail.staff_notice(
        office, desk_request(request), to.lower(), sentence, now, occasion=occasion, about=about
    )
    outbox.put_once(database, [notice])


def tells_absence(arrived: Arrived) -> bool:
    """Whether this is an automatic reply that says of its writer that they are away; there are others."""
    is_automatic = arrived.nature.kind == "automatic_reply"
    return is_automatic and (is_absence_subject(arrived.message.subject) or says_away(arrived.message.words))


def heard_of_absence(
    database: sa.Connection, arrived: Arrived, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> None:
    """An automatic reply of somebody of the staff to a mail of ours: they are away, and what they have not answered
    goes to their deputy, or to the next.

    What is believed of it is a day, at most; any mail that they write themselves ends it.
    """
    sender = arrived.sender
    last, said = note_absence(database, arrived, office.calendar(request.department), now)
    ledger.write(
        database, request.id, [ledger.Entry(now, ledger.POSTROOM, "absent", None, sender, f"until {last}; {said}")]
    )
    answered = all(
        one.stopped_at is not None for one in clocks.of_request(database, request.id) if one.kind == "first_response"
    )
    if request.owner == sender and request.status == Status.OPEN and not answered:
        name = frozen_mail.name_of(office, sender)
        pass_on(database, request, "away", ledger.POSTROOM, f"{name} is away until {last}", office, now)


def note_absence(
    database: sa.Connection, arrived: Arrived, calendar: BusinessCalendar, now: dt.datetime
) -> tuple[dt.date, str]:
    """Write down that the writer of an automatic reply is away: the last day, by this calendar, and what they said."""
    last = last_day_away(f"{arrived.message.subject}\n{arrived.message.words}", calendar.local(now).date())
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), calendar.zone)
    said = f"an automatic reply: {arrived.message.subject}"[:200]
    absences.leave(database, arrived.sender, now, ends, said)
    return last, said


def reassign(office: Office, leaver: str, *, to: str | None, actor: str, why: str) -> list[Passed]:
    """Give every unfinished request of somebody who leaves to another one; what became of each.

    `to`: everything to this person; without it each department's own choice. Each request is a transaction.
    """
    with office.store.reading() as database:
        theirs = requests.listing(database, owner=leaver.lower(), limit=1_000_000)
    return [_reassign(office, one.id, leaver.lower(), to, actor, why) for one in reversed(theirs)]


def _reassign(office: Office, number: int, leaver: str, to: str | None, actor: str, why: str) -> Passed:
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = requests.find(database, number)
        assert request is not None
        if request.owner != leaver or request.status not in requests.UNFINISHED:
            return Passed(number, request.owner, "it was somebody else's by then")
        if to is not None:
            try:
                changed = assigning.assign_in(database, request, None, to, actor, why, office, now)
            except assigning.CannotAssign as refusal:
                return Passed(number, leaver, str(refusal))
            return Passed(number, changed.owner, why)
        changed = pass_on(database, request, "left", actor, why, office, now)
        if changed.owner == leaver:
            return Passed(number, leaver, "nobody else of its department could own it")
        return Passed(number, changed.owner, why)
