"""The tables, as SQLAlchemy Core sees them: a new database gets them from here, an old one from `migrations/`.

A test keeps the two equal, column by column.

States are words, not numbers, so that a database dump reads like the specification:

copy       stored -> done -> marked, or stored -> quarantined (-> stored when somebody asks to retry)
outbox     queued -> sending -> sent | queued (retry) | failed | uncertain -> queued | abandoned
           held (since a restore) -> queued | abandoned, when a person says so
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

UTC = dt.UTC


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant. Aware in, aware UTC out.

    On SQLite, which has no such type, it is text of fixed width in UTC (2026-11-23T09:00:00.000000+00:00):
    sorted as text it is sorted in time, it says its zone, and it is read four times faster than
    SQLAlchemy's own form.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Text on SQLite, the server's own type elsewhere."""
        return dialect.type_descriptor(sa.String(32) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        """Refuse instants without a zone: a guessed zone is a wrong promise."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a time zone was about to be stored: {value!r}")
        instant = value.astimezone(UTC)
        return instant.isoformat(timespec="microseconds") if dialect.name == "sqlite" else instant

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Give every instant its zone back."""
        if value is None:
            return None
        found: dt.datetime = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return found.astimezone(UTC)


#: SQLite only counts INTEGER PRIMARY KEY up by itself, PostgreSQL wants 64 bits said aloud.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[Any]:
    return sa.Column("id", BigId, primary_key=True, autoincrement=True)


installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("keys_fingerprint", sa.String(32), nullable=False),
    sa.Column("first_started_at", UtcDateTime, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False, server_default="1"),
    sa.Column("quiet_before", UtcDateTime),
    sa.Column("quiet_as", sa.String(16)),
    sa.CheckConstraint("id = 1", name="one_row"),
)

mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("first_scan_at", UtcDateTime, nullable=False),
    sa.Column("scanned_at", UtcDateTime, nullable=False),
    sa.Column("compared_at", UtcDateTime),
    sa.Column("late_found", sa.Integer, nullable=False, server_default="0"),
)

