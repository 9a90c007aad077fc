"""Requests and the routes that placed them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.counting import count_by
from daemon.store.ledger import TAG
from daemon.store.tables import ledger, outbox, requests, routes

#: A request in one of these states is somebody's work.
UNFINISHED = ("new", "open", "waiting")

#: So many assignments are looked back for whose turn it is among equals.
LATEST = 500


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it is opened (instants in UTC). `department` None: it stands in triage.

    `reply_to`: where its requester wants answers, "" for the address that wrote. `loop`: the installations of
    Postroom through which it has come, "" for none. `confidential`: nobody but its owner reads what it says.
    """

    status: str
    department: str | None
    owner: str | None
    requester: str
    requester_name: str
    subject: str
    summary: str
    priority: str
    priority_reason: str | None
    mailbox: str
    language: str
    opened_at: dt.datetime
    assigned_at: dt.datetime | None
    reply_to: str = ""
    loop: str = ""
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest(NewRequest):
    """A request as it stands. `plan` counts the departments that have promised something, one after the other."""

    id: int
    resolved_at: dt.datetime | None
    plan: int


@dataclass(frozen=True, slots=True)
class StoredRoute:
    """Why a request lies where it lies."""

    source: str
    department: str | None
    reason: str
    confidence: float | None
    runner_up: str | None
    runner_up_confidence: float | None
    rules_version: str | None
    model_version: str | None


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """What an owner has open, and when something was last given to them."""

    owner: str
    unfinished: int
    last_assigned: dt.datetime | None


def _value(row: sa.Row[tuple[object, ...]]) -> StoredRequest:
    return StoredRequest(**row._mapping)


# Statements of the way in are made once: SQLAlchemy then neither builds nor keys them again for each mail.
_OPEN = requests.insert()
# SQLite's own table of the numbers it has given, for AUTOINCREMENT.
_LAST_NUMBER = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'requests'")
_NEXT_NUMBERS = sa.text("SELECT nextval(pg_get_serial_sequence('requests', 'id')) FROM generate_series(1, :count)")
_SEQUENCE_STANDS_AT = sa.text(
    "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() "
    "AND pg_get_serial_sequence('requests', 'id') = schemaname || '.' || sequencename"
)
_ROUTE = routes.insert()
_OWNERS: sa.BindParameter[list[str]] = sa.bindparam("owners", expanding=True)
_UNFINISHED_OF = (
    sa.select(requests.c.owner, sa.func.count())
    .where(requests.c.owner.in_(_OWNERS), requests.c.status.in_(UNFINISHED))
    .group_by(requests.c.owner)
)
_LATEST = (
    sa.select(requests.c.owner, requests.c.assigned_at)
    .where(requests.c.assigned_at.is_not(None))
    .order_by(requests.c.assigned_at.desc())
    .limit(LATEST)
    .subquery()
)
_LAST_ASSIGNED = (
    sa.select(_LATEST.c.owner, sa.func.max(_LATEST.c.assigned_at))
    .where(_LATEST.c.owner.in_(_OWNERS))
    .group_by(_LATEST.c.owner)
)


def next_numbers(connection: sa.Connection, count: int) -> list[int]:
    """Numbers for requests that this writing transaction is about to open; no other gets them.

    One that is not used is given again on SQLite, where nobody else can write meanwhile, and never on PostgreSQL.
    """
    if connection.dialect.name == "sqlite":
        last = connection.execute(_LAST_NUMBER).scalar() or 0
        return list(range(last + 1, last + 1 + count))
    return list(connection.execute(_NEXT_NUMBERS, {"count": count}).scalars())


def last_number(connection: sa.Connection) -> int:
    """The highest number that was ever given or passed over; 0 where there is none."""
    if connection.dialect.name == "sqlite":
        return connection.execute(_LAST_NUMBER).scalar() or 0
    return connection.execute(_SEQUENCE_STANDS_AT).scalar() or 0


