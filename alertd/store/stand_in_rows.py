"""Deliveries that stand in for others: dropped where those arrived, due at once where those are dead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.moments import to_us
from alertd.store.prepared import Prepared
from alertd.store.tables import deliveries

decode_groups = msgspec.json.Decoder(tuple[tuple[str, ...], ...]).decode

_row = deliveries.c
_TAKEN = (DeliveryState.SENT, DeliveryState.NOT_NEEDED)
# The unique key begins with these three: a few rows, whatever else the table holds.
_told = select(_row.delivery_id, _row.sink, _row.state, _row.stands_in_for, _row.next_attempt_us).where(
    _row.fingerprint == bindparam("fingerprint"),
    _row.episode == bindparam("episode"),
    _row.sequence == bindparam("sequence"),
)
_TOLD = Prepared({"sqlite": _told, "postgresql": _told})


class Queued(Protocol):
    """What has to be known of a row."""

    @property
    def delivery_id(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def episode(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def stands_in_for(self) -> str | None: ...


QueuedRow = TypeVar("QueuedRow", bound=Queued)


def without_needless(connection: Connection, rows: Sequence[QueuedRow]) -> list[QueuedRow]:
    """Due rows without those that stand in where the same notification has arrived: they go."""
    needless = {row.delivery_id for row in rows if row.stands_in_for and _has_arrived(connection, row)}
    if not needless:
        return list(rows)
    connection.execute(delete(deliveries).where(_row.delivery_id.in_(needless)))
    return [row for row in rows if row.delivery_id not in needless]


def _has_arrived(connection: Connection, row: Queued) -> bool:
    key = {"fingerprint": row.fingerprint, "episode": row.episode, "sequence": row.sequence}
    taken = {one.sink for one in _TOLD.select(connection, key) if one.state in _TAKEN}
    return not any(taken.isdisjoint(group) for group in decode_groups(row.stands_in_for or "[]"))


def hasten(connection: Connection, updates: Sequence[DeliveryUpdate], now: datetime) -> set[str]:
    """Where all of a route that a delivery stands in for are dead, it is due now. Returns its sinks."""
    sinks: set[str] = set()
    for change in updates:
        if change.state is DeliveryState.DEAD:
            sinks |= _hasten(connection, change.delivery_id, to_us(now))
    return sinks


def _hasten(connection: Connection, delivery_id: int, now_us: int) -> set[str]:
    found = connection.execute(
        select(_row.fingerprint, _row.episode, _row.sequence).where(_row.delivery_id == delivery_id)
    ).one()
    told = _TOLD.select(connection, found._asdict())
    alive = {one.sink for one in told if one.state != DeliveryState.DEAD}
    hastened = [
        one
        for one in told
        if one.stands_in_for
        and one.next_attempt_us is not None
        and one.next_attempt_us > now_us
        and any(alive.isdisjoint(group) for group in decode_groups(one.stands_in_for))
    ]
    if hastened:
        ids = [one.delivery_id for one in hastened]
        connection.execute(update(deliveries).where(_row.delivery_id.in_(ids)).values(next_attempt_us=now_us))
    return {one.sink for one in hastened}
