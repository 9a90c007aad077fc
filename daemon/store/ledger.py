"""The ledger: append-only history of each request; what, who, when, from what to what, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.tables import ledger

#: Who acts when no person does.
POSTROOM = "postroom"

#: What a line says that gives a request a tag; the tag is its `to_value`.
TAG = "tag"


#: Lines that say what a request has to do with other requests, addresses and mails.
RELATIONS = frozenset(
    {
        *("maybe_belongs_to", "names", "split_from", "maybe_the_same_as", "message_id_reused"),
        *("addressed_to", "also_received", "gathers"),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger (`at` in UTC; `actor` an address or "postroom")."""

    at: dt.datetime
    actor: str
    what: str
    from_value: str | None
    to_value: str | None
    why: str


_WRITE = ledger.insert()


def write(connection: sa.Connection, request_id: int, entries: Iterable[Entry]) -> None:
    """Append entries to the history of a request."""
    write_all(connection, [(request_id, entry) for entry in entries])


def write_all(connection: sa.Connection, entries: Iterable[tuple[int, Entry]]) -> None:
    """Append (request, entry) to the histories of several requests, in this order."""
    rows = [{"request_id": number, **{n: getattr(e, n) for n in Entry.__slots__}} for number, e in entries]
    if rows:
        connection.execute(_WRITE, rows)


def of_request(connection: sa.Connection, request_id: int) -> list[Entry]:
    """The history of a request, oldest first."""
    query = sa.select(ledger).where(ledger.c.request_id == request_id).order_by(ledger.c.id)
    return [Entry(**{name: row._mapping[name] for name in Entry.__slots__}) for row in connection.execute(query)]


def after(connection: sa.Connection, last_id: int, limit: int = 500) -> list[tuple[int, int, Entry]]:
    """(row number, request, entry) of every line after `last_id`, for followers of the whole ledger."""
    query = sa.select(ledger).where(ledger.c.id > last_id).order_by(ledger.c.id).limit(limit)
    return [
        (row.id, row.request_id, Entry(**{name: row._mapping[name] for name in Entry.__slots__}))
        for row in connection.execute(query)
    ]
