"""What a newly opened request leaves to be written down, so that several can be written together.

Requests opened in one transaction need a number each before their mails can be written, but only one statement for
all of them, one for all their messages, ledger lines, clocks, rungs, routes and mails: fewer statements, the same
transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store import appointments, clocks, copies, ledger, messages, outbox, requests
from daemon.store.appointments import Appointment


@dataclass(frozen=True, slots=True)
class Paperwork:
    """The papers of one new request, itself the first; nothing here is read by anybody before they are written.

    `copy_id` and `message`: the copy that opened it, and its message; None for a request without either.
    `in_place_of`: the message row of the placeholder whose number the request has taken over.
    """

    request: requests.StoredRequest
    entries: tuple[ledger.Entry, ...]
    running: tuple[clocks.StoredClock, ...]
    planned: tuple[clocks.PlannedRung, ...]
    route: requests.StoredRoute | None = None
    copy_id: int | None = None
    message: messages.NewMessage | None = None
    mails: tuple[outbox.NewMail, ...] = ()
    in_place_of: int | None = None
    appointments: tuple[Appointment, ...] = ()


def write_down(database: sa.Connection, papers: Sequence[Paperwork], now: dt.datetime) -> list[int]:
    """Write the papers of new requests, in the transaction in which the requests were opened.

    Returns the row numbers of the messages that are new.
    """
    new = [one for one in papers if one.in_place_of is None]
    requests.open_all(database, [one.request for one in new])
    ledger.write_all(database, [(one.request.id, entry) for one in papers for entry in one.entries])
    clocks.start_all(database, [(one.request.id, clock) for one in new for clock in one.running])
    clocks.plan_all(database, 1, [(one.request.id, rung) for one in new for rung in one.planned])
    for one in papers:
        if one.in_place_of is not None:
            _take_over(database, one, one.in_place_of)
    requests.record_routes(database, [(one.request.id, one.route) for one in papers if one.route], now)
    outbox.put(database, [mail for one in papers for mail in one.mails])
    appointments.make_all(database, [(one.request.id, made) for one in new for made in one.appointments])
    with_message = [(one.copy_id, one.message) for one in new if one.copy_id is not None and one.message]
    numbers = messages.file_all(database, [message for _, message in with_message])
    copies.done(database, [(copy, number) for (copy, _), number in zip(with_message, numbers, strict=True)])
    return numbers


def _take_over(database: sa.Connection, paper: Paperwork, message_id: int) -> None:
    """The placeholder's request and message become those of the mail; a clock that a person has stopped stands."""
    request = paper.request
    values = {name: getattr(request, name) for name in requests.NewRequest.__slots__}
    requests.change(database, request.id, **values, plan=request.plan)
    clocks.lay_out_again(database, request.id, paper.running)
    clocks.drop_waiting(database, request.id)
    standing = {clock.kind for clock in clocks.of_request(database, request.id) if clock.stopped_at is not None}
    rungs = [(request.id, rung) for rung in paper.planned if rung.clock not in standing]
    clocks.plan_all(database, request.plan, rungs)
    if paper.message is not None and paper.copy_id is not None:
        messages.write_anew(database, message_id, paper.message)
        copies.done(database, [(paper.copy_id, message_id)])
    copies.out_of_quarantine(database, message_id, message_id)
