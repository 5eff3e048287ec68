"""The sink at the end of each round: it is served as every sink is, and nothing leaves the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from alertd.canary.line import number_of
from alertd.domain.canary import CHECK_SINK
from alertd.domain.notification import Delivery, Outcome, SendResult, Width


class CheckSink:
    """See `alertd.outbox.delivery.Sink`, which it fits without knowing it. `arrived` hears each number."""

    name = CHECK_SINK
    names_at_most = 1
    width = Width(first=1, proven=1, most=1, work_s=1.0)

    def __init__(self, arrived: Callable[[str], None]) -> None:
        self._arrived = arrived

    def prepare(self, delivery: Delivery, now: datetime) -> None:
        """Nothing is written."""

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:  # noqa: ARG002 - the shape of a sink
        """Take them."""
        for delivery in deliveries:
            number = number_of(delivery.notification.alert.event)
            if number is not None:
                self._arrived(number)
        return SendResult(Outcome.SENT)

    async def close(self) -> None:
        """Nothing is held."""
