"""Alembic runs this file; the connection, already within a transaction, comes from `upgrade.py`."""

from __future__ import annotations

from alembic import context

from alertd.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
