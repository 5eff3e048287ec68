"""When a sink has something to do, and what it may be given now: asked of the store, one turn at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.notification import Comeback, Delivery, DeliveryUpdate
from alertd.outbox.health import SinkHealth
from alertd.outbox.merging import Allowance, bundles
from alertd.outbox.meter import Meter
from alertd.outbox.pacing import PaceMark, TokenBucket
from alertd.store.database import Database
from alertd.store.delivery_rows import NextDue
from alertd.store.lease_rows import LOOKED_AT
from alertd.store.turns import Batch

NOTHING = NextDue(None, None)  # waits in the store
LONGEST_SLEEP_S = 60.0  # the wall clock may be set while we sleep
WAITING_COUNTED_EVERY_S = 5.0
COALESCED_EVERY_S = 1.0  # nobody reads hundreds of names a second, and the other sinks need the time


class Leasing:
    """Of one sink: when it is next needed, and what its pace and health allow by then."""

    def __init__(
        self,
        sink: str,
        database: Database,
        clock: Clock,
        pace: TokenBucket,
        health: SinkHealth,
        meter: Meter,
        *,
        wakes: bool = False,
    ) -> None:
        self._sink = sink
        self._database = database
        self._clock = clock
        self._pace = pace
        self._health = health
        self._meter = meter
        self._wakes = wakes
        self._pace_fact = f"pace:{sink}"
        self._is_pace_kept = True  # nothing was taken since it was stored
        self._next_due: NextDue | None = None  # None: the store may know more than we do
        self._is_stale = False  # more was queued since the last turn was asked for
        self._is_held_up = False  # something was due at the last turn, and nothing of it might be sent
        self._counted_at_s: float | None = None
        self._coalesce_at_s = 0.0  # no sooner the next of those that share a message for want of pace
        self.asked: asyncio.Future[Batch] | None = None  # the turn the store is working on

    async def resume_pace(self) -> None:
        """What was sent before a restart counts on."""
        if not self._pace.per_s or not self._pace.is_fresh:
            return
        kept = await self._database.read_fact(self._pace_fact)
        if kept is not None:
            mark = msgspec.json.decode(kept, type=PaceMark)
            self._pace.resume(mark, self._clock.monotonic_s(), self._clock.now())

    def more_was_queued(self) -> None:
        """The next turn finds out when."""
        self._next_due, self._is_stale = None, True

    def knows_of_due(self, now: datetime, *, critical: bool, other: bool) -> bool:
        """Whether some of the kinds asked for is due, so that more of it changes nothing before it leaves."""
        due = self.is_due(now)
        return due is not None and due[0] >= critical and due[1] >= other

    @property
    def knows_of_nothing(self) -> bool:
        """Nothing waits in the store."""
        return self._next_due == NOTHING

    def is_due(self, now: datetime) -> tuple[bool, bool] | None:
        """Whether something critical, or something else, is due now; None: the store has to be asked."""
        due = self._next_due
        return None if due is None else (_is_due(due.critical, now), _is_due(due.other, now))

    def take(self, wanted: int, *, critical: bool) -> int:
        """Take from the pace for up to `wanted` messages; for how many it was enough."""
        if not self._pace.per_s:
            return wanted
        now_s = self._clock.monotonic_s()
        granted = min(wanted, self._pace.available(now_s, critical))
        for _ in range(granted):
            self._pace.take(now_s, critical)
        self._is_pace_kept = self._is_pace_kept and not granted
        return granted

    def held_up_s(self) -> float:
        """How long what is known to wait goes on waiting: until then each turn would be in vain."""
        if not self._is_held_up:
            return 0.0
        now_s = self._clock.monotonic_s()
        return max(self._pace.wait_s(now_s, critical=True), self._health.wait_s(now_s))

    def delay_s(self) -> float:
        """How long until something may be sent again, if nothing wakes us before."""
        if self._next_due is None:
            return min(self.held_up_s(), LONGEST_SLEEP_S)
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        delays = [LONGEST_SLEEP_S]
        for at, critical in ((self._next_due.critical, True), (self._next_due.other, False)):
            if at is not None:
                until_due_s = (at - now).total_seconds()
                wait_s = max(self._pace.wait_s(now_s, critical), self._health.wait_s(now_s))
                calm_s = 0.0 if critical else self._coalesce_at_s - now_s
                delays.append(max(until_due_s, wait_s, calm_s))
        return min(delays)

    def facts(self) -> Mapping[str, str]:
        """What is to be stored with the next transaction: what is left of the pace, if it changed."""
        if self._is_pace_kept or not self._pace.per_s:
            return {}
        self._is_pace_kept = True
        mark = self._pace.mark(self._clock.monotonic_s(), self._clock.now())
        return {self._pace_fact: msgspec.json.encode(mark).decode()}

    async def lease(
        self,
        updates: Sequence[DeliveryUpdate],
        room: int,
        names_at_most: int,
        alone: Collection[int],
        comeback: Comeback | None = None,
    ) -> Batch:
        """Store outcomes, and claim what may leave now in up to `room` messages: one transaction.

        `comeback`: they show that the sink works again.
        """
        now_s = self._clock.monotonic_s()
        may = self._allowance(now_s, room, names_at_most, alone)
        counted = self._counted_at_s is not None and now_s - self._counted_at_s < WAITING_COUNTED_EVERY_S
        is_held_up = may.is_probe or self._health.wait_s(now_s) > 0  # the next turn may be long in coming
        self._next_due, self._is_stale = None, False
        self.asked = self._database.turn(
            self._sink,
            updates,
            self._clock.now(),
            limit=_seen(may, may.criticals),
            others=_seen(may, may.others),
            choose=partial(bundles, may=may),
            crowd=may.crowd,
            all_urgencies=may.is_probe,
            facts=self.facts(),
            with_waiting=is_held_up or not counted,
            comeback=comeback,
            wakes=self._wakes,
            is_patient=may.per_s > 0,
        )
        # Shielded: what it leases must be known here even if this task is being cancelled.
        batch = await asyncio.shield(self.asked)
        self.asked = None
        self._learn(batch, now_s)
        if may.per_s and any(map(_is_coalesced, batch.bundles)):
            self._coalesce_at_s = now_s + COALESCED_EVERY_S
        return batch

    def _allowance(self, now_s: float, room: int, names_at_most: int, alone: Collection[int]) -> Allowance:
        return Allowance(
            messages=room if self._health.wait_s(now_s) <= 0 else 0,
            criticals=self._pace.available(now_s, critical=True),
            others=self._pace.available(now_s, critical=False) if now_s >= self._coalesce_at_s else 0,
            per_s=self._pace.per_s,
            names_at_most=names_at_most,
            alone=frozenset(alone),
            shown=LOOKED_AT,
            is_probe=self._health.is_failing,
        )

    def _learn(self, batch: Batch, asked_at_s: float) -> None:
        self._next_due = None if self._is_stale else batch.next_due
        due, now = batch.next_due, self._clock.now()
        self._is_held_up = _is_due(due.critical, now) or _is_due(due.other, now)
        self._meter.spared(batch.spared)
        if batch.waiting is not None:
            self._counted_at_s = asked_at_s
            self._meter.waiting(batch.waiting.critical, batch.waiting.other)


def _seen(may: Allowance, granted: int) -> int:
    """How many rows of an urgency have to be seen, where no message is shared."""
    messages = min(may.messages, granted)
    return LOOKED_AT if may.is_probe and messages else messages


def _is_coalesced(bundle: Sequence[Delivery]) -> bool:
    return len(bundle) > 1 and bundle[0].notification.alert.severity is not Severity.CRITICAL


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
