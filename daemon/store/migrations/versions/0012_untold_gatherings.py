"""Requests that have gathered mails of which their owner has not heard yet, and when that ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A row for each such request; it goes when the owner is told."""
    op.create_table(
        "untold",
        sa.Column("request_id", ID, autoincrement=False, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_untold_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_untold")),
    )
