"""Story: what is due goes up one rung, once.

The rung's row is set to fired by compare-and-set in the transaction that queues its mails: after any
crash, restart or second process a rung has fired exactly once or not yet.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
import structlog

from daemon.desk.request import reference
from daemon.frozen_mail import rung_mails
from daemon.office import Office
from daemon.store import clocks, ledger, messages, outbox, requests
from daemon.thought import desk_clock

log = structlog.get_logger("escalations")

#: At most so many rungs in one transaction; the next ones follow at once.
AT_ONCE = 20


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
        if not due:
            break
        numbers = list(dict.fromkeys(rung.request_id for rung in due))
        try:
            fired += _climb_all(numbers, due, office, now)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database is in trouble, not a request
        except Exception:
            log.exception("firing_together_failed", requests=len(numbers))
            for number in numbers:
                fired += _climb_alone(number, due, spoiled, office, now)
    if spoiled:
        number, fault = next(iter(spoiled.items()))
        fault.add_note(f"while a rung of {reference(number)} was fired; {len(spoiled)} requests are held up")
        raise fault
    return fired


def _climb_all(numbers: list[int], due: list[clocks.WaitingRung], office: Office, now: dt.datetime) -> int:
    with office.store.writing() as connection:
        ledger.take_turn(connection)
        return sum(_climb(connection, [r for r in due if r.request_id == number], office, now) for number in numbers)


def _climb_alone(
    number: int, due: list[clocks.WaitingRung], spoiled: dict[int, Exception], office: Office, now: dt.datetime
) -> int:
    try:
        return _climb_all([number], due, office, now)
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        raise
    except Exception as fault:
        spoiled[number] = fault
        return 0


def _climb(connection: sa.Connection, due: list[clocks.WaitingRung], office: Office, now: dt.datetime) -> int:
    """Fire the due rungs of one request, the latest first; how many fired.

    When several are due at one moment (after an outage, or when a late request changes hands), each
    person hears of the latest only: a reminder beside the escalation would be noise.
    """
    request = requests.find(connection, due[0].request_id)
    assert request is not None
    running = {clock.kind: clock for clock in clocks.of_request(connection, request.id)}
    ids = messages.header_ids(connection, request.id)
    spared: set[str] = set()
    entries = []
    for rung in reversed(due):
        if not clocks.fire(connection, rung.id, now):
            continue  # somebody else was first
        then = office.as_of(rung.due_at)
        told, mails = rung_mails(then, request, rung, desk_clock(running[rung.clock]), ids, spared, now)
        outbox.put(connection, mails)
        spared.update(told)
        entries.append(_entry(rung, told, then, now))
        log.info("rung_fired", request=reference(request.id), rung=rung.kind, clock=rung.clock, told=told)
    ledger.write(connection, request.id, list(reversed(entries)))
    return len(entries)


def _entry(rung: clocks.WaitingRung, told: list[str], office: Office, now: dt.datetime) -> ledger.Entry:
    clock = rung.clock.replace("_", " ")
    why = f"{rung.kind} on the {clock} clock, due {rung.due_at:%d %b %H:%M} UTC"
    if not told:
        why += "; those concerned heard of a later rung at the same moment"
    elif office.withholds:
        why += f"; {office.withholds.why}"
    return ledger.Entry(now, ledger.POSTROOM, rung.kind, None, ", ".join(told) or None, why)


def seconds_to_next(office: Office, longest: float) -> float:
    """How long the clock worker may sleep: until the next rung, `longest` at most."""
    with office.store.reading() as connection:
        next_due = clocks.next_due(connection)
    if next_due is None:
        return longest
    return max(0.05, min(longest, (next_due - office.now()).total_seconds()))
