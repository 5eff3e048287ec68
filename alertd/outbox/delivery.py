"""One task per sink: what is due is leased, sent, and its outcome stored.

A delivery stands as `sending` in the store before its send begins, so a process that dies leaves a mark
and the repeat can say "possible duplicate". At least once; a loss is a bug.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate, Outcome, SendResult
from alertd.outbox.health import SinkHealth
from alertd.outbox.meter import Meter
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy, not_tried
from alertd.store.database import Batch, Database
from alertd.store.delivery_rows import NextDue
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

LONGEST_SEND_S = 120.0  # sinks have time limits of their own; this one frees the slot of one that forgot
LANDING_S = 5.0  # how long a cancelled worker awaits what is in flight
LONGEST_SLEEP_S = 60.0  # the wall clock may be set while we sleep
WAITING_COUNTED_EVERY_S = 5.0


class Sink(Protocol):
    """Where deliveries go. `concurrency`: sends in flight at once."""

    @property
    def name(self) -> str: ...
    @property
    def concurrency(self) -> int: ...
    async def send(self, delivery: Delivery, now: datetime) -> SendResult:
        """One attempt. Raises nothing but CancelledError."""

    async def close(self) -> None:
        """Let go of connections and threads."""


class SinkWorker:
    """Keeps one sink supplied.

    `report` is told when the sink's health changes, `attempted` the outcome of each attempt.
    """

    def __init__(
        self,
        sink: Sink,
        database: Database,
        clock: Clock,
        retry: RetryPolicy,
        pace: TokenBucket | None,
        report: Callable[[DeliveryHealth], None],
        counters: Counters,
        *,
        attempted: Callable[[str, Outcome, datetime], None] = lambda *_: None,
        longest_send_s: float = LONGEST_SEND_S,
        landing_s: float = LANDING_S,
    ) -> None:
        self._sink = sink
        self._database = database
        self._clock = clock
        self._retry = retry
        self._pace = pace or TokenBucket(0)
        self._report = report
        self._attempted = attempted
        self._longest_send_s = longest_send_s
        self._landing_s = landing_s
        self._meter = Meter(counters, sink.name)
        self._health = SinkHealth()
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._finished: list[DeliveryUpdate] = []  # outcomes that are not stored yet
        self._asked: asyncio.Future[Batch] | None = None  # the turn the store is working on
        self._counted_at_s: float | None = None
        self._returned: Callable[[], None] | None = None  # set once another worker has taken over

    def wake(self) -> None:
        """New deliveries were committed, or a slot is free."""
        self._idle.clear()
        self._woken.set()

    def retire(self, returned: Callable[[], None]) -> None:
        """Begin nothing more: `run` returns when all that is in flight has an outcome in the store.

        `returned` is called whenever deliveries have gone back there, where another worker finds them.
        """
        self._returned = returned
        self.wake()

    async def run(self) -> None:
        """Deliver until retired or cancelled; cancelled, await what is in flight for `landing_s`.

        What has no outcome by then stays `sending` and is `unknown` at the next start.
        Raises: an exception group with the StoreError when the store fails.
        """
        async with asyncio.TaskGroup() as sends:
            try:
                while not self._is_retired():
                    self._woken.clear()
                    batch = await self._turn()
                    if self._is_retired():
                        self._put_back(batch)
                        break
                    for delivery in batch.deliveries:
                        self._start(delivery, sends)
                    await self._sleep(batch.next_due)
                await self._hand_over()
            except asyncio.CancelledError:
                await self._land()
                raise

    async def drain(self, timeout_s: float) -> bool:
        """While `run` runs: wait until nothing is due or in flight. Returns False if the time was too short.

        For a planned stop, after the last commit. What waits for a later attempt stays in the store.
        """
        self.wake()
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _is_retired(self) -> bool:
        return self._returned is not None

    async def _turn(self) -> Batch:
        """Store outcomes and lease what may be sent now: one transaction."""
        now_s = self._clock.monotonic_s()
        room = self._health.slots(len(self._in_flight), self._sink.concurrency)
        if self._health.wait_s(now_s) > 0:
            room = 0
        updates, self._finished = self._finished, []
        counted = self._counted_at_s is not None and now_s - self._counted_at_s < WAITING_COUNTED_EVERY_S
        self._asked = self._database.turn(
            self._sink.name,
            updates,
            self._clock.now(),
            limit=min(room, self._pace.available(now_s, critical=True)),
            others=min(room, self._pace.available(now_s, critical=False)),
            with_waiting=not counted,
        )
        # Shielded: what it leases must be known here even if this task is being cancelled.
        batch = await asyncio.shield(self._asked)
        self._asked = None
        if batch.waiting is not None:
            self._counted_at_s = now_s
            self._meter.waiting(batch.waiting)
        return batch

    def _start(self, delivery: Delivery, sends: asyncio.TaskGroup) -> None:
        is_critical = delivery.notification.alert.severity is Severity.CRITICAL
        self._pace.take(self._clock.monotonic_s(), is_critical)
        task = sends.create_task(self._send(delivery), name=f"send:{self._sink.name}:{delivery.delivery_id}")
        self._in_flight.add(task)

    async def _send(self, delivery: Delivery) -> None:
        try:
            result = await self._attempt(delivery)
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._in_flight.discard(task)
        now = self._clock.now()
        change = self._retry.decide(delivery, result, now, random.random())
        self._finished.append(change)
        self._meter.attempt(result, change, delivery.created_at)
        self._attempted(self._sink.name, result.outcome, now)
        if not self._is_retired():  # else its successor tells how the sink stands
            self._judge(result, change, now)
        self._woken.set()

    async def _attempt(self, delivery: Delivery) -> SendResult:
        try:
            async with asyncio.timeout(self._longest_send_s):
                return await self._sink.send(delivery, self._clock.now())
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return SendResult(Outcome.UNKNOWN, "cancelled within the sink")
        except Exception as exc:  # a sink's bug must not stop the deliveries behind it
            log.warning("sink raised", sink=self._sink.name, error=type(exc).__name__, exc_info=True)
            return SendResult(Outcome.UNKNOWN, type(exc).__name__)

    def _judge(self, result: SendResult, change: DeliveryUpdate, now: datetime) -> None:
        if change.state is DeliveryState.DEAD:
            log.warning(
                "delivery dead", sink=self._sink.name, delivery=change.delivery_id, detail=change.detail
            )
        healthy = self._health.observe(result, change.state, self._clock.monotonic_s())
        if healthy is None:
            return
        self._report(
            DeliveryHealth(
                event_id=f"delivery:{self._sink.name}:{now.isoformat()}",
                exchange="",
                account="",
                received_at=now,
                sink=self._sink.name,
                healthy=healthy,
                detail=change.detail,
            )
        )

    async def _sleep(self, due: NextDue) -> None:
        """Until woken, or until something may be sent again."""
        delay_s = self._delay_s(due)
        if delay_s <= 0:
            return
        now = self._clock.now()
        is_due = any(at is not None and at <= now for at in (due.critical, due.other))
        if not (is_due or self._in_flight or self._finished or self._woken.is_set()):
            self._idle.set()
        try:
            async with asyncio.timeout(delay_s):
                await self._woken.wait()
        except TimeoutError:
            return

    def _delay_s(self, due: NextDue) -> float:
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        if not self._health.slots(len(self._in_flight), self._sink.concurrency):
            return LONGEST_SLEEP_S  # a slot that becomes free wakes us
        delays = [LONGEST_SLEEP_S]
        for at, critical in ((due.critical, True), (due.other, False)):
            if at is not None:
                until_due_s = (at - now).total_seconds()
                delays.append(
                    max(until_due_s, self._pace.wait_s(now_s, critical), self._health.wait_s(now_s))
                )
        return min(delays)

    async def _hand_over(self) -> None:
        """Retired: each outcome is stored as it comes, so that a send that hangs holds up no other."""
        while True:
            self._woken.clear()
            updates, self._finished = self._finished, []
            await self._database.record(updates)
            if self._returned is not None:
                self._returned()
            if not (self._in_flight or self._finished):
                break
            await self._woken.wait()
        await self._sink.close()

    async def _land(self) -> None:
        """Cancelled: give what is in flight a bounded time, then store every outcome there is."""
        waited_for: set[asyncio.Future[object]] = {*self._in_flight}  # type: ignore[arg-type]
        if self._asked is not None:
            await asyncio.wait({self._asked}, timeout=self._landing_s)
            if self._asked.done() and not self._asked.cancelled() and self._asked.exception() is None:
                self._put_back(self._asked.result())
        if waited_for:
            await asyncio.wait(waited_for, timeout=self._landing_s)
        if self._finished:
            await self._database.record(self._finished)

    def _put_back(self, batch: Batch) -> None:
        self._finished += [not_tried(delivery) for delivery in batch.deliveries]
