"""What people said of placements: sorted out of triage, moved, confirmed; with who and when. It stands in the ledger.

Lines of the ledger: `routed` by a person is a move, `to_confirm` a draw (its share is the `to_value`), `confirmed` the
answer that it lies right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from daemon.store.ledger import POSTROOM
from daemon.store.requests import UNFINISHED
from daemon.store.tables import ledger, messages, requests, routes

DRAWN, CONFIRMED = "to_confirm", "confirmed"


@dataclass(frozen=True, slots=True)
class Said:
    """One request, where it was placed first, and what a person said of that last (instants in UTC).

    `subject` to `attachments` (their names): of the message that opened it. `source`: what placed it
    first. `department`: where a person says that it belongs, None if nobody has said anything; `who` and `at` then
    say who and when, `confirmed` whether it was left where it was. `drawn`: the share of the draw it was in, if any.
    """

    number: int
    subject: str
    words: str
    language: str
    mailbox: str
    sender: str
    sender_name: str
    attachments: list[str]
    received_at: dt.datetime
    source: str
    first_department: str | None
    confidence: float | None
    model_version: str | None
    status: str
    confidential: bool
    department: str | None
    who: str | None
    at: dt.datetime | None
    confirmed: bool
    drawn: float | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that was drawn, and of which nobody has said yet whether it lies right.

    `confidential`: no report shows what it says.
    """

    number: int
    confidential: bool
    subject: str
    department: str
    reason: str
    received_at: dt.datetime


_routes, _lines, _draws = routes.alias(), ledger.alias(), ledger.alias("draws")


def _of(column: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(_lines.c.request_id == requests.c.id, *where).correlate(requests).scalar_subquery()


_FIRST_ROUTE = (
    sa.select(sa.func.min(_routes.c.id)).where(_routes.c.request_id == requests.c.id).correlate(requests)
).scalar_subquery()
_A_PERSON_SAID = sa.and_(_lines.c.what.in_(("routed", CONFIRMED)), _lines.c.actor != POSTROOM)
_LAST_SAID = _of(sa.func.max(_lines.c.id), _A_PERSON_SAID)
_DRAW = _of(sa.func.min(_lines.c.id), _lines.c.what == DRAWN)

_SAID = (
    sa.select(
        requests.c.id.label("number"),
        messages.c.subject,
        messages.c.words,
        messages.c.language,
        messages.c.mailbox,
        messages.c.sender,
        messages.c.sender_name,
        messages.c.attachments,
        messages.c.received_at,
        routes.c.source,
        routes.c.department.label("first_department"),
        routes.c.confidence,
        routes.c.model_version,
        requests.c.status,
        requests.c.confidential,
        ledger.c.to_value.label("department"),
        ledger.c.actor.label("who"),
        ledger.c.at,
        (ledger.c.what == CONFIRMED).label("confirmed"),
        _draws.c.to_value.label("drawn"),
    )
    .join(messages, sa.and_(messages.c.request_id == requests.c.id, messages.c.disposition == "request"))
    .join(routes, routes.c.id == _FIRST_ROUTE)
    .outerjoin(ledger, ledger.c.id == _LAST_SAID)
    .outerjoin(_draws, _draws.c.id == _DRAW)
    .order_by(requests.c.id)
)


def since(connection: sa.Connection, instant: dt.datetime) -> list[Said]:
    """Every request that a message opened since an instant (UTC), whether anybody has said anything of it or not."""
    return [_value(row._mapping) for row in connection.execute(_SAID.where(messages.c.received_at >= instant))]


def said(connection: sa.Connection) -> list[Said]:
    """Every request of whose place a person has said something, in the order of their numbers."""
    return [_value(row._mapping) for row in connection.execute(_SAID.where(ledger.c.id.is_not(None)))]


def unsaid(connection: sa.Connection, most: int) -> list[Said]:
    """The newest requests of whose place nobody has said anything, no more than `most`, and no confidential ones."""
    query = _SAID.where(ledger.c.id.is_(None), requests.c.confidential.is_(False))
    rows = connection.execute(query.order_by(None).order_by(requests.c.id.desc()).limit(most))
    return [_value(row._mapping) for row in rows]


def said_count(connection: sa.Connection, instant: dt.datetime) -> int:
    """How many words people have said of placements since an instant (UTC)."""
    query = sa.select(sa.func.count()).select_from(_lines).where(_A_PERSON_SAID, _lines.c.at > instant)
    return connection.execute(query).scalar() or 0


def waiting(connection: sa.Connection) -> list[Waiting]:
    """Drawn requests that wait for a word, oldest first; one that was ended without a word waits no longer."""
    query = _SAID.where(_draws.c.id.is_not(None), ledger.c.id.is_(None), requests.c.status.in_(UNFINISHED))
    rows = connection.execute(query.add_columns(routes.c.reason)).all()
    return [
        Waiting(row.number, row.confidential, row.subject, row.first_department or "", row.reason, row.received_at)
        for row in rows
    ]


def of_requests(connection: sa.Connection, numbers: Sequence[int]) -> list[Said]:
    """What is said of these requests."""
    return [_value(row._mapping) for row in connection.execute(_SAID.where(requests.c.id.in_(list(numbers))))]


def _value(row: sa.RowMapping) -> Said:
    values = dict(row)
    drawn = values["drawn"]
    return Said(**values | {"drawn": None if drawn is None else float(drawn), "confirmed": bool(values["confirmed"])})
