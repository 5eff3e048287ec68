"""Silence rows: replaced by newer versions, kept for a while after they ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Insert, bindparam, delete, select

from alertd.domain.errors import StoreError
from alertd.domain.silence import Silence
from alertd.store.codec import CodecError, decode_silence, encode_silence
from alertd.store.dialects import PerDialect
from alertd.store.moments import to_us
from alertd.store.tables import silences

_row = silences.c
_REPLACED = ("version", "ends_us", "ended_us", "body")
_OLD = select(_row.silence_id).where(_row.ended_us < bindparam("before_us")).limit(bindparam("most"))


def _upsert(insert: Any) -> Insert:
    """Insert, or replace a row of a lower version."""
    statement = insert(silences)
    new = statement.excluded
    result: Insert = statement.on_conflict_do_update(
        index_elements=["silence_id"],
        set_={name: new[name] for name in _REPLACED},
        where=_row.version < new.version,
    )
    return result


_UPSERT = PerDialect(_upsert)


def write_silences(connection: Connection, changed: Sequence[Silence]) -> None:
    """Store each silence, unless the stored row is as new."""
    for silence in changed:
        row = {
            "silence_id": silence.silence_id,
            "version": silence.version,
            "ends_us": to_us(silence.ends_at),
            "ended_us": to_us(silence.ended_at),
            "body": encode_silence(silence),
        }
        connection.execute(_UPSERT[connection.dialect.name], row)


def read_silences(connection: Connection) -> list[Silence]:
    """All there are, by the time they end. Raises: StoreError for a row that cannot be read: who knows what
    it mutes?
    """
    found = []
    query = select(_row.silence_id, _row.body).order_by(_row.ends_us, _row.silence_id)
    for silence_id, body in connection.execute(query):
        try:
            found.append(decode_silence(body))
        except CodecError as exc:
            raise StoreError(f"the silence {silence_id} is damaged in the store: {exc}") from exc
    return found


def prune_silences(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` of those that ended before a time. Returns how many went."""
    old = connection.execute(_OLD, {"before_us": before_us, "most": most}).scalars().all()
    if old:
        connection.execute(delete(silences).where(_row.silence_id.in_(old)))
    return len(old)
