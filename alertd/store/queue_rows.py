"""Delivery rows are queued with their alert; some are leased in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, bindparam, func, select

from alertd.domain.alert import Severity
from alertd.domain.notification import Address, Delivery, DeliveryState, Notification
from alertd.store.beside_rows import read_beside
from alertd.store.codec import encode_notification
from alertd.store.delivery_rows import CRITICAL, OTHER
from alertd.store.dialects import PerDialect
from alertd.store.heard_rows import only_heard
from alertd.store.moments import to_us
from alertd.store.prepared import SQLITE, Prepared
from alertd.store.tables import clean_text, deliveries

MOST_FRESH = 2048  # of each kind
FRESH_FOR = timedelta(minutes=10)

_row = deliveries.c


def _insert_once(insert: Any) -> Insert:
    statement: Insert = insert(deliveries).on_conflict_do_nothing(
        index_elements=["fingerprint", "episode", "sequence", "sink"]
    )
    return statement


_GIVEN = tuple(column.name for column in deliveries.columns if column.name != "delivery_id")
_QUEUE = Prepared(PerDialect(lambda insert: _insert_once(insert).inline()), columns=_GIVEN)
_BEGIN_NUMBERED = Prepared(
    PerDialect(lambda insert: _insert_once(insert).inline()), columns=("delivery_id", *_GIVEN)
)
_LAST_NUMBER = Prepared({SQLITE: select(func.coalesce(func.max(_row.delivery_id), 0))})
_AFTER = Prepared({SQLITE: select(_row.delivery_id).where(_row.delivery_id > bindparam("number"))})
# Nothing is returned where the row was there before.
_BEGIN = Prepared(PerDialect(lambda insert: _insert_once(insert).returning(_row.delivery_id)), columns=_GIVEN)

Told = tuple[str, int, int]  # fingerprint, episode and sequence, as a row has them


class _Kept(msgspec.Struct, frozen=True):
    """`rows`: so many of it are still to be leased."""

    notification: Notification
    rows: int
    since: datetime


class Fresh:
    """Notifications that were queued a moment ago: most are leased soon after, and reading one anew costs as
    much as storing it. Bounded, the oldest of a kind go first: thousands of others take no room from the
    critical ones, which a paced sink is given before them. Those too that nobody asks for after a while: of
    a fallback's rows hardly one is ever leased.
    """

    def __init__(self, most: int = MOST_FRESH) -> None:
        """`most`: of each kind, critical or not."""
        self._most = most
        self._criticals: dict[Told, _Kept] = {}  # the oldest first, and so are the next
        self._others: dict[Told, _Kept] = {}

    def __len__(self) -> int:
        return len(self._criticals) + len(self._others)

    def keep(self, key: Told, notification: Notification, now: datetime, rows: int = 1) -> None:
        """It stands in so many rows that were queued just now."""
        is_critical = notification.alert.severity is Severity.CRITICAL
        kept = self._criticals if is_critical else self._others
        kept.pop(key, None)
        while len(kept) >= self._most:
            del kept[next(iter(kept))]
        kept[key] = _Kept(notification, rows, now)

    def forget_stale(self, now: datetime) -> None:
        """What nobody has asked for so long will hardly be asked for."""
        for kept in (self._criticals, self._others):
            while kept and next(iter(kept.values())).since < now - FRESH_FOR:
                del kept[next(iter(kept))]

    def take(self, key: Told) -> Notification | None:
        """For one of its rows; None where it has to be read."""
        kept = self._criticals if key in self._criticals else self._others
        found = kept.get(key)
        if found is None:
            return None
        if found.rows > 1:
            kept[key] = _Kept(found.notification, found.rows - 1, found.since)  # at its former place
        else:
            del kept[key]
        return found.notification


def queue_deliveries(
    connection: Connection,
    routed: Sequence[tuple[Notification, Sequence[Address]]],
    now: datetime,
    begun: Collection[tuple[int, str]] = (),
    fresh: Fresh | None = None,
) -> list[Delivery]:
    """One delivery per notification and address; what is already stored stays as it is.

    Those in `begun` (the notification's place in `routed`, and the sink) are leased and returned, the
    others are due at once or at their address's time. Who is to hear of it only if he was told before
    (`Address.if_heard`) has a delivery only then.
    """
    if fresh is not None:
        fresh.forget_stale(now)
    queued: list[dict[str, Any]] = []
    leased: list[tuple[dict[str, Any], Notification]] = []
    waiting: list[tuple[Told, Notification, int]] = []
    for place, (notification, _) in enumerate(routed):
        addresses = only_heard(connection, routed, place, begun)
        if not addresses:
            continue
        common = _new_row(notification, to_us(now))
        before = len(queued)
        for address in addresses:
            row = {**common, "sink": clean_text(address.sink)}
            if not address.is_direct:
                row |= _waiting(address, now)
            if (place, address.sink) in begun:
                leased.append((row, notification))
            else:
                queued.append(row)
        if len(queued) > before:
            waiting.append((_told(common), notification, len(queued) - before))
    # Where one stood there before, it may tell something else.
    if queued and _QUEUE.run_each(connection, queued) == len(queued) and fresh is not None:
        for key, notification, rows in waiting:
            fresh.keep(key, notification, now, rows)
    return _begin(connection, leased, now) if leased else []


def _told(row: Mapping[str, Any]) -> Told:
    return row["fingerprint"], row["episode"], row["sequence"]


def _begin(
    connection: Connection, leased: Sequence[tuple[dict[str, Any], Notification]], now: datetime
) -> list[Delivery]:
    """The deliveries, stored as `sending`; without those that were stored before."""
    for row, _ in leased:
        row |= {"state": DeliveryState.SENDING.value, "next_attempt_us": None}
    numbers = _numbers_of(connection, [row for row, _ in leased])
    return [
        Delivery(
            delivery_id=number,
            notification=notification,
            sink=row["sink"],
            state=DeliveryState.SENDING,
            created_at=notification.created_at,
            next_attempt_at=now,
            beside=read_beside(connection, row["fingerprint"], row["sink"], now),
        )
        for number, (row, notification) in zip(numbers, leased, strict=True)
        if number is not None
    ]


def _numbers_of(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int | None]:
    """The ids under which new rows were stored; None for one that was there before."""
    if len(rows) == 1 or connection.dialect.name != SQLITE:
        found = [_BEGIN.run(connection, row) for row in rows]
        return [one[0][0] if one else None for one in found]
    # One writer, in its transaction: it can number rows as SQLite would.
    ((last,),) = _LAST_NUMBER.run(connection, {})
    for number, row in enumerate(rows, last + 1):
        row["delivery_id"] = number
    if _BEGIN_NUMBERED.run_each(connection, rows) == len(rows):
        return [row["delivery_id"] for row in rows]
    stored = {number for (number,) in _AFTER.run(connection, {"number": last})}
    return [row["delivery_id"] if row["delivery_id"] in stored else None for row in rows]


def _waiting(address: Address, now: datetime) -> dict[str, Any]:
    groups = msgspec.json.encode(address.stands_in_for).decode() if address.stands_in_for else None
    return {
        "next_attempt_us": to_us(max(now, address.not_before or now)),
        "batched": address.batched,
        "stands_in_for": groups,
    }


def _new_row(notification: Notification, now_us: int) -> dict[str, Any]:
    fingerprint, episode, sequence = notification.key
    return {
        "fingerprint": clean_text(str(fingerprint)),
        "episode": episode,
        "sequence": sequence,
        "state": DeliveryState.QUEUED.value,
        "urgency": CRITICAL if notification.alert.severity is Severity.CRITICAL else OTHER,
        "created_us": to_us(notification.created_at),
        "next_attempt_us": now_us,
        "sent_us": None,
        "attempts": 0,
        "unknowns": 0,
        "possible_duplicate": False,
        "detail": "",
        "body": encode_notification(notification),
        "batched": False,
        "stands_in_for": None,
    }
