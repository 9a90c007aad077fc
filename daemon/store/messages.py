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

    `received_at` is what clocks start from; `seen_at` when we saw it, but at most a second later: INTERNALDATE has
    no fractions, and who answered whom may be a matter of them.
    `raw` is the SHA-256 of its bytes; `header_id` the Message-ID without angle brackets, "" if none. `same` and
    `alike` are what it has in common with other mails of its sender (see `daemon.mail.identity`).
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
    seen_at: dt.datetime | None = None
    same: str = ""
    alike: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage(NewMessage):
    """The same with its row number."""

    id: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is asked of an earlier message before a decision about a later one (instants in UTC)."""

    header_id: str
    sender: str
    same: str
    alike: str
    disposition: str
    request_id: int | None
    received_at: dt.datetime
    seen_at: dt.datetime | None
    acknowledged_reason: str

    @property
    def was_stopped(self) -> bool:
        """Whether it was taken for an answer of a program to a mail of ours."""
        return self.disposition == "ceiling" or self.acknowledged_reason.startswith("rounds:")

    @property
    def came_at(self) -> dt.datetime:
        """When it came, never too early, and at most a second too late."""
        return self.seen_at or self.received_at


def _value(row: sa.Row[tuple[object, ...]]) -> StoredMessage:
    return StoredMessage(**row._mapping)


# Statements of the way in are made once: SQLAlchemy then neither builds nor keys them again for each mail.
_BY_KEY = sa.select(messages).where(messages.c.message_key == sa.bindparam("key"))
_BY_KEYS = sa.select(messages).where(messages.c.message_key.in_(sa.bindparam("keys", expanding=True)))
_EARLIER = (
    sa.select(*(messages.c[name] for name in Earlier.__slots__))
    .where(
        sa.or_(
            sa.and_(
                messages.c.alike.in_(sa.bindparam("alike", expanding=True)),
                messages.c.received_at >= sa.bindparam("since"),
            ),
            messages.c.header_id.in_(sa.bindparam("header_ids", expanding=True)),
        )
    )
    .order_by(messages.c.id.desc())
    .limit(200)
)
#: What opens a request, or would have but for a ceiling.
OPENING = ("request", "gathered")
_OPENED = (
    sa.select(messages.c.sender, sa.func.count())
    .where(
        messages.c.sender.in_(sa.bindparam("senders", expanding=True)),
        messages.c.received_at >= sa.bindparam("since"),
        messages.c.received_at <= sa.bindparam("until"),
        messages.c.disposition.in_(OPENING),
    )
    .group_by(messages.c.sender)
)
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


def earlier(
    connection: sa.Connection, alike: Sequence[str], header_ids: Sequence[str], since: dt.datetime
) -> list[Earlier]:
    """Messages received since an instant that are alike to one of these, or that have one of these Message-IDs.

    Newest first, the newest two hundred.
    """
    rows = connection.execute(_EARLIER, {"alike": list(alike), "header_ids": list(header_ids), "since": since})
    return [Earlier(*row) for row in rows]


def opened_between(
    connection: sa.Connection, senders: Sequence[str], since: dt.datetime, until: dt.datetime
) -> dict[str, int]:
    """How many messages of each of these senders (lower case) that opened a request, or would have but for a
    ceiling, were received between two instants."""
    rows = connection.execute(_OPENED, {"senders": list(senders), "since": since, "until": until})
    return {row[0]: row[1] for row in rows}


def has_opened(connection: sa.Connection, sender: str, since: dt.datetime, until: dt.datetime, count: int) -> bool:
    """Whether so many messages of this sender, as above; costs the same however many there are."""
    query = (
        sa.select(messages.c.sender)
        .where(
            messages.c.sender == sender,
            messages.c.received_at.between(since, until),
            messages.c.disposition.in_(OPENING),
        )
        .limit(1)
        .offset(count - 1)
    )
    return connection.execute(query).first() is not None


def gatherings_for(connection: sa.Connection, sender: str, since: dt.datetime) -> list[int]:
    """The requests in which mails of this sender have been gathered since an instant, that of the newest mail first."""
    query = (
        sa.select(messages.c.request_id)
        .where(messages.c.sender == sender, messages.c.received_at >= since, messages.c.disposition == "gathered")
        .group_by(messages.c.request_id)
        .order_by(sa.func.max(messages.c.id).desc())
    )
    return list(connection.execute(query).scalars())


def gathered(connection: sa.Connection, request_id: int) -> int:
    """How many mails a request has gathered, its first one included."""
    query = (
        sa.select(sa.func.count())
        .select_from(messages)
        .where(messages.c.request_id == request_id, messages.c.disposition == "gathered")
    )
    return connection.execute(query).scalar_one()


def newest_gathered(connection: sa.Connection, request_id: int) -> StoredMessage | None:
    """The newest mail that a request has gathered."""
    query = (
        sa.select(messages)
        .where(messages.c.request_id == request_id, messages.c.disposition == "gathered")
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return _value(row) if row else None


def said_since(
    connection: sa.Connection, request_id: int, dispositions: Sequence[str], since: dt.datetime
) -> list[Earlier]:
    """The messages of a request with one of these dispositions since an instant."""
    query = sa.select(*(messages.c[name] for name in Earlier.__slots__)).where(
        messages.c.request_id == request_id,
        messages.c.disposition.in_(list(dispositions)),
        messages.c.received_at >= since,
    )
    return [Earlier(*row) for row in connection.execute(query)]


def header_ids(connection: sa.Connection, request_id: int) -> list[str]:
    """Message-IDs of what its requester wrote in a request, oldest first: what a mail to the requester refers to.

    Those of notes, bounces and staff's own mails are no business of the requester's mail program.
    """
    query = (
        sa.select(messages.c.header_id)
        .where(
            messages.c.request_id == request_id,
            messages.c.header_id != "",
            messages.c.disposition.in_((*OPENING, "follow_up")),
        )
        .order_by(messages.c.id)
    )
    return list(connection.execute(query).scalars())


def last_about(connection: sa.Connection, request_id: int) -> dt.datetime | None:
    """When the last message about a request came (UTC)."""
    query = sa.select(sa.func.max(messages.c.received_at)).where(messages.c.request_id == request_id)
    return connection.execute(query).scalar()


def get(connection: sa.Connection, message_id: int) -> StoredMessage | None:
    """One message by its row number."""
    row = connection.execute(sa.select(messages).where(messages.c.id == message_id)).one_or_none()
    return _value(row) if row else None


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many messages have each disposition."""
    return count_by(connection, messages.c.disposition)
