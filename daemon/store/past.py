"""Past requests: how each was first routed, where it came to lie, and who put it there. Only reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.ledger import POSTROOM
from daemon.store.tables import clocks, ledger, messages, raws, requests, routes


@dataclass(frozen=True, slots=True)
class PastRequest:
    """One request of the past and the message that opened it (instants in UTC).

    `raw`: SHA-256 of its bytes, `size` how many they are. `source`, `first_department`, `reason`,
    `rules_version`, `model_version`: its first route. `department`: where it lies now. `answered`: a person has
    answered it. `moved_by`: who placed it last, None if nobody did. `confidential`: no report shows what it says.
    """

    number: int
    raw: str
    size: int
    mailbox: str
    sender: str
    subject: str
    received_at: dt.datetime
    source: str
    first_department: str | None
    reason: str
    rules_version: str | None
    model_version: str | None
    department: str | None
    status: str
    answered: bool
    moved_by: str | None
    confidential: bool = False


_routes, _moves = routes.alias(), ledger.alias()
_FIRST_ROUTE = (
    sa.select(sa.func.min(_routes.c.id)).where(_routes.c.request_id == requests.c.id).correlate(requests)
).scalar_subquery()
_LAST_MOVE = (
    sa.select(sa.func.max(_moves.c.id))
    .where(_moves.c.request_id == requests.c.id, _moves.c.what == "routed", _moves.c.actor != POSTROOM)
    .correlate(requests)
).scalar_subquery()

#: What every question about past requests begins with; its columns are those of PastRequest.
PAST = (
    sa.select(
        requests.c.id.label("number"),
        messages.c.raw,
        raws.c.size,
        messages.c.mailbox,
        messages.c.sender,
        messages.c.subject,
        messages.c.received_at,
        routes.c.source,
        routes.c.department.label("first_department"),
        routes.c.reason,
        routes.c.rules_version,
        routes.c.model_version,
        requests.c.department,
        requests.c.status,
        clocks.c.stopped_at.is_not(None).label("answered"),
        ledger.c.actor.label("moved_by"),
        requests.c.confidential,
    )
    .join(messages, sa.and_(messages.c.request_id == requests.c.id, messages.c.disposition == "request"))
    .join(raws, raws.c.sha256 == messages.c.raw)
    .join(routes, routes.c.id == _FIRST_ROUTE)
    .outerjoin(clocks, sa.and_(clocks.c.request_id == requests.c.id, clocks.c.kind == "first_response"))
    .outerjoin(ledger, ledger.c.id == _LAST_MOVE)
    .order_by(requests.c.id)
)


def since(connection: sa.Connection, instant: dt.datetime) -> list[PastRequest]:
    """Every request that a message opened since an instant (UTC), in the order of their numbers."""
    return [PastRequest(**row._mapping) for row in connection.execute(PAST.where(messages.c.received_at >= instant))]


def contents(connection: sa.Connection, digests: Collection[str]) -> dict[str, bytes]:
    """The original bytes of messages by their SHA-256 (hex)."""
    query = sa.select(raws.c.sha256, raws.c.content).where(raws.c.sha256.in_(list(digests)))
    return {row.sha256: row.content for row in connection.execute(query)}


def rules_decided(connection: sa.Connection) -> dict[str, int]:
    """How many routes each version of the rules had a part in."""
    query = (
        sa.select(routes.c.rules_version, sa.func.count())
        .where(routes.c.rules_version.is_not(None))
        .group_by(routes.c.rules_version)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Handled:
    """A request as an example to learn from: the words of the message that opened it, and who put it where it lies.

    `source`: what placed it first ("rule", "model" or "triage"). `moved_by`: who placed it last, None if nobody
    did. `attachments`: their names. `received_at` in UTC. `confidential`: nobody but its owner reads what it says.
    """

    number: int
    subject: str
    words: str
    mailbox: str
    sender: str
    sender_name: str
    attachments: list[str]
    received_at: dt.datetime
    source: str
    department: str | None
    status: str
    answered: bool
    moved_by: str | None
    confidential: bool


def handled(connection: sa.Connection) -> list[Handled]:
    """Every request that a person's message opened, in the order of their numbers."""
    wanted = PAST.with_only_columns(
        requests.c.id.label("number"),
        messages.c.subject,
        messages.c.words,
        messages.c.mailbox,
        messages.c.sender,
        messages.c.sender_name,
        messages.c.attachments,
        messages.c.received_at,
        routes.c.source,
        requests.c.department,
        requests.c.status,
        clocks.c.stopped_at.is_not(None).label("answered"),
        ledger.c.actor.label("moved_by"),
        requests.c.confidential,
    )
    return [Handled(**row._mapping) for row in connection.execute(wanted)]
