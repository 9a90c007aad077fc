"""Promises that were broken, what makes them good again, and how fast departments answer."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """What was overdue before counts as told: nobody apologises for a whole past in one night."""
    op.add_column("clocks", sa.Column("breached_at", INSTANT, nullable=True))
    now: object = dt.datetime.now(dt.UTC)
    if op.get_bind().dialect.name == "sqlite":
        now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    op.execute(sa.text("UPDATE clocks SET breached_at = due_at WHERE due_at <= :now").bindparams(now=now))
    op.create_index(
        "ix_clocks_unbroken",
        "clocks",
        ["due_at"],
        sqlite_where=sa.text("stopped_at IS NULL AND breached_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND breached_at IS NULL"),
    )
    op.create_table(
        "recoveries",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_recoveries_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_recoveries")),
    )
    op.create_table(
        "paces",
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("usual_seconds", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("department", name=op.f("pk_paces")),
    )


def downgrade() -> None:
    """Forget it again."""
    op.drop_table("paces")
    op.drop_table("recoveries")
    op.drop_index("ix_clocks_unbroken", table_name="clocks")
    op.drop_column("clocks", "breached_at")
