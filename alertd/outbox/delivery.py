"""One task per sink: what is due is leased, sent, and its outcome stored.

A delivery stands as `sending` in the store before its send begins, so a process that dies leaves a mark
and the repeat can say "possible duplicate". At least once; a loss is a bug. What leaves in one message has
one outcome, which is stored for each of its deliveries in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Delivery, DeliveryUpdate, Outcome, SendResult
from alertd.outbox.flight import Bundle, Flight, Sink
from alertd.outbox.health import SinkHealth
from alertd.outbox.leasing import LONGEST_SLEEP_S, Leasing
from alertd.outbox.merging import in_order
from alertd.outbox.meter import Meter
from alertd.outbox.outcomes import Outcomes
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy, not_tried
from alertd.outbox.slots import Slots
from alertd.store.database import Database
from alertd.store.turns import Batch
from alertd.telemetry import Counters

LONGEST_SEND_S = 120.0  # sinks have time limits of their own; this one frees the slot of one that forgot
LANDING_S = 5.0  # how long a cancelled worker awaits what is in flight
GATHERED_S = 0.005  # outcomes wait no longer for others to be stored with


class SinkWorker:
    """Keeps one sink supplied.

    `report` is told when the sink's health changes, `attempted` the outcome of each attempt, `elsewhere`
    which other sinks have something to do because of what happened here. `wakes`: it rings a telephone, but
    not for an escalation that somebody has answered by then.
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
        elsewhere: Callable[[Iterable[str]], None] = lambda _: None,
        wakes: bool = False,
        longest_send_s: float = LONGEST_SEND_S,
        landing_s: float = LANDING_S,
    ) -> None:
        self._sink = sink
        self._database = database
        self._clock = clock
        self._attempted = attempted
        self._elsewhere = elsewhere
        self._landing_s = landing_s
        self._health = SinkHealth()
        meter = Meter(counters, sink.name)
        self._meter = meter
        self._leasing = Leasing(
            sink.name, database, clock, pace or TokenBucket(0), self._health, meter, wakes=wakes
        )
        self._outcomes = Outcomes(sink.name, retry, self._health, meter, report)
        self._flight = Flight(sink, clock, longest_send_s, self._landed)
        self._slots = Slots(sink.width)
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._reserved = 0  # slots promised to deliveries that are being queued
        self._finished: list[list[DeliveryUpdate]] = []  # outcomes that are not stored yet, by message
        self._is_gathering = False
        self._recording = 0  # messages whose outcomes the store works on, where it leases nothing with them
        self._returned: Callable[[], None] | None = None  # set once another worker has taken over

    @property
    def is_sick(self) -> bool:
        """The sink is known not to take what it is given."""
        return self._health.is_sick

    def wake(self) -> None:
        """New deliveries were committed that were not reserved here."""
        self._leasing.more_was_queued()
        self._stir()

    def queued(self, *, critical: bool, other: bool) -> None:
        """The same, where it is known what was queued and that it is due at once. Behind others of its kind
        that wait already it changes nothing: thousands a second that a pace holds up ask no store.
        """
        if not self._leasing.knows_of_due(self._clock.now(), critical=critical, other=other):
            self.wake()

    def reserve(self, criticals: int, others: int) -> tuple[int, int]:
        """How many of the deliveries about to be queued may be sent at once: they can be leased in the same
        transaction. None where others are due before them, or health, pace or slots do not allow it.

        Each counts as in flight, and as paced, until it is given to `begin`.
        """
        due = self._leasing.is_due(self._clock.now())
        if not self._flight.is_open or self._is_retired() or due is None:
            return 0, 0
        if self._health.wait_s(self._clock.monotonic_s()) > 0:
            return 0, 0
        room = self._room()
        first = 0 if due[0] else self._leasing.take(min(criticals, room), critical=True)
        is_free = not (due[0] or due[1])
        then = self._leasing.take(min(others, room - first), critical=False) if is_free else 0
        self._reserved += first + then
        return first, then

    def prepare(self, delivery: Delivery) -> None:
        """One of what was reserved is being stored; `begin` follows, with the same if that succeeds."""
        self._flight.prepare(delivery)

    def begin(self, leased: Sequence[Delivery], reserved: int) -> None:
        """What was `reserved` is stored: send what was leased of it. The rest was stored before."""
        self._reserved -= reserved
        if not self._flight.is_open or self._is_retired():
            self._put_back([(delivery,) for delivery in leased])
            self._stir()
            return
        self._start([(delivery,) for delivery in leased])
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
            self._flight.open(sends)
            try:
                await self._leasing.resume_pace()
                while not self._is_retired():
                    self._woken.clear()
                    await self._turn()
                    await self._sleep()
                await self._hand_over()
            except asyncio.CancelledError:
                self._put_back(self._flight.close())
                await self._land()
                await self._sink.close()
                raise
            finally:
                self._put_back(self._flight.close())

    async def drain(self, timeout_s: float) -> bool:
        """While `run` runs: wait until nothing is due or in flight. Returns False if the time was too short.

        What waits for a later attempt stays in the store.
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
        """How many more messages may be leased. Never more stand as `sending` in the store than there are
        slots: those would be in doubt after a crash.
        """
        marked = self._flight.under_way + self._reserved + len(self._finished) + self._recording
        return self._health.slots(marked, self._slots.number)

    async def _turn(self) -> None:
        """Store outcomes, and lease what may be sent now: one transaction, or none where there is neither."""
        finished, self._finished = self._finished, []
        comeback, self._outcomes.comeback = self._outcomes.comeback, None
        updates = [change for message in finished for change in message]
        if self._leasing.knows_of_nothing and all(change.next_attempt_at is None for change in updates):
            self._meter.waiting(0, 0)
            if updates:
                self._recording = len(finished)
                await self._record(updates)
                self._recording = 0
            return
        if not updates and (self._leasing.held_up_s() > 0 or not self._room()):
            return
        batch = await self._leasing.lease(
            updates, self._room(), self._sink.names_at_most, self._outcomes.alone, comeback
        )
        self._elsewhere(batch.hastened)
        if self._is_retired():
            self._put_back(batch.bundles)
            return
        for bundle in batch.bundles:
            self._leasing.take(1, critical=_is_critical(bundle))
        self._start([in_order(bundle) if len(bundle) > 1 else bundle for bundle in batch.bundles])

    def _start(self, leased: Sequence[Bundle]) -> None:
        if leased:
            self._idle.clear()
            self._flight.begin(leased)

    def _landed(self, bundle: Bundle, result: SendResult) -> None:
        self._slots.ended(result)
        now = self._clock.now()
        is_judged = not self._is_retired()  # else its successor tells how the sink stands
        self._finished.append(
            self._outcomes.of(bundle, result, now, self._clock.monotonic_s(), is_judged=is_judged)
        )
        self._attempted(self._sink.name, result.outcome, now)
        if not (self._is_gathering and self._may_gather()):  # a wake-up for each costs as much as its outcome
            self._woken.set()

    async def _record(self, updates: Sequence[DeliveryUpdate]) -> None:
        hastened = await self._database.record(updates, self._clock.now(), self._leasing.facts())
        self._elsewhere(hastened)

    async def _sleep(self) -> None:
        """Until woken, or until something may be sent again."""
        delay_s = self._leasing.delay_s() if self._room() else LONGEST_SLEEP_S  # a free slot wakes us
        if delay_s > 0:
            due = self._leasing.is_due(self._clock.now())
            is_busy = due is None or any(due) or self._flight.under_way or self._reserved or self._finished
            if not (is_busy or self._woken.is_set()):
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._woken.wait()
        await self._gather()

    async def _gather(self) -> None:
        """While nobody waits for the next turn, let it serve several."""
        if not self._may_gather():
            return
        self._is_gathering = True
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHERED_S):
                    while self._may_gather():
                        self._woken.clear()
                        await self._woken.wait()
        finally:
            self._is_gathering = False

    def _may_gather(self) -> bool:
        """Most slots are taken; or there are outcomes to be stored, others are to come, and nothing waits."""
        under_way = self._flight.under_way
        is_full = 2 * under_way > self._slots.number
        is_last = under_way and self._finished and self._leasing.knows_of_nothing
        return not self._is_retired() and bool(is_full or is_last)

    async def _hand_over(self) -> None:
        """Retired: each outcome is stored as it comes, so that a send that hangs holds up no other."""
        while True:
            self._woken.clear()
            await self._record(self._take_finished())
            if self._returned is not None:
                self._returned()
            if not (self._flight.under_way or self._finished or self._reserved):
                break
            await self._woken.wait()
        await self._sink.close()

    async def _land(self) -> None:
        """Cancelled: give what is in flight a bounded time, then store every outcome there is."""
        asked = self._leasing.asked
        if asked is not None:
            await asyncio.wait({asked}, timeout=self._landing_s)
            if asked.done() and not asked.cancelled() and asked.exception() is None:
                batch: Batch = asked.result()
                self._put_back(batch.bundles)
        await self._flight.land(self._landing_s)
        if self._finished:
            await self._record(self._take_finished())

    def _take_finished(self) -> list[DeliveryUpdate]:
        finished, self._finished = self._finished, []
        return [change for message in finished for change in message]

    def _put_back(self, unsent: Iterable[Bundle]) -> None:
        self._finished += [[not_tried(delivery) for delivery in bundle] for bundle in unsent]


def _is_critical(bundle: Bundle) -> bool:
    return any(delivery.notification.alert.severity is Severity.CRITICAL for delivery in bundle)
