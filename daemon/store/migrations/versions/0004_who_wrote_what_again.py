"""By what mails of one sender are told to be alike, where a requester wants answers, and the Postrooms passed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Add columns whose default says "not known" for what came before."""
    op.add_column("messages", sa.Column("seen_at", INSTANT))
    for name in ("same", "alike"):
        op.add_column("messages", sa.Column(name, sa.String(32), nullable=False, server_default=""))
    for name in ("reply_to", "loop"):
        op.add_column("requests", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_messages_alike", "messages", ["alike"])
    op.create_index("ix_messages_sender_received_at", "messages", ["sender", "received_at", "disposition"])


def downgrade() -> None:
    """Forget it again."""
    op.drop_index("ix_messages_sender_received_at", table_name="messages")
    op.drop_index("ix_messages_alike", table_name="messages")
    for name in ("loop", "reply_to"):
        op.drop_column("requests", name)
    for name in ("alike", "same", "seen_at"):
        op.drop_column("messages", name)
