"""Delivery rows: when they are due, brought up to date after a send, counted and pruned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.canary_rows import of_canary
from alertd.store.moments import from_us, to_us
from alertd.store.prepared import SQLITE, Prepared
from alertd.store.tables import clean_text, deliveries

CRITICAL, OTHER = 0, 1
LONGEST_DETAIL = 500
HELD_STAND_IN_US = 60_000_000

_row = deliveries.c


_next_due = select(
    *(
        select(func.min(_row.next_attempt_us))
        .where(
            _row.sink == bindparam("sink"),
            _row.urgency == literal_column(str(urgency)),
            _row.next_attempt_us.is_not(None),
        )
        .scalar_subquery()
        for urgency in (CRITICAL, OTHER)
    )
)
_NEXT_DUE = Prepared({"sqlite": _next_due, "postgresql": _next_due})
_waiting = (
    select(_row.urgency, func.count())
    .where(_row.sink == bindparam("sink"), _row.next_attempt_us.is_not(None))
    .group_by(_row.urgency)
)
_WAITING = Prepared({"sqlite": _waiting, "postgresql": _waiting})
_record = (
    update(deliveries)
    .where(
        _row.delivery_id == bindparam("its_id"),
        _row.state != literal_column(f"'{DeliveryState.SENT.value}'"),
    )
    .values(
        state=bindparam("its_state"),
        attempts=bindparam("its_attempts"),
        unknowns=bindparam("its_unknowns"),
        next_attempt_us=bindparam("its_next_attempt_us"),
        sent_us=bindparam("its_sent_us"),
        possible_duplicate=bindparam("its_possible_duplicate"),
        detail=bindparam("its_detail"),
    )
)
_RECORD = Prepared({"sqlite": _record, "postgresql": _record})
_change = func.json_each(bindparam("changes")).table_valued("value", name="change")


def _changed(place: int) -> ColumnElement[Any]:
    return func.json_extract(_change.c.value, literal_column(f"'$[{place}]'"))


# One statement for all of them, where `_RECORD` is one for each.
_RECORD_ALL = Prepared(
    {
        SQLITE: update(deliveries)
        .where(
            _row.delivery_id == _changed(0),
            _row.state != literal_column(f"'{DeliveryState.SENT.value}'"),
        )
        .values(
            state=_changed(1),
            attempts=_changed(2),
            unknowns=_changed(3),
            next_attempt_us=_changed(4),
            sent_us=_changed(5),
            possible_duplicate=_changed(6),
            detail=_changed(7),
        )
    }
)
_OVER = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.NOT_NEEDED)
_WELL = (DeliveryState.SENT.value, DeliveryState.NOT_NEEDED.value)
_OLD = (
    select(_row.delivery_id)
    .where(
        _row.state.in_([state.value for state in _OVER]),
        _row.created_us < bindparam("before_us"),
    )
    .limit(bindparam("most"))
)


class NextDue(msgspec.Struct, frozen=True):
    """When the next waiting delivery of a sink is due, by urgency; None where none waits."""

    critical: datetime | None
    other: datetime | None

    def is_now(self, now: datetime) -> bool:
        """Whether any of it is due."""
        return any(at is not None and at <= now for at in (self.critical, self.other))


class Queue(msgspec.Struct, frozen=True):
    """How many deliveries of a sink wait, by urgency."""

    critical: int
    other: int


def next_due(connection: Connection, sink: str) -> NextDue:
    """When a sink has something to do again."""
    ((critical, other),) = _NEXT_DUE.run(connection, {"sink": sink})
    return NextDue(None if critical is None else from_us(critical), None if other is None else from_us(other))


def hold_back(connection: Connection, account: str, before: datetime, until: datetime) -> int:
    """What was queued for an account `before` and waits is not due until then. Returns how many rows."""
    own = f"{account}|"
    held = connection.execute(
        update(deliveries)
        .where(
            _row.next_attempt_us < to_us(until),
            _row.created_us < to_us(before),
            func.substr(_row.fingerprint, 1, len(own)) == own,
        )
        .values(next_attempt_us=_stand_ins_later(to_us(until)))
    )
    return held.rowcount


def let_go(connection: Connection, account: str, until: datetime, now: datetime) -> None:
    """What waits for an account until just that time is due now."""
    own = f"{account}|"
    connection.execute(
        update(deliveries)
        .where(
            _row.next_attempt_us == _stand_ins_later(to_us(until)),
            func.substr(_row.fingerprint, 1, len(own)) == own,
        )
        .values(next_attempt_us=_stand_ins_later(to_us(now)))
    )


def _stand_ins_later(at_us: int) -> ColumnElement[int]:
    """What is held back leaves then; those that stand in for it leave it time to arrive."""
    return case((_row.stands_in_for.is_(None), at_us), else_=at_us + HELD_STAND_IN_US)


def record(connection: Connection, updates: Sequence[DeliveryUpdate]) -> None:
    """Bring deliveries up to date. What is sent stays sent."""
    if len(updates) > 1 and connection.dialect.name == SQLITE:
        changes = [tuple(_values(change).values()) for change in updates]
        _RECORD_ALL.run(connection, {"changes": msgspec.json.encode(changes).decode()})
    elif updates:
        _RECORD.run_each(connection, [_values(change) for change in updates])


def _values(change: DeliveryUpdate) -> dict[str, Any]:
    return {
        "its_id": change.delivery_id,
        "its_state": change.state.value,
        "its_attempts": change.attempts,
        "its_unknowns": change.unknowns,
        "its_next_attempt_us": to_us(change.next_attempt_at),
        "its_sent_us": to_us(change.sent_at),
        "its_possible_duplicate": change.possible_duplicate,
        "its_detail": clean_text(change.detail[:LONGEST_DETAIL]),
    }


def revive_interrupted(connection: Connection) -> None:
    """What a dead process was sending may have arrived: unknown, due at once, and marked."""
    connection.execute(
        update(deliveries)
        .where(_row.state == DeliveryState.SENDING.value)
        .values(
            state=DeliveryState.UNKNOWN.value,
            next_attempt_us=_row.created_us,
            attempts=_row.attempts + 1,
            possible_duplicate=true(),
            detail=case((_row.detail == "", "the process ended during the send"), else_=_row.detail),
        )
    )


def count_by_state(connection: Connection) -> dict[DeliveryState, int]:
    """How many deliveries are in each state; every state is named."""
    query = select(_row.state, func.count().label("n")).group_by(_row.state)
    none = dict.fromkeys(DeliveryState, 0)
    return none | {DeliveryState(row.state): row.n for row in connection.execute(query)}


def count_by_sink(connection: Connection, dead_since: datetime) -> dict[tuple[str, DeliveryState], int]:
    """How many deliveries of a sink are in a state: of dead ones those made since a time, and none that
    was sent or is not needed.

    The canary's are none.
    """
    is_young = _row.created_us >= to_us(dead_since)
    of_interest = or_(_row.state.not_in([state.value for state in _OVER]), is_young)
    query = (
        select(_row.sink, _row.state, func.count().label("n"))
        .where(_row.state.not_in(_WELL), of_interest, ~of_canary(connection, _row.fingerprint))
        .group_by(_row.sink, _row.state)
    )
    return {(row.sink, DeliveryState(row.state)): row.n for row in connection.execute(query)}


def count_waiting(connection: Connection, sink: str) -> Queue:
    """How many deliveries of a sink wait for their turn or their next attempt."""
    by_urgency: dict[int, int] = dict(_WAITING.run(connection, {"sink": sink}))
    return Queue(by_urgency.get(CRITICAL, 0), by_urgency.get(OTHER, 0))


def count_left(connection: Connection, served: Collection[str]) -> dict[str, int]:
    """How many deliveries wait for sinks that nobody serves."""
    query = (
        select(_row.sink, func.count())
        .where(_row.next_attempt_us.is_not(None), _row.sink.not_in(served))
        .group_by(_row.sink)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def prune_deliveries(connection: Connection, before_us: int, most: int) -> int:
    """Delete up to `most` finished deliveries made before a time. Returns how many."""
    old = connection.execute(_OLD, {"before_us": before_us, "most": most}).scalars().all()
    if old:
        connection.execute(delete(deliveries).where(_row.delivery_id.in_(old)))
    return len(old)
