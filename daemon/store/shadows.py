"""What a candidate beside the live rules and model would have decided; nobody acts on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.copies import insert_once
from daemon.store.past import PAST, PastRequest
from daemon.store.tables import messages, requests, shadow_routes


@dataclass(frozen=True, slots=True)
class ShadowRoute:
    """What a candidate would have decided about a request; `trouble` says why it could not, if so.

    `rules_version`, `model_version`: "" where the candidate has none.
    """

    request_id: int
    rules_version: str
    model_version: str
    source: str
    department: str | None
    reason: str
    confidence: float | None
    trouble: str | None


def began(connection: sa.Connection, rules_version: str, model_version: str) -> int | None:
    """The first request that this candidate was asked about, None if it was asked about none."""
    query = sa.select(sa.func.min(shadow_routes.c.request_id)).where(
        shadow_routes.c.rules_version == rules_version, shadow_routes.c.model_version == model_version
    )
    return connection.execute(query).scalar()


def not_asked(
    connection: sa.Connection, first: int, rules_version: str, model_version: str, limit: int
) -> list[PastRequest]:
    """Requests from number `first` on that this candidate was not asked about yet, oldest first."""
    said = sa.exists().where(
        shadow_routes.c.request_id == requests.c.id,
        shadow_routes.c.rules_version == rules_version,
        shadow_routes.c.model_version == model_version,
    )
    return [
        PastRequest(**row._mapping)
        for row in connection.execute(PAST.where(requests.c.id >= first, ~said).limit(limit))
    ]


def since(connection: sa.Connection, instant: dt.datetime) -> list[tuple[PastRequest, ShadowRoute]]:
    """Every request since an instant (UTC) with what a candidate said of it, in the order in which it was said."""
    columns = [shadow_routes.c[name].label(f"shadow_{name}") for name in ShadowRoute.__slots__]
    query = (
        PAST.add_columns(*columns)
        .join(shadow_routes, shadow_routes.c.request_id == requests.c.id)
        .where(messages.c.received_at >= instant)
        .order_by(None)
        .order_by(shadow_routes.c.id)
    )
    return [
        (
            PastRequest(**{name: row._mapping[name] for name in PastRequest.__slots__}),
            ShadowRoute(**{name: row._mapping[f"shadow_{name}"] for name in ShadowRoute.__slots__}),
        )
        for row in connection.execute(query)
    ]


def record(connection: sa.Connection, said: Sequence[ShadowRoute], now: dt.datetime) -> None:
    """Keep what a candidate said; what is known of the same request and candidate already is left alone."""
    if said:
        rows = [{name: getattr(one, name) for name in ShadowRoute.__slots__} | {"decided_at": now} for one in said]
        insert = insert_once(connection, shadow_routes, "request_id", "rules_version", "model_version")
        connection.execute(insert, rows)