raws = sa.Table(
    "raws",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

requests = sa.Table(
    "requests",
    metadata,
    _id(),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("requester_name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("priority", sa.String(16), nullable=False),
    sa.Column("priority_reason", sa.Text),
    sa.Column("mailbox", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("assigned_at", UtcDateTime),
    sa.Column("resolved_at", UtcDateTime),
    sa.Column("plan", sa.Integer, nullable=False, server_default="1"),
    sa.Column("reply_to", sa.Text, nullable=False, server_default=""),
    sa.Column("loop", sa.Text, nullable=False, server_default=""),
    sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_requests_owner_status", "owner", "status"),
    sa.Index("ix_requests_status", "status"),
    sa.Index("ix_requests_assigned_at", "assigned_at", "owner"),
    sqlite_autoincrement=True,
)

messages = sa.Table(
    "messages",
    metadata,
    _id(),
    sa.Column("message_key", sa.String(64), nullable=False, unique=True),
    sa.Column("raw", sa.ForeignKey("raws.sha256"), nullable=False),
    sa.Column("header_id", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("nature", sa.String(32), nullable=False),
    sa.Column("nature_evidence", sa.Text, nullable=False),
    sa.Column("disposition", sa.String(32), nullable=False),
    sa.Column("disposition_reason", sa.Text, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("acknowledged_reason", sa.Text, nullable=False),
    sa.Column("request_id", sa.ForeignKey("requests.id")),
    sa.Column("mailbox", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("same", sa.String(32), nullable=False, server_default=""),
    sa.Column("alike", sa.String(32), nullable=False, server_default=""),
    sa.Index("ix_messages_alike", "alike"),
    sa.Index("ix_messages_sender_received_at", "sender", "received_at", "disposition"),
    sa.Index("ix_messages_header_id", "header_id"),
    sa.Index("ix_messages_request_id", "request_id"),
)

copies = sa.Table(
    "copies",
    metadata,
    _id(),
    sa.Column("mailbox", sa.Text, nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("raw", sa.ForeignKey("raws.sha256"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("internal_date", UtcDateTime),
    sa.Column("partial", sa.Boolean, nullable=False),
    sa.Column("backlog", sa.Boolean, nullable=False),
    sa.Column("message_id", sa.ForeignKey("messages.id")),
    sa.Column("trouble", sa.Text),
    sa.Column("raw_key", sa.String(64), nullable=False, server_default=""),
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index("ix_copies_state_mailbox", "state", "mailbox"),
    sa.Index("ix_copies_message_id", "message_id"),
    sa.Index("ix_copies_raw_key", "raw_key"),
)

routes = sa.Table(
    "routes",
    metadata,
    _id(),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("runner_up", sa.Text),
    sa.Column("runner_up_confidence", sa.Float),
    sa.Column("rules_version", sa.Text),
    sa.Column("model_version", sa.Text),
    sa.Index("ix_routes_request_id", "request_id"),
)

shadow_routes = sa.Table(
    "shadow_routes",
    metadata,
    _id(),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("department", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float),
    sa.Column("trouble", sa.Text),
    sa.UniqueConstraint("request_id", "rules_version", "model_version"),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=False),  # numbered by `daemon.store.ledger`
    sa.Column("request_id", sa.ForeignKey("requests.id")),  # none: the line is about the house
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("what", sa.String(32), nullable=False),
    sa.Column("from_value", sa.Text),
    sa.Column("to_value", sa.Text),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Index("ix_ledger_request_id", "request_id", "id"),
    sa.Index("ix_ledger_at", "at", "request_id"),
)

#: The ledger only grows: the database itself refuses anything else, by dialect.
LEDGER_ONLY_GROWS = {
    "sqlite": tuple(
        f"CREATE TRIGGER ledger_no_{what} BEFORE {what} ON ledger "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for what in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        "\nBEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()",
    ),
}

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("request_id", sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("target_seconds", sa.BigInteger, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("stopped_at", UtcDateTime),
    sa.Column("breached_at", UtcDateTime),
    sa.Index(
        "ix_clocks_unbroken",
        "due_at",
        sqlite_where=sa.text("stopped_at IS NULL AND breached_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND breached_at IS NULL"),
    ),
)

recoveries = sa.Table(
    "recoveries",
    metadata,
    sa.Column("request_id", sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("lead", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("department", sa.Text, primary_key=True),
    sa.Column("usual_seconds", sa.BigInteger, nullable=False),
    sa.Column("counted", sa.Integer, nullable=False),
    sa.Column("measured_at", UtcDateTime, nullable=False),
)

rungs = sa.Table(
    "rungs",
    metadata,
    _id(),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("plan", sa.Integer, nullable=False),
    sa.Column("clock", sa.String(16), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("tell", sa.JSON, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("fired_at", UtcDateTime),
    sa.UniqueConstraint("request_id", "plan", "clock", "number"),
    sa.Index(
        "ix_rungs_waiting",
        "due_at",
        sqlite_where=sa.text("fired_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL"),
    ),
)

appointments = sa.Table(
    "appointments",
    metadata,
    _id(),
    sa.Column("request_id", sa.ForeignKey("requests.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("kept_at", UtcDateTime),
    sa.Index(
        "ix_appointments_waiting",
        "due_at",
        sqlite_where=sa.text("kept_at IS NULL"),
        postgresql_where=sa.text("kept_at IS NULL"),
    ),
    sa.Index("ix_appointments_request_id", "request_id"),
)

absences = sa.Table(
    "absences",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("effect_key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("request_id", sa.ForeignKey("requests.id")),
    sa.Column("header_id", sa.Text, nullable=False, unique=True),
    sa.Column("token", sa.String(32), nullable=False, unique=True),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("phase", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("claimed_by", sa.String(32)),
    sa.Column("claimed_until", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("last_reply", sa.Text),
    sa.Index("ix_outbox_state_priority", "state", "priority", "not_before"),
    sa.Index("ix_outbox_recipient", "recipient", "kind", "created_at"),
    sa.Index("ix_outbox_request_id", "request_id"),
)

unreachable = sa.Table(
    "unreachable",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

untold = sa.Table(
    "untold",
    metadata,
    sa.Column("request_id", sa.ForeignKey("requests.id"), primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
)
