"""One task per sink: what is due is leased, sent, and its outcome stored.

A delivery stands as `sending` in the store before its send begins, so a process that dies leaves a mark
and the repeat can say "possible duplicate". At least once; a loss is a bug.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate, Outcome, SendResult, Width
from alertd.outbox.health import SinkHealth
from alertd.outbox.meter import Meter
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy, not_tried
from alertd.outbox.slots import Slots
from alertd.store.database import Batch, Database
from alertd.store.delivery_rows import NextDue
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

_DICE = random.Random()  # of our own: what others seed or watch is not touched from here

_NOTHING = NextDue(None, None)  # waits in the store
LONGEST_SEND_S = 120.0  # sinks have time limits of their own; this one frees the slot of one that forgot
LANDING_S = 5.0  # how long a cancelled worker awaits what is in flight
LONGEST_SLEEP_S = 60.0  # the wall clock may be set while we sleep
WAITING_COUNTED_EVERY_S = 5.0
GATHERED_S = 0.005  # outcomes wait no longer for others to be stored with
BEGUN_AT_ONCE = 16  # others on the loop get their turn between so many renderings


class Sink(Protocol):
    """Where deliveries go."""

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> Width: ...
    @property
    def names_at_most(self) -> int:
        """How many deliveries one message can name."""

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        """One attempt at one message for all of them, at least one; its outcome is that of each.

        Raises nothing but CancelledError.
        """

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
        self._slots = Slots(sink.width)
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._sends: asyncio.TaskGroup | None = None  # while `run` runs
        self._in_flight: set[asyncio.Task[None]] = set()
        self._leased: deque[Delivery] = deque()  # to be begun in the loop's next turns
        self._reserved = 0  # slots promised to deliveries that are being queued
        self._next_due: NextDue | None = None  # None: the store may know more than we do
        self._is_stale = False  # more was queued since the last turn was asked for
        self._is_held_up = False  # something was due at the last turn, and nothing of it might be sent
        self._finished: list[DeliveryUpdate] = []  # outcomes that are not stored yet
        self._recording = 0  # outcomes that the store is working on, where it leases nothing with them
        self._asked: asyncio.Future[Batch] | None = None  # the turn the store is working on
        self._counted_at_s: float | None = None
        self._returned: Callable[[], None] | None = None  # set once another worker has taken over

    def wake(self) -> None:
        """New deliveries were committed that were not reserved here."""
        self._next_due, self._is_stale = None, True
        self._stir()

    def reserve(self, criticals: int, others: int) -> tuple[int, int]:
        """How many of the deliveries about to be queued may be sent at once: they can be leased in the same
        transaction. None where others are due before them, or health, pace or slots do not allow it.

        Each counts as in flight, and as paced, until it is given to `begin`.
        """
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        due = self._next_due
        if self._sends is None or self._is_retired() or due is None or self._health.wait_s(now_s) > 0:
            return 0, 0
        room = self._room()
        first = 0 if _is_due(due.critical, now) else self._take(min(criticals, room), now_s, critical=True)
        is_free = not (_is_due(due.critical, now) or _is_due(due.other, now))
        then = self._take(min(others, room - first), now_s, critical=False) if is_free else 0
        self._reserved += first + then
        return first, then

    def begin(self, leased: Sequence[Delivery], reserved: int) -> None:
        """What was `reserved` is stored: send what was leased of it. The rest was stored before."""
        self._reserved -= reserved
        if self._sends is None or self._is_retired():
            self._finished += [not_tried(delivery) for delivery in leased]
            self._stir()
            return
        self._start(leased)
        if len(leased) < reserved:
            self._stir()  # slots are free again

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
            self._sends = sends
            try:
                while not self._is_retired():
                    self._woken.clear()
                    await self._turn()
                    await self._sleep()
                await self._hand_over()
            except asyncio.CancelledError:
                self._sends = None
                await self._land()
                await self._sink.close()
                raise
            finally:
                self._sends = None

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

    def _stir(self) -> None:
        self._idle.clear()
        self._woken.set()

    def _room(self) -> int:
        """How many more deliveries may be leased. Never more stand as `sending` in the store than there are
        slots: those would be in doubt after a crash.
        """
        marked = self._under_way + self._reserved + len(self._finished) + self._recording
        return self._health.slots(marked, self._slots.number)

    @property
    def _under_way(self) -> int:
        return len(self._in_flight) + len(self._leased)

    def _take(self, wanted: int, now_s: float, *, critical: bool) -> int:
        """Take from the pace for up to `wanted` deliveries; for how many it was enough."""
        granted = min(wanted, self._pace.available(now_s, critical))
        for _ in range(granted):
            self._pace.take(now_s, critical)
        return granted

    async def _turn(self) -> None:
        """Store outcomes, and lease what may be sent now: one transaction, or none where there is neither."""
        updates, self._finished = self._finished, []
        if self._next_due == _NOTHING and all(change.next_attempt_at is None for change in updates):
            self._meter.waiting(0)
            if updates:
                self._recording = len(updates)
                await self._database.record(updates)
                self._recording = 0
            return
        if not updates and (self._held_up_s() > 0 or not self._room()):
            return
        batch = await self._lease(updates)
        if self._is_retired():
            self._put_back(batch)
            return
        for delivery in batch.deliveries:
            is_critical = delivery.notification.alert.severity is Severity.CRITICAL
            self._take(1, self._clock.monotonic_s(), critical=is_critical)
        self._start(batch.deliveries)

    def _held_up_s(self) -> float:
        """How long what is known to wait goes on waiting: until then each turn would be in vain."""
        if not self._is_held_up:
            return 0.0
        now_s = self._clock.monotonic_s()
        return max(self._pace.wait_s(now_s, critical=True), self._health.wait_s(now_s))

    async def _lease(self, updates: Sequence[DeliveryUpdate]) -> Batch:
        now_s = self._clock.monotonic_s()
        room = self._room() if self._health.wait_s(now_s) <= 0 else 0
        counted = self._counted_at_s is not None and now_s - self._counted_at_s < WAITING_COUNTED_EVERY_S
        self._next_due, self._is_stale = None, False
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
        self._next_due = None if self._is_stale else batch.next_due
        due, now = batch.next_due, self._clock.now()
        self._is_held_up = _is_due(due.critical, now) or _is_due(due.other, now)
        if batch.waiting is not None:
            self._counted_at_s = now_s
            self._meter.waiting(batch.waiting)
        return batch

    def _start(self, leased: Sequence[Delivery]) -> None:
        if leased:
            self._idle.clear()
            is_starting = bool(self._leased)
            self._leased.extend(leased)
            if not is_starting:
                self._start_some()

    def _start_some(self) -> None:
        """Begin a few, and the others in the loop's next turn."""
        if self._sends is None:  # being cancelled: `_land` gives back what is left
            return
        for _ in range(min(len(self._leased), BEGUN_AT_ONCE)):
            delivery = self._leased.popleft()
            name = f"send:{self._sink.name}:{delivery.delivery_id}"
            self._in_flight.add(self._sends.create_task(self._send(delivery), name=name))
        if self._leased:
            asyncio.get_running_loop().call_soon(self._start_some)

    async def _send(self, delivery: Delivery) -> None:
        try:
            result = await self._attempt(delivery)
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._in_flight.discard(task)
        self._slots.ended(result)
        now = self._clock.now()
        change = self._retry.decide(delivery, result, now, _DICE.random())
        self._finished.append(change)
        if not delivery.notification.is_canary:
            self._meter.attempt(result, change, delivery.created_at)
        self._attempted(self._sink.name, result.outcome, now)
        if not self._is_retired():  # else its successor tells how the sink stands
            self._judge(result, change, now)
        self._woken.set()

    async def _attempt(self, delivery: Delivery) -> SendResult:
        try:
            async with asyncio.timeout(self._longest_send_s):
                return await self._sink.send((delivery,), self._clock.now())
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

    async def _sleep(self) -> None:
        """Until woken, or until something may be sent again."""
        delay_s = self._delay_s()
        if delay_s > 0:
            due, now = self._next_due, self._clock.now()
            is_due = due is None or _is_due(due.critical, now) or _is_due(due.other, now)
            if not (is_due or self._under_way or self._reserved or self._finished or self._woken.is_set()):
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._woken.wait()
        await self._gather()

    async def _gather(self) -> None:
        """While most slots are taken nobody waits for the next turn: let it serve several."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHERED_S):
                while 2 * self._under_way > self._slots.number and not self._is_retired():
                    self._woken.clear()
                    await self._woken.wait()

    def _delay_s(self) -> float:
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        if not self._room():
            return LONGEST_SLEEP_S  # a slot that becomes free wakes us
        if self._next_due is None:
            return min(self._held_up_s(), LONGEST_SLEEP_S)
        delays = [LONGEST_SLEEP_S]
        for at, critical in ((self._next_due.critical, True), (self._next_due.other, False)):
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
            if not (self._under_way or self._finished or self._reserved):
                break
            await self._woken.wait()
        await self._sink.close()

    async def _land(self) -> None:
        """Cancelled: give what is in flight a bounded time, then store every outcome there is."""
        self._finished += [not_tried(delivery) for delivery in self._leased]
        self._leased.clear()
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


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
