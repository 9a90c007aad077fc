"""A placeholder stands for a mail that nobody could read; when another copy of it is read, the mail takes its place.

A mail to two shared addresses is one mail, and one of its copies can be set aside (three deaths over it, a parser
out of its limits) while the other is read. The request keeps its number and its history: one mail, one request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from daemon.desk.clocks import ClockKind
from daemon.store import clocks, copies, ledger, messages, requests


@dataclass(frozen=True, slots=True)
class Placeholder:
    """An unfinished request for a mail that nobody could read, and the row number of its message."""

    request: requests.StoredRequest
    message_id: int

    def replaced_by(self, new: requests.NewRequest) -> requests.StoredRequest:
        """The request of the mail itself, under the number of its placeholder; its clocks are laid out anew."""
        return replace(requests.numbered(self.request.id, new), plan=self.request.plan + 1)


def find_placeholders(database: sa.Connection, raw_keys: Iterable[str]) -> dict[str, Placeholder]:
    """The placeholders of mails with these keys of unread mails, by key. One that a person has ended is none."""
    unread = messages.find_by_keys(database, [key for key in raw_keys if key])
    waiting = {key: one for key, one in unread.items() if one.disposition == "quarantined" and one.request_id}
    found = requests.find_all(database, [one.request_id for one in waiting.values() if one.request_id])
    unfinished = {request.id: request for request in found if request.status in requests.UNFINISHED}
    return {
        key: Placeholder(unfinished[one.request_id], one.id)
        for key, one in waiting.items()
        if one.request_id in unfinished
    }


def end_placeholder(database: sa.Connection, placeholder: Placeholder, message_id: int, now: dt.datetime) -> None:
    """The mail was read after all and opens no request of its own: its placeholder is resolved, its copies join."""
    request = placeholder.request
    copies.out_of_quarantine(database, placeholder.message_id, message_id)
    requests.change(database, request.id, status="resolved", resolved_at=now)
    for kind in ClockKind:
        clocks.stop(database, request.id, kind, now)
    read = messages.get(database, message_id)
    assert read is not None
    why = f"another copy of the mail was read in {read.mailbox}; it opens no request: {read.disposition}"
    ledger.write(
        database,
        request.id,
        [
            ledger.Entry(now, ledger.POSTROOM, "read_after_all", None, read.mailbox, why),
            ledger.Entry(now, ledger.POSTROOM, "status", request.status, "resolved", why),
        ],
    )
