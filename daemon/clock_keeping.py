"""Story: the clocks of a request that lives: an answer stops them, a mail of the requester starts one again, and a
corrected calendar or target gives them all their right due times.

Rows are only an index of what to look at next: the due times come from the ledger, by today's calendars and targets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from daemon import opening
from daemon.desk.clock_history import PastClock, circumstances
from daemon.desk.clocks import STOPPED_BY_ANSWER, WAITS, Clock, ClockKind, start_clock
from daemon.desk.request import Priority, reference
from daemon.office import Office
from daemon.promises import clocks_told_again, terms_for
from daemon.store import clocks, ledger, requests
from daemon.store.requests import StoredRequest

log = structlog.get_logger("clocks")

#: So many requests are computed again in one transaction.
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Corrected:
    """A clock of a request whose due time came out otherwise (UTC)."""

    reference: str
    clock: str
    was_due: dt.datetime
    due: dt.datetime


def answered(
    database: sa.Connection, request: StoredRequest, by: str, at: dt.datetime, office: Office, now: dt.datetime
) -> list[ledger.Entry]:
    """A person has answered (`at`, UTC): what waited for that stands still, and the next update is owed from now on."""
    stopped = [kind for kind in STOPPED_BY_ANSWER if clocks.stop(database, request.id, kind, at)]
    why = f"{by} answered"
    entries = [ledger.Entry(now, ledger.POSTROOM, "clock_stopped", kind, None, why) for kind in sorted(stopped)]
    if request.status in requests.UNFINISHED:
        entries += _start(database, request, ClockKind.UPDATE, at, why, office, now)
    return entries


def wrote_again(
    database: sa.Connection, request: StoredRequest, at: dt.datetime, office: Office, now: dt.datetime
) -> list[ledger.Entry]:
    """The requester wrote again: an answer is owed, counted from the oldest of their mails that has none."""
    if not _is_promised(office, ClockKind.NEXT_RESPONSE):
        return []
    running = {clock.kind for clock in clocks.of_request(database, request.id) if clock.stopped_at is None}
    if running & {ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE}:
        return []
    return _start(database, request, ClockKind.NEXT_RESPONSE, at, "the requester wrote again", office, now)


def running_by_its_ledger(database: sa.Connection, request: StoredRequest, office: Office) -> tuple[Clock, ...]:
    """The clocks of a request that run, as its ledger and today's terms have them."""
    told = clocks_told_again(office, request, ledger.lines_of(database, request.id))
    return tuple(_as_promised(one, request, office) for one in told if one.clock.is_running)


def _as_promised(one: PastClock, request: StoredRequest, office: Office) -> Clock:
    """The clock with the date that its owner has set, where there is one."""
    if one.promised_by is None:
        return one.clock
    calendar = office.calendar(request.department)
    target = max(calendar.between(one.clock.started_at, one.promised_by), dt.timedelta(minutes=1))
    return replace(one.clock, target=target, due_at=one.promised_by, pauses=())


def run_on(database: sa.Connection, request: StoredRequest, office: Office) -> tuple[Clock, ...]:
    """Clocks that stood still, while the request waited or was resolved, run on; those, with their new due times.

    Rungs that have not fired move along; those that have fired stay so. The ledger must say that it waits no longer.
    """
    moved = tuple(one for one in running_by_its_ledger(database, request, office) if one.kind in WAITS)
    for one in moved:
        (clock,) = opening.stored_clocks((one,))
        clocks.set_due(database, request.id, clock, opening.planned_rungs(request.department, (one,), office))
    return moved


