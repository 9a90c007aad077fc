"""Messages that came in: who wrote what, what became of it, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.counting import count_by
from daemon.store.tables import messages


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message with its disposition, ready to be written down (`received_at` in UTC).

    `raw` is the SHA-256 of its bytes; `header_id` the Message-ID without angle brackets, "" if none.
    """

    message_key: str
    raw: str
    header_id: str
    sender: str
    sender_name: str
    subject: str
    words: str
    attachments: list[str]
    language: str
    nature: str
    nature_evidence: str
    disposition: str
    disposition_reason: str
    acknowledged: bool
    acknowledged_reason: str
    request_id: int | None
    mailbox: str
    received_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StoredMessage(NewMessage):
    """The same with its row number."""

    id: int


def _value(row: sa.Row[tuple[object, ...]]) -> StoredMessage:
    return StoredMessage(**row._mapping)


# Statements of the way in are made once: SQLAlchemy then neither builds nor keys them again for each mail.
_BY_KEY = sa.select(messages).where(messages.c.message_key == sa.bindparam("key"))
_BY_KEYS = sa.select(messages).where(messages.c.message_key.in_(sa.bindparam("keys", expanding=True)))
_FILE = messages.insert().returning(messages.c.id, sort_by_parameter_order=True)


def find_by_key(connection: sa.Connection, message_key: str) -> StoredMessage | None:
    """The message with this key, wherever its copies lay."""
    row = connection.execute(_BY_KEY, {"key": message_key}).one_or_none()
    return _value(row) if row else None


def find_by_keys(connection: sa.Connection, message_keys: Sequence[str]) -> dict[str, StoredMessage]:
    """Those of these messages that are known, by key."""
    return {row.message_key: _value(row) for row in connection.execute(_BY_KEYS, {"keys": list(message_keys)})}


def file(connection: sa.Connection, message: NewMessage) -> int:
    """Write a message down; its row number. The UNIQUE message key lets one of two racing copies win."""
    return file_all(connection, [message])[0]


def file_all(connection: sa.Connection, new: Sequence[NewMessage]) -> list[int]:
    """Write several messages down; their row numbers, in the same order."""
    if not new:
        return []
    rows = [{name: getattr(message, name) for name in _COLUMNS} for message in new]
    return list(connection.execute(_FILE, rows).scalars())


_COLUMNS = tuple(column.name for column in messages.c if column.name != "id")


def write_anew(connection: sa.Connection, message_id: int, message: NewMessage) -> None:
    """Replace what was written of a message that could not be read, and at another try could not either."""
    connection.execute(
        messages.update().where(messages.c.id == message_id).values({name: getattr(message, name) for name in _COLUMNS})
    )


def find_by_header_ids(connection: sa.Connection, header_ids: Sequence[str]) -> list[StoredMessage]:
    """Messages whose Message-ID is among these, oldest first."""
    if not header_ids:
        return []
    query = sa.select(messages).where(messages.c.header_id.in_(list(header_ids))).order_by(messages.c.id)
    return [_value(row) for row in connection.execute(query)]


def of_request(connection: sa.Connection, request_id: int) -> list[StoredMessage]:
    """Every message of a request, oldest first."""
    query = sa.select(messages).where(messages.c.request_id == request_id).order_by(messages.c.id)
    return [_value(row) for row in connection.execute(query)]


def passed_on_since(connection: sa.Connection, request_id: int, sender: str, since: dt.datetime) -> int:
    """How many answers and follow-ups of this sender (lower case) a request has taken since an instant."""
    query = (
        sa.select(sa.func.count())
        .select_from(messages)
        .where(
            messages.c.request_id == request_id,
            messages.c.sender == sender,
            messages.c.disposition.in_(("answer", "follow_up")),
            messages.c.received_at >= since,
        )
    )
    return connection.execute(query).scalar_one()


def header_ids(connection: sa.Connection, request_id: int) -> list[str]:
    """Message-IDs of the messages of a request, oldest first."""
    query = (
        sa.select(messages.c.header_id)
        .where(messages.c.request_id == request_id, messages.c.header_id != "")
        .order_by(messages.c.id)
    )
    return list(connection.execute(query).scalars())


def get(connection: sa.Connection, message_id: int) -> StoredMessage | None:
    """One message by its row number."""
    row = connection.execute(sa.select(messages).where(messages.c.id == message_id)).one_or_none()
    return _value(row) if row else None


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many messages have each disposition."""
    return count_by(connection, messages.c.disposition)
