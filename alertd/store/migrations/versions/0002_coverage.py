"""The record of coverage: what is known of each account, and every gap."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "coverage_accounts",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("seen_us", sa.BigInteger, nullable=False),
        sa.Column("numbers", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "coverage_gaps",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("began_us", sa.BigInteger, nullable=False),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("blame", sa.Text),
        sa.Column("reconciled_us", sa.BigInteger),
        sa.Column("missed", sa.BigInteger),
    )
    op.create_index("ix_coverage_gaps_ended", "coverage_gaps", ["ended_us"])
