"""A store at the newest schema, once on SQLite and once on PostgreSQL, and rows to put into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from daemon.store import requests, schema
from daemon.store.copies import Arrival
from daemon.store.database import Store
from daemon.store.messages import NewMessage
from daemon.store.outbox import NewMail


@pytest.fixture
def store(db_url: str) -> Iterator[Store]:
    """An empty database."""
    opened = Store(db_url)
    schema.upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def now() -> dt.datetime:
    """A Monday morning."""
    return dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def arrival() -> Callable[..., Arrival]:
    """Makes an arrival in mailbox `it`."""

    def make(uid: int = 1, content: bytes = b"Subject: hello\r\n\r\nhello\r\n", **other: object) -> Arrival:
        values: dict[str, object] = {"mailbox": "it", "uidvalidity": 7, "internal_date": None}
        return Arrival(uid=uid, content=content, **(values | other))  # type: ignore[arg-type]

    return make


@pytest.fixture
def new_request(now: dt.datetime) -> Callable[..., requests.NewRequest]:
    """Makes an open request owned by Jonas."""

    def make(**other: object) -> requests.NewRequest:
        values: dict[str, object] = {
            "status": "open",
            "department": "it",
            "owner": "jonas@lindwerk.example",
            "requester": "eva@lindwerk.example",
            "requester_name": "Eva",
            "subject": "VPN",
            "summary": "VPN is broken",
            "priority": "normal",
            "priority_reason": None,
            "mailbox": "it",
            "language": "en",
            "opened_at": now,
            "assigned_at": now,
        }
        return requests.NewRequest(**(values | other))  # type: ignore[arg-type]

    return make


@pytest.fixture
def write_request(
    new_request: Callable[..., requests.NewRequest],
) -> Callable[..., requests.StoredRequest]:
    """Writes an open request owned by Jonas down."""

    def write(database: sa.Connection, **other: object) -> requests.StoredRequest:
        (number,) = requests.next_numbers(database, 1)
        opened = requests.numbered(number, new_request(**other))
        requests.open_all(database, [opened])
        return opened

    return write


@pytest.fixture
def new_message(now: dt.datetime) -> Callable[..., NewMessage]:
    """Makes a message; its raw bytes must be stored before."""

    def make(raw: str, **other: object) -> NewMessage:
        values: dict[str, object] = {
            "message_key": "k1",
            "header_id": "one@mail.example",
            "sender": "eva@lindwerk.example",
            "sender_name": "Eva",
            "subject": "VPN",
            "words": "VPN is broken",
            "attachments": ["log.txt"],
            "language": "en",
            "nature": "human",
            "nature_evidence": "nothing speaks against it",
            "disposition": "request",
            "disposition_reason": "a person wrote",
            "acknowledged": True,
            "acknowledged_reason": "",
            "request_id": None,
            "mailbox": "it",
            "received_at": now,
        }
        return NewMessage(raw=raw, **(values | other))  # type: ignore[arg-type]

    return make


@pytest.fixture
def new_mail(now: dt.datetime) -> Callable[..., NewMail]:
    """Makes a mail for the outbox."""

    def make(effect: str = "e1", **other: object) -> NewMail:
        values: dict[str, object] = {
            "kind": "acknowledgement",
            "priority": 4,
            "request_id": None,
            "header_id": f"<{effect}@lindwerk.example>",
            "token": effect.ljust(32, "0"),
            "sender": "it@lindwerk.example",
            "recipient": "eva@lindwerk.example",
            "raw": b"Subject: x\r\n\r\nx\r\n",
            "created_at": now,
            "not_before": now,
            "expires_at": None,
        }
        return NewMail(effect_key=effect, **(values | other))  # type: ignore[arg-type]

    return make
