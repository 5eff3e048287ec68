"""What follows from a message's outcome: for each of its deliveries, for the sink, and for the numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import (
    Comeback,
    Delivery,
    DeliveryState,
    DeliveryUpdate,
    Outcome,
    SendResult,
)
from alertd.outbox.health import FAILING_AFTER, SinkHealth
from alertd.outbox.meter import Meter
from alertd.outbox.retry import RetryPolicy, refused_together

log = structlog.get_logger(__name__)

_DICE = random.Random()  # of our own: what others seed or watch is not touched from here


class Outcomes:
    """Of one sink. `report` is told when its health changes.

    `alone`: deliveries that were refused in a message with others. It may have been the fault of one of them,
    or of the message's form, so each is tried by itself before it is given up. So is what failed for a while
    so often that a sink would count as failing, while this one does not: it takes others.
    `comeback`: the sink works again, which is still to be stored.
    """

    def __init__(
        self,
        sink: str,
        retry: RetryPolicy,
        health: SinkHealth,
        meter: Meter,
        report: Callable[[DeliveryHealth], None],
    ) -> None:
        self._sink = sink
        self._retry = retry
        self._health = health
        self._meter = meter
        self._report = report
        self.alone: set[int] = set()
        self.comeback: Comeback | None = None

    def of(
        self, bundle: Sequence[Delivery], result: SendResult, now: datetime, now_s: float, *, is_judged: bool
    ) -> list[DeliveryUpdate]:
        """What is to be stored of each. `is_judged`: it says something about the sink."""
        jitter = _DICE.random()  # one for all, so that they are due together again
        changes = [self._of_one(delivery, bundle, result, now, jitter) for delivery in bundle]
        for delivery, change in zip(bundle, changes, strict=True):
            if not delivery.notification.is_canary:
                self._meter.attempt(result, change, delivery.created_at)
        if len(bundle) > 1 and result.outcome is Outcome.SENT:
            self._meter.merged(len(bundle))
        if is_judged:
            self._judge(result, changes, now, now_s)
        return changes

    def _of_one(
        self, delivery: Delivery, bundle: Sequence[Delivery], result: SendResult, now: datetime, jitter: float
    ) -> DeliveryUpdate:
        if len(bundle) > 1 and result.outcome is Outcome.PERMANENT:
            self.alone.add(delivery.delivery_id)
            return refused_together(delivery, result, now)
        is_at_odds = delivery.attempts >= FAILING_AFTER and not self._health.is_failing
        if len(bundle) > 1 and result.outcome is Outcome.TRANSIENT and is_at_odds:
            self.alone.add(delivery.delivery_id)
        change = self._retry.decide(
            delivery,
            result,
            now,
            jitter,
            is_sinks_fault=self._health.is_failing,
            is_merged=len(bundle) > 1,
        )
        if change.next_attempt_at is None:
            self.alone.discard(delivery.delivery_id)
        return change

    def _judge(
        self, result: SendResult, changes: Sequence[DeliveryUpdate], now: datetime, now_s: float
    ) -> None:
        dead = [change for change in changes if change.state is DeliveryState.DEAD]
        for change in dead:
            log.warning("delivery dead", sink=self._sink, delivery=change.delivery_id, detail=change.detail)
        state = DeliveryState.DEAD if dead else changes[0].state
        self.comeback = self.comeback or self._health.comeback(result, now_s)
        healthy = self._health.observe(result, state, now_s)
        if healthy is None:
            return
        self._report(
            DeliveryHealth(
                event_id=f"delivery:{self._sink}:{now.isoformat()}",
                exchange="",
                account="",
                received_at=now,
                sink=self._sink,
                healthy=healthy,
                detail=changes[0].detail,
            )
        )
