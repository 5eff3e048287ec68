"""Single facts by name."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from alertd.store.tables import facts


def read_fact(connection: Connection, key: str) -> str | None:
    """The value; None where it was never written."""
    return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()


def write_fact(connection: Connection, key: str, value: str) -> None:
    """Insert or replace."""
    changed = connection.execute(update(facts).where(facts.c.key == key).values(value=value))
    if changed.rowcount == 0:
        connection.execute(insert(facts), {"key": key, "value": value})
