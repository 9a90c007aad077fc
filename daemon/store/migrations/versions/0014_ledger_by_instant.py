"""The ledger is asked what happened since an instant: reports and simulations need not read all of it."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index by instant that holds the request too, so that no line itself is read."""
    op.create_index("ix_ledger_at", "ledger", ["at", "request_id"])