def pass_over_numbers(connection: sa.Connection, last: int) -> None:
    """Give no number up to `last` any more; the next request gets the one after it. For a writing transaction."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT setval(pg_get_serial_sequence('requests', 'id'), :last)"), {"last": last})
        return
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'requests'"))
    connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('requests', :last)"), {"last": last})


def numbered(number: int, request: NewRequest) -> StoredRequest:
    """The request as it will stand once `open_all` has written it down."""
    return StoredRequest(
        id=number, resolved_at=None, plan=1, **{name: getattr(request, name) for name in NewRequest.__slots__}
    )


def open_all(connection: sa.Connection, opened: Sequence[StoredRequest]) -> None:
    """Write new requests down."""
    if opened:
        names = ("id", *NewRequest.__slots__)
        connection.execute(_OPEN, [{name: getattr(one, name) for name in names} for one in opened])


def next_number(connection: sa.Connection) -> int:
    """The number that the next request is likely to get."""
    return (connection.execute(sa.select(sa.func.max(requests.c.id))).scalar() or 0) + 1


def find(connection: sa.Connection, request_id: int) -> StoredRequest | None:
    """The request with this number."""
    row = connection.execute(sa.select(requests).where(requests.c.id == request_id)).one_or_none()
    return _value(row) if row else None


def confidential(connection: sa.Connection) -> dict[int | None, StoredRequest]:
    """Every confidential request by its number."""
    rows = connection.execute(sa.select(requests).where(requests.c.confidential))
    return {row.id: _value(row) for row in rows}


def find_by_our_mail(connection: sa.Connection, header_ids: Sequence[str]) -> list[tuple[int, str, str, str]]:
    """(request, kind, recipient, effect key) of mails of ours with these Message-IDs, newest first."""
    if not header_ids:
        return []
    query = (
        sa.select(outbox.c.request_id, outbox.c.kind, outbox.c.recipient, outbox.c.effect_key, outbox.c.header_id)
        .where(outbox.c.header_id.in_(list(header_ids)), outbox.c.request_id.is_not(None))
        .order_by(outbox.c.id.desc())
    )
    return [(row.request_id, row.kind, row.recipient, row.effect_key) for row in connection.execute(query)]


def homes(connection: sa.Connection) -> list[tuple[str | None, str | None]]:
    """Each pair of department and owner (None: triage, nobody) that an unfinished request has."""
    query = sa.select(requests.c.department, requests.c.owner).where(requests.c.status.in_(UNFINISHED)).distinct()
    return [(row.department, row.owner) for row in connection.execute(query)]


def of_homes(connection: sa.Connection, of: Sequence[tuple[str | None, str | None]]) -> list[int]:
    """The numbers of the unfinished requests of these departments and owners."""
    found: list[int] = []
    for department, owner in of:
        query = sa.select(requests.c.id).where(
            requests.c.status.in_(UNFINISHED),
            requests.c.department.is_not_distinct_from(department),
            requests.c.owner.is_not_distinct_from(owner),
        )
        found += connection.execute(query).scalars()
    return sorted(found)


def find_all(connection: sa.Connection, request_ids: Sequence[int]) -> list[StoredRequest]:
    """Those of these requests that exist, in the order of their numbers."""
    if not request_ids:
        return []
    query = sa.select(requests).where(requests.c.id.in_(list(request_ids))).order_by(requests.c.id)
    return [_value(row) for row in connection.execute(query)]


def touched_since(connection: sa.Connection, since: dt.datetime) -> list[int]:
    """The numbers of all requests to which something happened since an instant (UTC), or that are unfinished."""
    told = sa.select(ledger.c.request_id).where(ledger.c.at >= since, ledger.c.request_id.is_not(None))
    query = sa.select(requests.c.id).where(sa.or_(requests.c.status.in_(UNFINISHED), requests.c.id.in_(told)))
    return list(connection.execute(query.order_by(requests.c.id)).scalars())


def unfinished_numbers(connection: sa.Connection) -> list[int]:
    """The numbers of all unfinished requests, in their order."""
    query = sa.select(requests.c.id).where(requests.c.status.in_(UNFINISHED)).order_by(requests.c.id)
    return list(connection.execute(query).scalars())


def change(connection: sa.Connection, request_id: int, **values: object) -> None:
    """Set columns of one request (the ledger row that says why is the caller's to write)."""
    connection.execute(requests.update().where(requests.c.id == request_id).values(values))


def loads(connection: sa.Connection, owners: Sequence[str]) -> dict[str, OwnerLoad]:
    """Unfinished requests and last assignment of each of these owners (addresses); costs the same in every year.

    An owner of none of the last `LATEST` assignments has None for it, as one who never had any.
    """
    values = {"owners": list(owners)}
    unfinished = {row[0]: row[1] for row in connection.execute(_UNFINISHED_OF, values)}
    last = {row[0]: row[1] for row in connection.execute(_LAST_ASSIGNED, values)}
    return {owner: OwnerLoad(owner, unfinished.get(owner, 0), last.get(owner)) for owner in {*unfinished, *last}}


def record_routes(connection: sa.Connection, decided: Iterable[tuple[int, StoredRoute]], now: dt.datetime) -> None:
    """Keep (request, route) with the reason and the versions that made it."""
    rows = [
        {name: getattr(route, name) for name in StoredRoute.__slots__} | {"request_id": number, "decided_at": now}
        for number, route in decided
    ]
    if rows:
        connection.execute(_ROUTE, rows)


def routes_of(connection: sa.Connection, request_id: int) -> list[StoredRoute]:
    """Every route of a request, the newest last."""
    query = sa.select(routes).where(routes.c.request_id == request_id).order_by(routes.c.id)
    return [
        StoredRoute(**{name: row._mapping[name] for name in StoredRoute.__slots__}) for row in connection.execute(query)
    ]


def listing(
    connection: sa.Connection,
    *,
    statuses: Sequence[str] = UNFINISHED,
    department: str | None = None,
    owner: str | None = None,
    triage: bool = False,
    tag: str | None = None,
    limit: int = 200,
) -> list[StoredRequest]:
    """Requests in these states, newest first, of one department, one owner, one tag, or in triage."""
    query = sa.select(requests).where(requests.c.status.in_(list(statuses)))
    if department is not None:
        query = query.where(requests.c.department == department)
    if owner is not None:
        query = query.where(requests.c.owner == owner)
    if triage:
        query = query.where(requests.c.department.is_(None))
    if tag is not None:
        tagged = sa.select(ledger.c.request_id).where(ledger.c.what == TAG, ledger.c.to_value == tag)
        query = query.where(requests.c.id.in_(tagged))
    rows = connection.execute(query.order_by(requests.c.id.desc()).limit(limit))
    return [_value(row) for row in rows]


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many requests are in each status."""
    return count_by(connection, requests.c.status)
