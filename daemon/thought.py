"""Stored rows as the values that the desk thinks with."""

from __future__ import annotations

import datetime as dt

from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.request import Priority, Request, Status
from daemon.store import clocks, requests


def desk_request(stored: requests.StoredRequest) -> Request:
    """A stored request as the value that the desk thinks with."""
    return Request(
        id=stored.id,
        status=Status(stored.status),
        department=stored.department,
        owner=stored.owner,
        requester=stored.requester,
        requester_name=stored.requester_name,
        subject=stored.subject,
        summary=stored.summary,
        priority=Priority(stored.priority),
        priority_reason=stored.priority_reason or "",
        mailbox=stored.mailbox,
        opened_at=stored.opened_at,
        language=stored.language,
        reply_to=stored.reply_to,
        loop=stored.loop,
        confidential=stored.confidential,
    )


def desk_clock(stored: clocks.StoredClock) -> Clock:
    """A stored clock as the value that the desk thinks with."""
    return Clock(
        kind=ClockKind(stored.kind),
        started_at=stored.started_at,
        target=dt.timedelta(seconds=stored.target_seconds),
        due_at=stored.due_at,
        stopped_at=stored.stopped_at,
    )
