"""Who was really told of an alert before: an end, or that somebody takes care, goes to them and to nobody
who has heard nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, literal_column, select

from alertd.domain.notification import Address, DeliveryState, Notification
from alertd.store.moments import to_us
from alertd.store.prepared import Prepared
from alertd.store.tables import clean_text, deliveries

_row = deliveries.c
# What may have arrived counts. What still waits does not: it says itself what has become of the alert.
_HEARD = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)
_heard = select(_row.sink).where(
    _row.fingerprint == bindparam("fingerprint"),
    _row.episode == bindparam("episode"),
    _row.created_us >= bindparam("since_us"),
    _row.state.in_([literal_column(f"'{state.value}'") for state in _HEARD]),
)
_TOLD = Prepared({"sqlite": _heard, "postgresql": _heard})

Routed = Sequence[tuple[Notification, Sequence[Address]]]


def only_heard(
    connection: Connection, routed: Routed, place: int, begun: Collection[tuple[int, str]]
) -> Sequence[Address]:
    """The addresses of the notification at this place, without those that ask whether somebody was told, and
    was not; who was told stands in for nobody.

    `begun`: what leaves with this transaction, by place and sink.
    """
    notification, addresses = routed[place]
    if not any(address.if_heard for address in addresses):
        return addresses
    heard = set(_who_heard(connection, notification)) | set(_leaving(routed, place, begun))
    meant = [address for address in addresses if address.if_heard and address.sink in heard]
    anyway = {address.sink for address in meant}
    return [one for one in addresses if not one.if_heard and one.sink not in anyway] + meant


def _who_heard(connection: Connection, notification: Notification) -> Iterator[str]:
    """The sinks that were told of one of its alerts since it fires, by its own messages or by those of the
    alerts that named it in their escalation.
    """
    for alert in (notification.alert, *notification.also):
        own = clean_text(str(alert.fingerprint)), alert.episode
        yield from _told_of(connection, *own, alert.since)
        by_others: dict[tuple[str, int], set[str]] = {}
        for ring in alert.rung:
            by_others.setdefault((clean_text(ring.carrier), ring.episode), set()).add(ring.sink)
        for carrier, sinks in by_others.items():
            if carrier != own:
                yield from sinks & _told_of(connection, *carrier, alert.since)


def _told_of(connection: Connection, fingerprint: str, episode: int, since: datetime) -> set[str]:
    key = {"fingerprint": fingerprint, "episode": episode, "since_us": to_us(since)}
    return {sink for (sink,) in _TOLD.run(connection, key)}


def _leaving(routed: Routed, place: int, begun: Collection[tuple[int, str]]) -> Iterator[str]:
    """The sinks that are told of it right now."""
    fingerprint, episode, _ = routed[place][0].key
    for earlier, sink in begun:
        if earlier < place and routed[earlier][0].key[:2] == (fingerprint, episode):
            yield sink
