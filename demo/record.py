"""The record: what the daemon wrote down of each demo mail, read from its database while it works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from daemon.desk.request import Status
from daemon.store import clocks, ledger, messages, requests
from daemon.store.database import Store
from demo.timetable import DemoMail

#: More than all mails of the demo can make.
_ALL = 500


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one mail. `disposition` is a word of the database: request, follow_up, bounce ...

    request, status, department, owner, due_at (of the first response, UTC) are what they are now;
    routed_to, source, confidence and reason are those of the first route. A department of None means triage.
    happened holds what the ledger says of the request: answered, reminder, warning, escalation ...
    """

    disposition: str
    disposition_reason: str
    request: int | None = None
    status: str = ""
    department: str | None = None
    owner: str = ""
    priority: str = ""
    routed_to: str | None = None
    source: str = ""
    confidence: float | None = None
    reason: str = ""
    due_at: dt.datetime | None = None
    happened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One new line of the ledger, with the request it belongs to."""

    request: int
    entry: ledger.Entry


class Record:
    """Follows the database of a running daemon; writes nothing."""

    def __init__(self, url: str, mails: Iterable[DemoMail]) -> None:
        """`url` is an SQLAlchemy URL; the mails are those whose fate is asked for."""
        self._store = Store(url)
        self._file_of = {mail.message_id.strip("<>"): mail.file for mail in mails}
        self._routes: dict[int, requests.StoredRoute] = {}
        self._happened: dict[int, set[str]] = {}
        self._last_line = 0
        self.fates: dict[str, Fate] = {}
        self.requests = 0

    def look(self) -> list[Line]:
        """Bring `fates` (by file) up to date; the lines that the ledger has got since the last look."""
        with self._store.reading() as database:
            found = messages.find_by_header_ids(database, list(self._file_of))
            standing = {r.id: r for r in requests.listing(database, statuses=tuple(Status), limit=_ALL)}
            running = clocks.of_requests(database, list(standing))
            lines = ledger.after(database, self._last_line, _ALL)
            for number in standing.keys() - self._routes.keys():
                self._routes[number] = requests.routes_of(database, number)[0]
        for line, about, entry in lines:
            self._last_line = line
            if about is not None:
                self._happened.setdefault(about, set()).add(entry.what)
        self.requests = len(standing)
        for message in found:
            request = standing.get(message.request_id or 0)
            first = next((c for c in running.get(message.request_id or 0, ()) if c.kind == "first_response"), None)
            self.fates[self._file_of[message.header_id]] = self._fate(message, request, first)
        return [Line(number, entry) for _, number, entry in lines if number is not None]

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def _fate(
        self,
        message: messages.StoredMessage,
        request: requests.StoredRequest | None,
        first: clocks.StoredClock | None,
    ) -> Fate:
        if request is None:
            return Fate(message.disposition, message.disposition_reason)
        route = self._routes.get(request.id)
        return Fate(
            disposition=message.disposition,
            disposition_reason=message.disposition_reason,
            request=request.id,
            status=request.status,
            department=request.department,
            owner=request.owner or "",
            priority=request.priority,
            routed_to=route.department if route else None,
            source=route.source if route else "",
            confidence=route.confidence if route else None,
            reason=route.reason if route else "",
            due_at=first.due_at if first else None,
            happened=frozenset(self._happened.get(request.id, ())),
        )
