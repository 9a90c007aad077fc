"""The ledger is chained: every line carries a hash over all lines before it and one over those of its request."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from alembic import op

from daemon.store.chain import Head, chained

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAGE = 2_000
VALUES = ("id", "request_id", "at", "actor", "what", "from_value", "to_value", "why")

APPEND_ONLY_SQLITE = """
CREATE TRIGGER ledger_no_{what} BEFORE {what} ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
APPEND_ONLY_POSTGRESQL = """
CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
"""


def upgrade() -> None:
    """Old lines are chained as they stand: what happened to them before nobody can tell any more."""
    _put_the_old_one_aside()
    op.create_table(
        "ledger",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("from_value", sa.Text(), nullable=True),
        sa.Column("to_value", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_ledger_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
    )
    head = _copy()
    op.execute(
        sa.text("INSERT INTO ledger_head (id, line, hash) VALUES (1, :line, :hash)").bindparams(
            line=head.id, hash=head.hash
        )
    )
    op.drop_table("ledger_before")
    op.create_index("ix_ledger_request_id", "ledger", ["request_id", "id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(APPEND_ONLY_SQLITE.format(what=what))
    else:
        op.execute(APPEND_ONLY_POSTGRESQL)


def _put_the_old_one_aside() -> None:
    op.drop_index("ix_ledger_request_id", table_name="ledger")
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER ledger_no_{what}")
    else:
        op.execute("DROP TRIGGER ledger_no_change ON ledger")
        op.drop_constraint("fk_ledger_request_id", "ledger", type_="foreignkey")
        op.drop_constraint("pk_ledger", "ledger", type_="primary")
        op.create_index("ix_ledger_before_id", "ledger", ["id"])
    op.rename_table("ledger", "ledger_before")


def _copy() -> Head:
    """Write every old line anew, with its hashes and under its old number; the last of them."""
    database, head, last_of = op.get_bind(), Head(), dict[int | None, str]()
    old = sa.table("ledger_before", *(sa.column(name) for name in VALUES))
    new = sa.table("ledger", *(sa.column(name) for name in (*VALUES, "hash", "request_hash")))
    query = sa.select(old).order_by(old.c.id).limit(PAGE)
    while page := database.execute(query.where(old.c.id > head.id)).mappings().all():
        rows = [_values(row) for row in page]
        hashes = chained(rows, head, last_of)
        last_of |= {row[1]: own for row, (_, own) in zip(rows, hashes, strict=True)}
        links = ({"hash": whole, "request_hash": own} for whole, own in hashes)
        database.execute(new.insert(), [dict(row) | more for row, more in zip(page, links, strict=True)])
        head = Head(rows[-1][0], hashes[-1][0])
    return head


def _values(row: sa.RowMapping) -> tuple[Any, ...]:
    at = row["at"]
    return tuple((dict(row) | {"at": dt.datetime.fromisoformat(at) if isinstance(at, str) else at}).values())
