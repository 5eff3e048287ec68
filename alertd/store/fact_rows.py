"""Single facts by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Insert, select

from alertd.store.dialects import PerDialect
from alertd.store.prepared import Prepared
from alertd.store.tables import facts


def _upsert(insert: Any) -> Insert:
    statement = insert(facts)
    result: Insert = statement.on_conflict_do_update(
        index_elements=["key"], set_={"value": statement.excluded.value}
    )
    return result


_UPSERT = Prepared(PerDialect(_upsert), columns=("key", "value"))


def read_fact(connection: Connection, key: str) -> str | None:
    """The value; None where it was never written."""
    return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()


def write_fact(connection: Connection, key: str, value: str) -> None:
    """Insert or replace."""
    _UPSERT.run(connection, {"key": key, "value": value})


def write_facts(connection: Connection, values: Mapping[str, str]) -> None:
    """Insert or replace each."""
    for key, value in values.items():
        write_fact(connection, key, value)
