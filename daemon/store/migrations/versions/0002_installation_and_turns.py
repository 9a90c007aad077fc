"""Which installation this database belongs to; and whose turn it is, found quickly in a long history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """`installation` has one row at most: the fingerprint of the keys that the first start made."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keys_fingerprint", sa.String(length=32), nullable=False),
        sa.Column("first_started_at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_index("ix_requests_assigned_at", "requests", ["assigned_at", "owner"])
