"""What a candidate beside the live rules and model would have decided.

Revision ID: 0003
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table of the shadow."""
    op.create_table(
        "shadow_routes",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_shadow_routes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_routes")),
        sa.UniqueConstraint(
            "request_id",
            "rules_version",
            "model_version",
            name=op.f("uq_shadow_routes_request_id_rules_version_model_version"),
        ),
    )


def downgrade() -> None:
    """Drop it; what the shadow said is gone with it."""
    op.drop_table("shadow_routes")
