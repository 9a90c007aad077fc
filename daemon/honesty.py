"""Story: what is said when a promise cannot be kept, and when one was not.

An owner sets another date, and the requester hears of it before the old one passes. A promise that was broken is
apologised for, once, with what was promised, what happened and what is next; its lead gets a recovery, which ends when
the requester confirms that all is in order.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa
import structlog

from daemon import frozen_mail, opening
from daemon.assigning import CannotAssign, acknowledged_at
from daemon.clock_keeping import running_by_its_ledger
from daemon.desk.clocks import ClockKind
from daemon.desk.confirmation import confirms
from daemon.desk.facts import in_confidence
from daemon.desk.holdings import holdings
from daemon.desk.new_date import NewDate, NoSuchDate, checked_date
from daemon.desk.ownership import who_sees_to_it
from daemon.desk.request import Request, reference
from daemon.desk.shares import holder_at
from daemon.desk.spoken import say_promise
from daemon.lately import is_full
from daemon.mail.compose import ComposeError
from daemon.mail.nature import Reason
from daemon.office import Office
from daemon.passing_on import took
from daemon.store import clocks, ledger, messages, outbox, promises, requests, unreachable
from daemon.store.promises import BrokenPromise, Recovery
from daemon.store.requests import StoredRequest
from daemon.thought import desk_request

log = structlog.get_logger("honesty")

#: So many broken promises are looked up at once; the next ones follow.
AT_ONCE = 20


def promise_later(office: Office, number: int, *, at: dt.datetime, actor: str, why: str) -> StoredRequest:
    """Promise request `number` for another instant (UTC); the request. Raises CannotAssign with the reason if not."""
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = requests.find(database, number)
        if request is None:
            raise CannotAssign(f"There is no request {reference(number)}.")
        try:
            wanted = NewDate(checked_date(at, now), why)
        except NoSuchDate as error:
            raise CannotAssign(f"{error}.") from error
        promise_in(database, request, wanted, actor, office, now)
    return request


def tell_broken(office: Office, now: dt.datetime) -> int:
    """Tell of every promise that is broken by now (UTC): requester, lead and ledger; how many there were.

    A fault of ours with one request holds up no other: it is raised when all others were told. While as many mails as
    may be were sent within the hour nothing is told, nor written down as told: it is put off.
    """
    told = 0
    spoiled: dict[int, Exception] = {}
    while not _is_put_off(office, now):
        with office.store.reading() as database:
            found = promises.broken(database, now, AT_ONCE, exclude=spoiled)
        if not found:
            break
        for number in dict.fromkeys(one.request_id for one in found):
            try:
                with office.store.writing() as database:
                    ledger.take_turn(database)
                    told += _tell(database, [one for one in found if one.request_id == number], office, now)
            except (sa.exc.OperationalError, sa.exc.InterfaceError):
                raise  # the database is in trouble, not a request
            except Exception as fault:
                log.exception("telling_failed", request=reference(number))
                spoiled[number] = fault
    if spoiled:
        number, first = next(iter(spoiled.items()))
        first.add_note(f"while a broken promise of {reference(number)} was told")
        raise first
    return told


def _is_put_off(office: Office, now: dt.datetime) -> bool:
    """Whether nobody is told now; the operators hear of that once an hour, as of everything that is not sent."""
    if not office.settings.honesty.apologise:
        return False
    with office.store.reading() as database:
        if not is_full(database, office, now) or not promises.broken(database, now, 1):
            return False
    with office.store.writing() as database:
        outbox.put_once(database, frozen_mail.full_alarm(office, now))
    return True


def seconds_to_next(office: Office, longest: float) -> float:
    """How long it is until the next promise breaks, or until it is looked whether it can be told: `longest` at most."""
    with office.store.reading() as database:
        at = promises.next_to_break(database)
        is_put_off = at is not None and office.settings.honesty.apologise and is_full(database, office, office.now())
    return office.seconds_until(None if is_put_off else at, longest)


def confirmed(database: sa.Connection, request: StoredRequest, words: str, now: dt.datetime) -> bool:
    """Whether the requester's words end a recovery of this request; if so, it is ended and the ledger says so."""
    if not confirms(words) or promises.recovery_of(database, request.id) is None:
        return False
    _end(database, request.id, request.requester, "its requester confirms that it is in order", now)
    return True


