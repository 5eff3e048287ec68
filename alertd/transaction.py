"""What is stored together, and the door through which it leaves then."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol, Self

import msgspec

from alertd.alerts.ledger import Withheld
from alertd.alerts.lifecycle import Changes
from alertd.alerts.routing import Router
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.notification import Address, Delivery, Notification
from alertd.domain.silence import Silence

Routed = Sequence[tuple[Notification, Sequence[Address]]]


class Reservation(Protocol):
    """What can be sent as soon as it is stored."""

    @property
    def begun(self) -> Collection[tuple[int, str]]:
        """By the notification's place among those to be queued, and the sink."""

    @property
    def routed(self) -> Routed:
        """What is to be queued: a stand-in for sinks that are known to fail does not wait."""

    def almost(self, leased: Sequence[Delivery]) -> None:
        """The transaction that leases these is being made durable, which may fail: nothing may leave yet."""

    def stored(self, outcome: asyncio.Future[list[Delivery]]) -> None:
        """The transaction is over: what it leased is sent, the sinks with more are woken."""


class Outbox(Protocol):
    """Where deliveries go once they are stored."""

    def reserve(self, routed: Routed) -> Reservation:
        """Before the transaction that queues them. Each reservation must be told that it is stored."""


class Together(msgspec.Struct, frozen=True):
    """What of many changes one transaction stores: of an alert changed twice only the newest version."""

    alerts: Sequence[Alert]
    silences: Sequence[Silence]
    routed: Routed
    withheld: Sequence[Withheld]

    @classmethod
    def of(cls, drafts: Iterable[Changes], router: Router, now: datetime) -> Self:
        """These, in their order."""
        alerts: dict[tuple[Fingerprint, int], Alert] = {}
        silences: dict[str, Silence] = {}
        routed: list[tuple[Notification, Sequence[Address]]] = []
        withheld: list[Withheld] = []
        for changes in drafts:
            for alert in changes.alerts:
                alerts[alert.fingerprint, alert.episode] = alert
            silences |= {silence.silence_id: silence for silence in changes.silences}
            withheld += changes.withheld
            routed += [(told, router.with_echoes(told, now)) for told in changes.notifications]
        return cls(list(alerts.values()), list(silences.values()), routed, withheld)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.silences or self.routed)
