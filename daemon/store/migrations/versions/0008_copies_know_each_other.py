"""Two copies of one mail know each other before either of them is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Copies accepted before have no `raw_key`: it is a keyed hash, and the key lies outside the database."""
    op.add_column("copies", sa.Column("raw_key", sa.String(length=64), server_default="", nullable=False))
    op.create_index("ix_copies_raw_key", "copies", ["raw_key"])
