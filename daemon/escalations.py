"""Story: what is due goes up one rung, once.

The rung's row is set to fired by compare-and-set in the transaction that queues its mails: after any
crash, restart or second process a rung has fired exactly once or not yet. Whoever is not to be disturbed at that
hour is told at its end, by an appointment that is kept in the same way; whoever would get many mails gets one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from daemon import frozen_mail
from daemon.desk.clocks import WAITS
from daemon.desk.facts import Deadline
from daemon.desk.ladder import People, Role, Told, whom_to_tell
from daemon.desk.quiet import end_of_quiet
from daemon.desk.request import Request, Status, reference
from daemon.office import Office
from daemon.store import absences, appointments, clocks, ledger, messages, outbox, requests
from daemon.store.appointments import Appointment, Kind
from daemon.thought import desk_clock, desk_request

log = structlog.get_logger("escalations")

#: At most so many rungs in one transaction; the next ones follow at once.
AT_ONCE = 50

#: The appointments of those who were not to be disturbed.
LATER: tuple[Kind, ...] = ("tell",)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one rung has to say to one person, and in which office (a restore may withhold it)."""

    rung: clocks.WaitingRung
    request: Request
    said: Deadline
    to: Told
    ids: tuple[str, ...]
    office: Office


def fire_due(office: Office) -> int:
    """Fire every rung whose instant has come; how many fired.

    A fault of ours with one request holds up no other: it is raised when all others have fired.
    """
    fired = 0
    spoiled: dict[int, Exception] = {}
    while True:
        now = office.now()
        with office.store.reading() as connection:
            due = clocks.due(connection, now, AT_ONCE, exclude=spoiled)
            put_off = appointments.due(connection, now, AT_ONCE, exclude=spoiled, kinds=LATER)
        if not due and not put_off:
            break
        numbers = list(dict.fromkeys([*(rung.request_id for rung in due), *(one.request_id for one in put_off)]))
        try:
            fired += _climb_all(numbers, due, put_off, office, now)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database is in trouble, not a request
        except Exception:
            log.exception("firing_together_failed", requests=len(numbers))
            for number in numbers:
                fired += _climb_alone(number, due, put_off, spoiled, office, now)
    if spoiled:
        number, fault = next(iter(spoiled.items()))
        fault.add_note(f"while a rung of {reference(number)} was fired; {len(spoiled)} requests are held up")
        raise fault
    return fired


def _climb_all(
    numbers: list[int],
    due: list[clocks.WaitingRung],
    put_off: list[appointments.Waiting],
    office: Office,
    now: dt.datetime,
) -> int:
    with office.store.writing() as connection:
        ledger.take_turn(connection)
        away = absences.away(connection, now)
        tellings: list[Telling] = []
        fired = 0
        for number in numbers:
            fired += _climb(connection, [r for r in due if r.request_id == number], away, tellings, office, now)
        for one in put_off:
            if one.request_id in numbers:
                _tell_now(connection, one, away, tellings, office, now)
        outbox.put(connection, _mails(tellings, office, now))
        return fired


def _climb_alone(
    number: int,
    due: list[clocks.WaitingRung],
    put_off: list[appointments.Waiting],
    spoiled: dict[int, Exception],
    office: Office,
    now: dt.datetime,
) -> int:
    try:
        return _climb_all([number], due, put_off, office, now)
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        raise
    except Exception as fault:
        spoiled[number] = fault
        return 0


def _climb(
    connection: sa.Connection,
    due: list[clocks.WaitingRung],
    away: frozenset[str],
    tellings: list[Telling],
    office: Office,
    now: dt.datetime,
) -> int:
    """Fire the due rungs of one request, the latest first; how many fired.

    When several are due at one moment (after an outage, or when a late request changes hands), each
    person hears of the latest only: a reminder beside the escalation would be noise.
    """
    if not due:
        return 0
    stored = requests.find(connection, due[0].request_id)
    assert stored is not None
    people = people_of(office, stored, away, now)
    spared: set[str] = set()
    entries = []
    for rung in reversed(due):
        if not clocks.fire(connection, rung.id, now):
            continue  # somebody else was first
        told = [one for one in whom_to_tell(rung.tell, people) if one.address not in spared]  # type: ignore[arg-type]
        spared.update(one.address for one in told)
        then = office.as_of(rung.due_at)
        later = _tell_later(connection, rung, told, then, now)
        at_once = [one for one in told if one not in later]
        tellings += _tellings(connection, stored, rung, told, at_once, then, now)
        entries.append(_entry(rung, told, later, then, now))
        addresses = [one.address for one in told]
        log.info("rung_fired", request=reference(stored.id), rung=rung.kind, clock=rung.clock, told=addresses)
    ledger.write(connection, stored.id, list(reversed(entries)))
    return len(entries)


def people_of(office: Office, request: requests.StoredRequest, away: frozenset[str], now: dt.datetime) -> People:
    """Who stands behind the roles of a ladder for this request now. `away`: who has said so by an automatic reply."""
    desk, on = office.desk(request.department), office.calendar(request.department).local(now).date()
    named = [request.owner, desk.lead, desk.next_lead, desk.escalation, *(one.email for one in desk.members)]
    addresses = {one.lower() for one in named if one}
    return People(
        owner=request.owner,
        lead=desk.lead.lower(),
        next_lead=desk.next_lead.lower() if desk.next_lead else None,
        escalation=desk.escalation.lower() if desk.escalation else None,
        deputies={one.email.lower(): one.deputy.lower() for one in desk.members if one.deputy},
        away={one for one in addresses if one in away or office.is_away(one, on)},
        operators=[one.lower() for one in office.settings.organisation.operators],
    )