def end_recovery(office: Office, number: int, *, actor: str, why: str) -> None:
    """End a recovery whose requester has confirmed in another way. Raises CannotAssign if there is none."""
    with office.store.writing() as database:
        ledger.take_turn(database)
        if promises.recovery_of(database, number) is None:
            raise CannotAssign(f"Nothing is being made good about {reference(number)}; see `postroom recoveries list`.")
        _end(database, number, actor, why, office.now())


def _end(database: sa.Connection, number: int, actor: str, why: str, now: dt.datetime) -> None:
    promises.end_recovery(database, number)
    ledger.write(database, number, [ledger.Entry(now, actor, "recovered", None, None, why)])
    log.info("recovered", request=reference(number), by=actor)


def promise_in(
    database: sa.Connection, request: StoredRequest, wanted: NewDate, actor: str, office: Office, now: dt.datetime
) -> str:
    """Move the resolution to the new date, with its rungs, and tell the requester; in the caller's transaction.

    Whoever owns it has taken it by that. Returns why the requester is not told, in a sentence, "" if they are. Raises
    CannotAssign before anything is written.
    """
    if request.status not in requests.UNFINISHED:
        raise CannotAssign(f"{reference(request.id)} is {request.status}; only what is unfinished can be promised")
    clock = next(one for one in running_by_its_ledger(database, request, office) if one.kind is ClockKind.RESOLUTION)
    moved = replace(clock, target=_target(clock.started_at, wanted.at, request, office), due_at=wanted.at, pauses=())
    plan = clocks.begin(database, request.id, *opening.stored_clocks((moved,)))
    planned = opening.planned_rungs(request.department, (moved,), office)
    # What lies behind by the new date has fired by the old one, or would say that it is late when it is not.
    clocks.plan_all(database, plan, [(request.id, rung) for rung in planned if rung.due_at > now])
    before, after = clock.due_at.isoformat(), wanted.at.isoformat()
    why = "confidential" if request.confidential else wanted.why or "no reason was given"
    entries = [ledger.Entry(now, actor, "new_date", before, after, why), *took(database, request, actor, now)]
    untold = _tell_new_date(database, request, actor, clock.due_at, wanted, office, now)
    if untold:
        entries.append(ledger.Entry(now, ledger.POSTROOM, "not_told", None, request.requester or None, untold))
    ledger.write(database, request.id, entries)
    log.info("new_date", request=reference(request.id), at=wanted.at, by=actor)
    return untold


def _tell_new_date(
    database: sa.Connection,
    request: StoredRequest,
    actor: str,
    before: dt.datetime,
    wanted: NewDate,
    office: Office,
    now: dt.datetime,
) -> str:
    """Why the requester is not told, in a sentence; "" if they are.

    A person promises it, so it goes where their answer would, but to no program and to no address from which mail
    came back.
    """
    asked = desk_request(request)
    if is_full(database, office, now):
        outbox.put_once(database, frozen_mail.full_alarm(office, now))
        return "As many mails as may be were sent within the hour. Tell them in another way, or say it again later."
    to = (request.reply_to or request.requester).lower()
    first = next(iter(messages.of_request(database, request.id)), None)
    gone = unreachable.of_these(database, [to], now).get(to)
    if gone is not None:
        return str(gone)
    if first is not None and (first.nature != "human" or first.acknowledged_reason.startswith(Reason.SYSTEM_SENDER)):
        return "A program has asked, and no person reads what is written to it."
    try:
        line, ids = ledger.take_turn(database).id, _ids(database, asked)
        outbox.put(database, [frozen_mail.new_date(office, asked, actor, before, wanted, ids, line, now)])
    except ComposeError as error:
        return str(error)
    return ""


