"""The ledger also has lines about no request: a model that was put into service, a threshold that was raised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

APPEND_ONLY = """
CREATE TRIGGER ledger_no_{what} BEFORE {what} ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""


def upgrade() -> None:
    """Every line stays as it was written, with its hashes."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("ledger", "request_id", nullable=True)
        return
    # SQLite cannot take a NOT NULL back: the lines move into a table that has none.
    for what in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER ledger_no_{what}")
    op.drop_index("ix_ledger_request_id", table_name="ledger")
    op.rename_table("ledger", "ledger_before")
    op.create_table(
        "ledger",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("request_id", ID, nullable=True),
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
    op.execute("INSERT INTO ledger SELECT * FROM ledger_before ORDER BY id")
    op.drop_table("ledger_before")
    op.create_index("ix_ledger_request_id", "ledger", ["request_id", "id"], unique=False)
    for what in ("UPDATE", "DELETE"):
        op.execute(APPEND_ONLY.format(what=what))
