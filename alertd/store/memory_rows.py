"""Memories of rules, as facts: one for each rule and subject.

The key is ASCII whatever a subject holds, so that both databases take it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, select

from alertd.domain.recollection import RuleMemory
from alertd.store.dialects import PerDialect
from alertd.store.tables import facts

_PREFIX = "rule_memory:"


def _upsert(insert: Any) -> Insert:
    statement = insert(facts)
    result: Insert = statement.on_conflict_do_update(
        index_elements=["key"], set_={"value": statement.excluded.value}
    )
    return result


_UPSERT = PerDialect(_upsert)
_DELETE = delete(facts).where(facts.c.key == bindparam("its_key"))


def write_memories(connection: Connection, memories: Sequence[RuleMemory]) -> None:
    """Store each memory in place of its former one; what has no body is deleted."""
    kept = [_row(memory) for memory in memories if memory.body is not None]
    gone = [{"its_key": _key(memory)} for memory in memories if memory.body is None]
    if kept:
        connection.execute(_UPSERT[connection.dialect.name], kept)
    if gone:
        connection.execute(_DELETE, gone)


def read_memories(connection: Connection) -> list[RuleMemory]:
    """All of them, by rule, account and subject."""
    query = select(facts).where(facts.c.key.startswith(_PREFIX, autoescape=True)).order_by(facts.c.key)
    return [_memory(key, value) for key, value in connection.execute(query)]


def _key(memory: RuleMemory) -> str:
    return _PREFIX + json.dumps([memory.rule, memory.account, memory.subject])


def _row(memory: RuleMemory) -> dict[str, str]:
    return {"key": _key(memory), "value": json.dumps([memory.definition, memory.body])}


def _memory(key: str, value: str) -> RuleMemory:
    rule, account, subject = json.loads(key.removeprefix(_PREFIX))
    definition, body = json.loads(value)
    return RuleMemory(rule=rule, account=account, subject=subject, definition=definition, body=body)