def _target(start: dt.datetime, at: dt.datetime, request: StoredRequest, office: Office) -> dt.timedelta:
    """The business time until the new date, so that rungs such as 80% lie before it; never none at all."""
    return max(office.calendar(request.department).between(start, at), dt.timedelta(minutes=1))


def _tell(database: sa.Connection, broken: list[BrokenPromise], office: Office, now: dt.datetime) -> int:
    """One request: each broken promise into the ledger, one apology for the weightiest, one recovery for the lead."""
    mine = [one for one in broken if promises.note_broken(database, one, now)]
    request = requests.find(database, broken[0].request_id)
    if not mine or request is None:
        return 0
    lines = ledger.lines_of(database, request.id)
    held = list(holdings(lines))
    entries = []
    for one in mine:
        holder = holder_at(held, one.due_at)
        whom = f"{holder.department}, {holder.owner or 'nobody'}" if holder else "nobody"
        why = f"promised by {one.due_at:%d %b %H:%M} UTC; it was with {whom}"
        entries.append(ledger.Entry(now, ledger.POSTROOM, "breached", one.kind, None, why))
    worst = max(mine, key=lambda one: list(ClockKind).index(ClockKind(one.kind)))
    hands = sum(line.what == "owner" for line in lines) - 1
    entries += _make_good(database, request, worst, max(hands, 0), office, now)
    ledger.write(database, request.id, entries)
    log.info("promise_broken", request=reference(request.id), clocks=[one.kind for one in mine])
    return len(mine)


def _make_good(
    database: sa.Connection,
    request: StoredRequest,
    one: BrokenPromise,
    hands: int,
    office: Office,
    now: dt.datetime,
) -> list[ledger.Entry]:
    if not office.settings.honesty.apologise:
        return []
    then = office.as_of(one.due_at)
    lead, asked = who_sees_to_it(office.desk(request.department), request.requester), desk_request(request)
    ids, entries = _ids(database, asked), []
    to = acknowledged_at(database, request, now)
    if to:
        clock = ClockKind(one.kind)
        outbox.put(database, [frozen_mail.apology(then, asked, to, clock, one.due_at, hands, ids, now)])
        entries.append(
            ledger.Entry(now, ledger.POSTROOM, "apology", one.kind, request.requester, "a promise was broken")
        )
    what = f"the {one.kind.replace('_', ' ')} was promised by"
    why = f"{what} {one.due_at:%d %b %H:%M} UTC"
    due = say_promise(one.due_at, office.calendar(request.department).zone, "en", said_at=now, reader_zone=None)
    if promises.begin_recovery(database, Recovery(request.id, now, lead, f"{what} {due}")):
        outbox.put(database, [_recovery_mail(then, asked, lead, one, due, ids, now)])
        entries.append(ledger.Entry(now, ledger.POSTROOM, "recovery", None, lead, why))
    return entries


def _recovery_mail(
    office: Office,
    request: Request,
    lead: str,
    broken: BrokenPromise,
    due: str,
    ids: tuple[str, ...],
    now: dt.datetime,
) -> outbox.NewMail:
    owner = frozen_mail.name_of(office, request.owner)
    seen = request if lead == request.owner else in_confidence(request)
    return frozen_mail.heads_up(
        office,
        request,
        lead,
        f"A promise of {request.reference} was broken: the {broken.kind.replace('_', ' ')} was promised by {due}. "
        "Making it good is yours until its requester confirms.",
        [("Requester", seen.requester_name or seen.requester), ("Owner", owner or "nobody yet")],
        f"See that somebody answers today, and speak with the requester when it is done. It ends when they reply "
        f'"solved", or with `postroom recoveries end {request.reference}`.',
        f"recovery:{request.id}:{now.isoformat()}",
        ids,
        now,
    )


def _ids(database: sa.Connection, request: Request) -> tuple[str, ...]:
    return tuple(messages.header_ids(database, request.id))
