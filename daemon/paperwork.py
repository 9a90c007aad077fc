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

from daemon.store import clocks, copies, ledger, messages, outbox, requests


@dataclass(frozen=True, slots=True)
class Paperwork:
    """The papers of one new request, itself the first; nothing here is read by anybody before they are written.

    `copy_id` and `message`: the copy that opened it, and its message; None for a request without either.
    """

    request: requests.StoredRequest
    entries: tuple[ledger.Entry, ...]
    running: tuple[clocks.StoredClock, ...]
    planned: tuple[clocks.PlannedRung, ...]
    route: requests.StoredRoute | None = None
    copy_id: int | None = None
    message: messages.NewMessage | None = None
    mails: tuple[outbox.NewMail, ...] = ()


def write_down(database: sa.Connection, papers: Sequence[Paperwork], now: dt.datetime) -> list[int]:
    """Write the papers of new requests, in the transaction in which the requests were opened.

    Returns the row numbers of their messages.
    """
    requests.open_all(database, [one.request for one in papers])
    ledger.write_all(database, [(one.request.id, entry) for one in papers for entry in one.entries])
    clocks.start_all(database, [(one.request.id, clock) for one in papers for clock in one.running])
    clocks.plan_all(database, 1, [(one.request.id, rung) for one in papers for rung in one.planned])
    requests.record_routes(database, [(one.request.id, one.route) for one in papers if one.route], now)
    outbox.put(database, [mail for one in papers for mail in one.mails])
    with_message = [(one.copy_id, one.message) for one in papers if one.copy_id is not None and one.message]
    numbers = messages.file_all(database, [message for _, message in with_message])
    copies.done(database, [(copy, number) for (copy, _), number in zip(with_message, numbers, strict=True)])
    return numbers
