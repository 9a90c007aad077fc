"""Whether a request is confidential: nobody but its owner reads what it says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What came before was not confidential, for nothing could say so."""
    op.add_column("requests", sa.Column("confidential", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Forget it again."""
    op.drop_column("requests", "confidential")
