"""Whether a step of a chain still rings a telephone, where it waited to be sent: nobody is woken for what
somebody has answered, what is over, or what is better and only has to last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, update

from alertd.alerts.calm import is_calm
from alertd.alerts.reminders import ALSO_AT_MOST
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.notification import DeliveryState, Notification, Reason
from alertd.store.answered_rows import newest_of
from alertd.store.moments import to_us
from alertd.store.tables import clean_text, deliveries

WAITS = "nobody is woken yet: it is better, and that has to last"  # by this a start finds them again

_row = deliveries.c
_THAT_WAIT = (DeliveryState.QUEUED.value, DeliveryState.UNKNOWN.value)
_LET_RING = (
    update(deliveries)
    .where(_row.delivery_id == bindparam("its_id"), _row.next_attempt_us == bindparam("its_until_us"))
    .values(next_attempt_us=bindparam("its_now_us"))
)
_LOOK_AGAIN = (
    update(deliveries)
    .where(_row.state.in_(_THAT_WAIT), _row.next_attempt_us.is_not(None), _row.detail == WAITS)
    .values(next_attempt_us=_row.created_us)
)


class Spared(msgspec.Struct, frozen=True):
    """Why nobody is woken. `until`: it is looked at again then; None: nobody has to be any more."""

    why: str
    until: datetime | None = None


class _Held(msgspec.Struct, frozen=True):
    sink: str
    until: datetime
    named: frozenset[tuple[Fingerprint, int]]


class Calls:
    """Those that wait for a better state to last. In memory, which a start makes up for (`look_again`); what
    a transaction that fails leaves here names a time that no row has.
    """

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}  # by the delivery's id

    def hold(
        self, delivery_id: int, sink: str, notification: Notification, until: datetime, now: datetime
    ) -> None:
        """Its row waits until then, unless what it tells of is worse before."""
        told = (notification.alert, *notification.also)
        named = frozenset((alert.fingerprint, alert.episode) for alert in told)
        self._held = {key: held for key, held in self._held.items() if held.until > now}
        self._held[delivery_id] = _Held(sink, until, named)

    def forget(self, delivery_id: int) -> None:
        """It leaves, or is not needed."""
        self._held.pop(delivery_id, None)

    def let_ring(self, connection: Connection, stored: Iterable[Alert], now: datetime) -> set[str]:
        """What waits for one of these is due now where that is no better any more. Returns its sinks."""
        if not self._held:
            return set()
        loud = {(alert.fingerprint, alert.episode) for alert in stored if not is_calm(alert, now)}
        found = {key: held for key, held in self._held.items() if not held.named.isdisjoint(loud)}
        for delivery_id, held in found.items():
            values = {
                "its_id": delivery_id,
                "its_until_us": to_us(held.until),
                "its_now_us": to_us(now),
            }
            connection.execute(_LET_RING, values)
        return {held.sink for held in found.values()}


def look_again(connection: Connection) -> None:
    """At a start: what waited for a better state to last is due, and waits on where that still has to."""
    connection.execute(_LOOK_AGAIN)


def why_nobody_is_woken(
    connection: Connection, newest: Alert, notification: Notification, now: datetime
) -> Spared | None:
    """None where an escalation must ring: some alert that it names goes on unanswered, or may do so: of very
    many not all are named. Where all those are better, and only that has to last, it waits for them.
    """
    also = notification.also
    if notification.reason is not Reason.ESCALATED or len(also) >= ALSO_AT_MOST:
        return None
    told = [newest, *(_stored(connection, other.fingerprint, other.episode) for other in also)]
    left = [alert for alert in told if _waits(alert)]
    if left:
        until = _when_loud(left, now)
        return None if until is None else Spared(WAITS, until)
    if newest.is_open:
        return Spared(f"nobody was woken: {newest.acknowledged_by} takes care")
    return Spared(f"nobody was woken: the alert is over ({newest.resolution})")


def _when_loud(left: Sequence[Alert | None], now: datetime) -> datetime | None:
    """Until when none of these rings, if nothing newer comes; None: one does now."""
    times = [alert.calm_until for alert in left if alert is not None and is_calm(alert, now)]
    if len(times) < len(left):
        return None
    return min(at for at in times if at is not None)


def _waits(alert: Alert | None) -> bool:
    return alert is None or alert.state not in (AlertState.ACKNOWLEDGED, AlertState.RESOLVED)


def _stored(connection: Connection, name: Fingerprint, episode: int) -> Alert | None:
    return newest_of(connection, clean_text(str(name)), episode)
