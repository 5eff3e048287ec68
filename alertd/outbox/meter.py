"""The numbers of one sink."""

from __future__ import annotations

from datetime import datetime

from alertd.domain.notification import DeliveryState, DeliveryUpdate, Outcome, SendResult
from alertd.telemetry import Cell, Counters


class Meter:
    """`deliveries_total` counts attempts by what the sink said, `deliveries_dead_total` what was given up,
    `delivery_latency_seconds_*` from the making of a notification to the sink's acceptance.
    """

    def __init__(self, counters: Counters, sink: str) -> None:
        self._counters = counters
        self._sink = sink
        self._made: dict[Outcome, Cell] = {}
        self._dead = counters.cell("deliveries_dead_total", sink=sink)
        self._latency_sum = counters.cell("delivery_latency_seconds_sum", sink=sink)
        self._latency_count = counters.cell("delivery_latency_seconds_count", sink=sink)
        self._latency_last = counters.cell("delivery_latency_seconds_last", sink=sink)
        self._waiting = counters.cell("deliveries_waiting", sink=sink)

    def attempt(self, result: SendResult, change: DeliveryUpdate, created_at: datetime) -> None:
        """One attempt has an outcome."""
        made = self._made.get(result.outcome)
        if made is None:  # only what happened is shown
            made = self._counters.cell("deliveries_total", sink=self._sink, outcome=result.outcome)
            self._made[result.outcome] = made
        made.value += 1
        if change.state is DeliveryState.DEAD:
            self._dead.value += 1
        if change.sent_at is not None:
            latency_s = (change.sent_at - created_at).total_seconds()
            self._latency_sum.value += latency_s
            self._latency_count.value += 1
            self._latency_last.value = latency_s

    def waiting(self, n: int) -> None:
        """How many deliveries wait for this sink."""
        self._waiting.value = n
