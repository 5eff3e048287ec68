"""The numbers of one sink."""

from __future__ import annotations

from datetime import datetime

from alertd.domain.notification import DeliveryState, DeliveryUpdate, Outcome, SendResult
from alertd.telemetry import Cell, Counters


class Meter:
    """`deliveries_total` counts attempts by what the sink said, `deliveries_dead_total` what was given up,
    `delivery_latency_seconds_*` from the making of a notification to the sink's acceptance.

    `bundles_total` counts messages that told several deliveries, `deliveries_merged_total` the deliveries in
    them, `bundle_size_last` how many the latest had. `deliveries_spared_total`: stand-ins and
    calls that nobody needed.
    """

    def __init__(self, counters: Counters, sink: str) -> None:
        self._counters = counters
        self._sink = sink
        self._made: dict[Outcome, Cell] = {}
        self._dead = counters.cell("deliveries_dead_total", sink=sink)
        self._latency_sum = counters.cell("delivery_latency_seconds_sum", sink=sink)
        self._latency_count = counters.cell("delivery_latency_seconds_count", sink=sink)
        self._latency_last = counters.cell("delivery_latency_seconds_last", sink=sink)
        self._critical = counters.cell("deliveries_waiting", sink=sink, urgency="critical")
        self._other = counters.cell("deliveries_waiting", sink=sink, urgency="other")

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

    def merged(self, deliveries: int) -> None:
        """So many arrived in one message."""
        self._counters.add("bundles_total", sink=self._sink)
        self._counters.cell("deliveries_merged_total", sink=self._sink).value += deliveries
        self._counters.set("bundle_size_last", deliveries, sink=self._sink)

    def spared(self, deliveries: int) -> None:
        """So many stood in for others that arrived, or were answered before they left."""
        if deliveries:
            self._counters.cell("deliveries_spared_total", sink=self._sink).value += deliveries

    def waiting(self, critical: int, other: int) -> None:
        """How many deliveries wait for this sink."""
        self._critical.value = critical
        self._other.value = other
