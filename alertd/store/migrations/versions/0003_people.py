"""Deliveries that wait together or stand in for others; silences; who told alertd to do what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_row_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add columns and tables."""
    op.add_column("deliveries", sa.Column("batched", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("deliveries", sa.Column("stands_in_for", sa.Text))
    op.create_table(
        "silences",
        sa.Column("silence_id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("ends_us", sa.BigInteger, nullable=False),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_silences_ended", "silences", ["ended_us"])
    op.create_table(
        "commands",
        sa.Column("command_id", _row_id, primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_commands_at", "commands", ["at_us"])