def _tellings(
    connection: sa.Connection,
    stored: requests.StoredRequest,
    rung: clocks.WaitingRung,
    told: Sequence[Told],
    at_once: Iterable[Told],
    office: Office,
    now: dt.datetime,
) -> list[Telling]:
    """What is said now, of all whom the rung tells; the first of them is asked to act."""
    request, ids = desk_request(stored), tuple(messages.header_ids(connection, stored.id))
    clock = next(desk_clock(one) for one in clocks.of_request(connection, stored.id) if one.kind == rung.clock)
    return [
        Telling(
            rung,
            request,
            frozen_mail.rung_facts(office, request, rung, clock, one, told[0].address, now),
            one,
            ids,
            office,
        )
        for one in at_once
    ]


def _tell_later(
    connection: sa.Connection, rung: clocks.WaitingRung, told: Sequence[Told], office: Office, now: dt.datetime
) -> list[Told]:
    """Those who are not to be disturbed now; each has an appointment at the end of their quiet hours."""
    quiet, later = office.settings.rung_mails.quiet_hours, []
    if quiet is None:
        return []
    for one in told:
        zone = ZoneInfo(office.person(one.address).time_zone or office.settings.organisation.time_zone)
        ends = end_of_quiet(now, quiet, zone)
        if ends is not None:
            about = " ".join((str(rung.id), one.role, one.address, told[0].address, one.instead_of))
            appointments.make(connection, rung.request_id, Appointment("tell", ends, about))
            later.append(one)
    return later


def _tell_now(
    connection: sa.Connection,
    one: appointments.Waiting,
    away: frozenset[str],
    tellings: list[Telling],
    office: Office,
    now: dt.datetime,
) -> None:
    """The quiet hours of somebody have ended: what a rung had to say is said, if it still matters; to them, unless they
    have gone away meanwhile or it has changed hands."""
    if not appointments.keep(connection, one.id, now):
        return  # somebody else was first
    number, role, address, asked, *instead = one.about.split(" ")
    rung, stored = clocks.rung(connection, int(number)), requests.find(connection, one.request_id)
    assert stored is not None
    if rung is None or not _still_matters(connection, rung, stored):
        why = f"{address} was not to be disturbed when a rung fired; when that ended it no longer mattered"
        ledger.write(connection, stored.id, [ledger.Entry(now, ledger.POSTROOM, "not_told", None, address, why)])
        return
    told: Role = role  # type: ignore[assignment]
    to = Told(told, address, "".join(instead))
    people = people_of(office, stored, away, now)
    if address in people.away or (told == "owner" and address != stored.owner):
        (to, *_) = whom_to_tell([told], people) or (to,)
    first = to if asked == address else Told(told, asked)
    tellings += _tellings(connection, stored, rung, (first,), (to,), office.as_of(rung.due_at), now)


def _still_matters(connection: sa.Connection, rung: clocks.WaitingRung, stored: requests.StoredRequest) -> bool:
    if stored.status not in requests.UNFINISHED or (stored.status == Status.WAITING and rung.clock in WAITS):
        return False
    running = {one.kind for one in clocks.of_request(connection, stored.id) if one.stopped_at is None}
    return rung.clock in running


def _mails(tellings: list[Telling], office: Office, now: dt.datetime) -> list[outbox.NewMail]:
    """One mail for each telling, or one for all of a person who would get too many at once."""
    by_reader: dict[str, list[Telling]] = {}
    for one in tellings:
        by_reader.setdefault(one.to.address, []).append(one)
    most = office.settings.rung_mails.together_above
    mails = []
    for address, theirs in by_reader.items():
        if len(theirs) > most and not any(one.office.withholds for one in theirs):
            mails.append(frozen_mail.rungs_together(office, [(one.rung.id, one.said) for one in theirs], address, now))
            continue
        mails += [
            frozen_mail.rung_mail(one.office, one.request, one.rung, one.said, address, one.ids, now) for one in theirs
        ]
    return mails


def _entry(
    rung: clocks.WaitingRung, told: Sequence[Told], later: Sequence[Told], office: Office, now: dt.datetime
) -> ledger.Entry:
    clock = rung.clock.replace("_", " ")
    why = f"{rung.kind} on the {clock} clock, due {rung.due_at:%d %b %H:%M} UTC"
    why += "".join(f"; {one.instead_of} is away, so {one.address} is told" for one in told if one.instead_of)
    if not told:
        why += "; those concerned heard of a later rung at the same moment"
    elif office.withholds:
        why += f"; {office.withholds.why}"
    if later:
        why += f"; told at the end of their quiet hours: {', '.join(one.address for one in later)}"
    addresses = ", ".join(one.address for one in told)
    return ledger.Entry(now, ledger.POSTROOM, rung.kind, None, addresses or None, why)


def seconds_to_next(office: Office, fired: dt.datetime, longest: float) -> float:
    """How long the clock worker may sleep: until the next rung, `longest` at most.

    `fired`: an instant (UTC) of which every rung that was due by then has fired.
    """
    with office.store.reading() as connection:
        next_due = clocks.next_due(connection, fired)
    return office.seconds_until(next_due, longest)
