"""The Alembic revisions that bring a store to the schema of `tables.py`. Run by `upgrade.py`."""