def retarget(database: sa.Connection, request: StoredRequest, office: Office) -> None:
    """Give the clocks that run other targets, from the same beginnings; the ledger must say why.

    Rungs that have not fired move along, those that have fired stay so; a clock that is promised no more has none.
    """
    stands = {one.kind for one in clocks.of_request(database, request.id)}
    running = running_by_its_ledger(database, request, office)
    for one in running:
        (clock,) = opening.stored_clocks((one,))
        planned = opening.planned_rungs(request.department, (one,), office)
        if one.kind in stands:
            clocks.set_due(database, request.id, clock, planned)
        else:
            clocks.plan_all(database, clocks.begin(database, request.id, clock), [(request.id, it) for it in planned])
    clocks.drop_waiting(database, request.id, but=[one.kind for one in running])


def recompute(office: Office, numbers: Sequence[int] | None, *, actor: str, why: str, dry: bool) -> list[Corrected]:
    """Compute the due times of these requests (None: of all unfinished ones) again; what came out otherwise.

    Each correction is a line of the ledger; rungs that have not fired move with it. `dry`: writes nothing.
    """
    now = office.now()
    with office.store.reading() as database:
        chosen = requests.unfinished_numbers(database) if numbers is None else list(numbers)
    found: list[Corrected] = []
    for first in range(0, len(chosen), AT_ONCE):
        with office.store.writing() as database:
            ledger.take_turn(database)
            for request in requests.find_all(database, chosen[first : first + AT_ONCE]):
                corrected = _corrected(database, request, office)
                found += [one for one, _ in corrected]
                if corrected and not dry:
                    _write(database, request, corrected, office, actor, why, now)
    log.info("recomputed", requests=len(chosen), corrected=len(found), dry=dry)
    return found


def _start(
    database: sa.Connection,
    request: StoredRequest,
    kind: ClockKind,
    at: dt.datetime,
    why: str,
    office: Office,
    now: dt.datetime,
) -> list[ledger.Entry]:
    if not _is_promised(office, kind):
        return []
    on = circumstances(ledger.lines_of(database, request.id), Priority(request.priority))
    terms = terms_for(office, on, request.requester)
    if kind not in terms.targets:
        return []
    clock = start_clock(kind, terms.targets[kind], at, terms.calendar)
    plan = clocks.begin(database, request.id, *opening.stored_clocks((clock,)))
    planned = opening.planned_rungs(request.department, (clock,), office)
    clocks.plan_all(database, plan, [(request.id, rung) for rung in planned])
    due = f"{why}; due {clock.due_at:%d %b %H:%M} UTC"
    return [ledger.Entry(now, ledger.POSTROOM, "clock_started", kind, None, due)]


def _is_promised(office: Office, kind: ClockKind) -> bool:
    """Whether any policy promises it; where none does, no answer costs a look into the ledger."""
    policies = office.settings.sla_policies.values()
    return any(getattr(one, kind) or any(getattr(group, kind) for group in one.groups.values()) for one in policies)


def _corrected(
    database: sa.Connection, request: StoredRequest, office: Office
) -> list[tuple[Corrected, clocks.StoredClock]]:
    stands = {clock.kind: clock for clock in clocks.of_request(database, request.id) if clock.stopped_at is None}
    found = []
    for running in running_by_its_ledger(database, request, office):
        (clock,) = opening.stored_clocks((running,))
        before = stands.get(clock.kind)
        if before is not None and before.due_at != clock.due_at:
            corrected = Corrected(reference(request.id), clock.kind, before.due_at, clock.due_at)
            found.append((corrected, clock))
    return found


def _write(
    database: sa.Connection,
    request: StoredRequest,
    corrected: list[tuple[Corrected, clocks.StoredClock]],
    office: Office,
    actor: str,
    why: str,
    now: dt.datetime,
) -> None:
    running = running_by_its_ledger(database, request, office)
    for one, clock in corrected:
        same = tuple(each for each in running if each.kind == clock.kind)
        clocks.set_due(database, request.id, clock, opening.planned_rungs(request.department, same, office))
        was, due = (at.isoformat(timespec="seconds") for at in (one.was_due, one.due))
        told = f"{one.clock.replace('_', ' ')}: {why}"
        ledger.write(database, request.id, [ledger.Entry(now, actor, "due_recomputed", was, due, told)])
