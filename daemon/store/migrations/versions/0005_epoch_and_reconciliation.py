"""After a restore nothing is said twice, and what a comparison with a mailbox found is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """`epoch` counts restores; mails about what came before `quiet_before` are put into the state `quiet_as`."""
    op.add_column("installation", sa.Column("epoch", sa.Integer(), server_default="1", nullable=False))
    op.add_column("installation", sa.Column("quiet_before", INSTANT, nullable=True))
    op.add_column("installation", sa.Column("quiet_as", sa.String(length=16), nullable=True))
    op.add_column("mailboxes", sa.Column("compared_at", INSTANT, nullable=True))
    op.add_column("mailboxes", sa.Column("late_found", sa.Integer(), server_default="0", nullable=False))
