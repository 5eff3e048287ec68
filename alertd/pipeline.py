"""Event -> rules -> alerts -> one transaction -> sinks. The one writer of alert state.

An event that raises or changes an alert is handled only once the alert's new state and one delivery per
sink stand in the store. What waits while a transaction is written is judged together and committed
together next: group commit under load, no delay without. A quiet event causes no I/O.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, cast

import structlog

from alertd.alerts.judgement import TOLD_ON_CHANGE
from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.alerts.orphans import Configured
from alertd.alerts.routing import Router
from alertd.backlog import Backlog
from alertd.clock import Clock
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.events import EVENT_TYPES, Event, Tick
from alertd.domain.notification import Notification
from alertd.rules.engine import RuleEngine
from alertd.ruling import Ruling
from alertd.store.database import Database
from alertd.telemetry import Cell, Counters

log = structlog.get_logger(__name__)

QUEUE_SIZE = 10_000
BATCH_SIZE = 500  # keeps one transaction short and the loop responsive
# What is told when it changes only: another configuration judges the newest of each anew.
_STATES = frozenset(EVENT_TYPES[kind] for kind in TOLD_ON_CHANGE)


@dataclass(frozen=True, slots=True)
class _Change:
    """Another ruling, in its place among the events."""

    ruling: Ruling
    done: asyncio.Future[None]


class Pipeline:
    """The single consumer of events.

    `committed` is told the sinks that have new deliveries, after each transaction.
    """

    def __init__(
        self,
        *,
        rules: RuleEngine,
        lifecycle: Lifecycle,
        router: Router,
        database: Database,
        clock: Clock,
        counters: Counters,
        committed: Callable[[set[str]], None],
    ) -> None:
        self._rules = rules
        self._lifecycle = lifecycle
        self._open_accounts = lifecycle.open_accounts()
        self._router = router
        self._database = database
        self._clock = clock
        self._counters = counters
        self._committed = committed
        full = counters.cell("event_queue_full_total")
        self._waiting: Backlog[Event | _Change] = Backlog(QUEUE_SIZE, lambda: _count(full))
        self._changes = 0  # of the ruling, that wait
        self._configured: Configured | None = None  # None: as at the start
        self._states: dict[tuple[type[Event], str, str], Event] = {}
        self._evaluated = counters.cell("events_total")
        self.last_progress_s = clock.monotonic_s()

    async def put(self, events: Sequence[Event]) -> None:
        """Hand over events in order. Waits, and counts, while the queue is full: nothing is dropped."""
        await self._waiting.put(events)

    async def run(self) -> NoReturn:
        """Consume for ever. Raises: StoreError when the store cannot be written."""
        while True:
            items = await self._waiting.take(BATCH_SIZE)
            if self._changes:
                await self._handle_in_turn(items)
            else:
                await self._handle(cast("list[Event]", items))
            self._waiting.handled()
            self.last_progress_s = self._clock.monotonic_s()

    async def reconfigure(self, ruling: Ruling) -> None:
        """Judge what is handed over from now on by another ruling. Returns once it is in force."""
        change = _Change(ruling, asyncio.get_running_loop().create_future())
        self._changes += 1
        await self._waiting.put([change])
        await change.done

    async def drained(self) -> None:
        """Wait until everything handed over is handled. For a planned stop: the sources have ended."""
        await self._waiting.drained()

    async def tick(self) -> None:
        """Let the timers of alerts run."""
        now = self._clock.now()
        await self.put([Tick(event_id=f"tick:{now.timestamp()}", exchange="", account="", received_at=now)])

    async def _handle_in_turn(self, items: Sequence[Event | _Change]) -> None:
        """What comes before a change is judged by the old ruling, what comes after it by the new one."""
        batch: list[Event] = []
        for item in items:
            if isinstance(item, _Change):
                await self._handle(batch)
                batch = []
                await self._apply(item)
                self._changes -= 1
            else:
                batch.append(item)
        await self._handle(batch)

    async def _apply(self, change: _Change) -> None:
        ruling, now = change.ruling, self._clock.now()
        self._rules, self._router = ruling.engine, ruling.router
        ended = self._lifecycle.reconfigure(ruling.configured, ruling.router.remind_after, ruling.labels, now)
        self._configured = ruling.configured
        self._states = {key: event for key, event in self._states.items() if self._configured.has(event)}
        await self._commit([ended, *(self._judge(event, now) for event in self._states.values())], now)
        if not change.done.done():
            change.done.set_result(None)

    async def _handle(self, batch: Sequence[Event]) -> None:
        now = self._clock.now()
        self._evaluated.value += len(batch)
        drafts: list[Changes] = []
        for event in batch:
            changes = self._judge(event, now)
            if changes.alerts or changes.notifications:
                drafts.append(changes)
        if drafts:
            await self._commit(drafts, now)

    async def _commit(self, drafts: Iterable[Changes], now: datetime) -> None:
        # Of one alert changed twice in a batch only the newest version is written.
        alerts: dict[tuple[Fingerprint, int], Alert] = {}
        routed: list[tuple[Notification, Sequence[str]]] = []
        for changes in drafts:
            for alert in changes.alerts:
                alerts[alert.fingerprint, alert.episode] = alert
            routed += [(told, self._router.sinks_for(told)) for told in changes.notifications]
        if not alerts and not routed:
            return
        await self._database.commit(list(alerts.values()), routed, now)
        for told, sinks in routed:
            self._record_told(told, sinks)
        self._committed({sink for _, sinks in routed for sink in sinks})

    def _judge(self, event: Event, now: datetime) -> Changes:
        cls = event.__class__
        if cls is Tick:
            return self._lifecycle.tick(now)
        if cls in _STATES:
            if self._configured is not None and not self._configured.has(event):
                return Changes()  # the last word of a sink that was taken away
            self._states[cls, event.account, event.subject] = event
        evaluations = self._rules.evaluate(event, self._lifecycle.is_open, self._open_accounts)
        return self._lifecycle.apply(event, evaluations, now)

    def _record_told(self, told: Notification, sinks: Sequence[str]) -> None:
        self._counters.add("notifications_total", reason=told.reason, severity=told.alert.severity)
        log.info(
            "notification queued",
            reason=str(told.reason),
            severity=str(told.alert.severity),
            rule=told.alert.fingerprint.rule,
            account=told.alert.fingerprint.account,
            subject=told.alert.fingerprint.subject,
            sinks=list(sinks),
        )


def _count(cell: Cell) -> None:
    cell.value += 1
