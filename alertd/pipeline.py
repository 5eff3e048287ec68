"""Event -> rules -> alerts -> one transaction -> sinks. The one writer of alert state.

An event that raises or changes an alert is handled only once the alert's new state and one delivery per
sink stand in the store. What waits while a transaction is written is judged together and committed
together next: group commit under load, no delay without. A quiet event causes no I/O; what rules that
look back remember is stored with the alerts they raise, and otherwise a while after it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NoReturn, Protocol

import msgspec
import structlog

from alertd.alerts.judgement import TOLD_ON_CHANGE
from alertd.alerts.ledger import Withheld
from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.alerts.mutes import is_silence
from alertd.alerts.orphans import Configured
from alertd.alerts.routing import Router
from alertd.backlog import Backlog
from alertd.clock import Clock
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.canary import is_canary
from alertd.domain.command import AnyCommand, CommandRefused
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import EVENT_TYPES, Event, MarginState, Tick
from alertd.domain.notification import Address, Delivery, Notification
from alertd.domain.silence import Silence
from alertd.rules.engine import RuleEngine
from alertd.rules.memories import Memories
from alertd.ruling import Ruling
from alertd.slices import SLICE_S, in_slices
from alertd.store.database import Database
from alertd.telemetry import Cell, Counters

log = structlog.get_logger(__name__)

QUEUE_SIZE = 10_000
BATCH_SIZE = 500  # keeps one transaction short
# What is told when it changes only: another configuration judges the newest of each anew.
_STATES = frozenset(EVENT_TYPES[kind] for kind in TOLD_ON_CHANGE)


def tell_afresh(rules: Sequence[str]) -> None:
    """Say which rules have lost their memory, because what they look at has changed."""
    for name in rules:
        log.info("rule changed: what it looks back on begins anew", rule=name)


class _Change(msgspec.Struct, frozen=True):
    """Another ruling, in its place among the events; None: the place alone."""

    ruling: Ruling | None
    done: asyncio.Future[None]


class _Wish(msgspec.Struct, frozen=True):
    """What a person wants, in its place among the events."""

    command: AnyCommand
    done: asyncio.Future[Changes]


Routed = Sequence[tuple[Notification, Sequence[Address]]]


class Reservation(Protocol):
    """What can be sent as soon as it is stored."""

    @property
    def begun(self) -> Collection[tuple[int, str]]:
        """By the notification's place among those to be queued, and the sink."""

    @property
    def routed(self) -> Routed:
        """What is to be queued: a stand-in for sinks that are known to fail does not wait."""

    def stored(self, outcome: asyncio.Future[list[Delivery]]) -> None:
        """The transaction is over: what it leased is sent, the sinks with more are woken."""


class Outbox(Protocol):
    """Where deliveries go once they are stored."""

    def reserve(self, routed: Routed) -> Reservation:
        """Before the transaction that queues them. Each reservation must be told that it is stored."""


class Pipeline:
    """The single consumer of events."""

    def __init__(
        self,
        *,
        rules: RuleEngine,
        memories: Memories,
        lifecycle: Lifecycle,
        router: Router,
        database: Database,
        clock: Clock,
        counters: Counters,
        outbox: Outbox,
    ) -> None:
        self._rules = rules
        self._memories = memories
        self._lifecycle = lifecycle
        self._open_accounts = lifecycle.open_accounts()
        self._router = router
        self._database = database
        self._clock = clock
        self._counters = counters
        self._outbox = outbox
        full = counters.cell("event_queue_full_total")
        self._waiting: Backlog[Event | _Change | _Wish] = Backlog(QUEUE_SIZE, lambda: _count(full))
        self._configured: Configured | None = None  # None: as at the start
        self._states: dict[tuple[type[Event], str, str], Event] = {}
        self._evaluated = counters.cell("events_total")
        self.last_progress_s = clock.monotonic_s()

    async def put(self, events: Sequence[Event]) -> None:
        """Hand over events in order. Waits, and counts, while the queue is full: nothing is dropped.

        What is quiet, with nothing before it that waits, is judged here and now: most of all pushes.
        """
        quiet = 0
        if self._waiting.is_idle:
            for event in events:
                if not self._is_quiet(event):
                    break
                quiet += 1
            self._evaluated.value += quiet
        if quiet < len(events):
            await self._waiting.put(events[quiet:] if quiet else events)

    async def run(self) -> NoReturn:
        """Consume for ever. Raises: StoreError when the store cannot be written."""
        while True:
            items = await self._waiting.take(BATCH_SIZE)
            await self._handle(items)
            self._waiting.handled()
            self.last_progress_s = self._clock.monotonic_s()

    async def reconfigure(self, ruling: Ruling) -> None:
        """Judge what is handed over from now on by another ruling. Returns once it is in force."""
        await self._reach(_Change(ruling, asyncio.get_running_loop().create_future()))

    async def command(self, command: AnyCommand) -> Changes:
        """Do what a person wants, after what was handed over before. Returns what it changed, once that and
        the command stand in the store.

        Raises: CommandRefused; nothing was changed or stored then.
        """
        done: asyncio.Future[Changes] = asyncio.get_running_loop().create_future()
        await self._waiting.put([_Wish(command, done)])
        return await done

    async def handled(self) -> None:
        """Wait until all that was handed over before is handled: what it changes stands in the store."""
        await self._reach(_Change(None, asyncio.get_running_loop().create_future()))

    async def _reach(self, change: _Change) -> None:
        await self._waiting.put([change])
        await change.done

    async def drained(self) -> None:
        """Wait until everything handed over is handled, and all that rules remember is stored.

        For a planned stop: the sources have ended.
        """
        await self._waiting.drained()
        if memories := self._memories.to_store(everything=True):
            await self._database.commit([], [], self._clock.now(), memories=memories)

    async def tick(self) -> None:
        """Let the timers of alerts run."""
        now = self._clock.now()
        await self.put([Tick(event_id=f"tick:{now.timestamp()}", exchange="", account="", received_at=now)])

    async def _handle(self, items: Sequence[Event | _Change | _Wish]) -> None:
        """In order, and in slices: others on the loop get their turn, and what is told leaves meanwhile.

        What one event changes is a slice or several, too, where timers of many alerts run out at once. They
        are done before the next item: it may be about the same alerts.
        """
        judged: list[Changes] = []
        began_s, now = self._clock.monotonic_s(), self._clock.now()
        for item in items:
            if isinstance(item, _Change | _Wish):
                await self._commit(judged, now)
                await (self._apply(item) if isinstance(item, _Change) else self._obey(item))
                judged = []
                began_s, now = self._clock.monotonic_s(), self._clock.now()
                continue
            self._evaluated.value += not is_canary(item)
            for together in self._judged(item, now):
                judged += together
                if self._clock.monotonic_s() - began_s <= SLICE_S:
                    continue
                await self._commit(judged, now)
                await asyncio.sleep(0)
                judged = []
                began_s, now = self._clock.monotonic_s(), self._clock.now()
        await self._commit(judged, now)

    async def _apply(self, change: _Change) -> None:
        if change.ruling is not None:
            await self._change_to(change.ruling)
        if not change.done.done():
            change.done.set_result(None)

    async def _obey(self, wish: _Wish) -> None:
        """Refused or stored; whoever asked may have left meanwhile."""
        command, now = wish.command, self._clock.now()
        kind = type(command).__name__
        try:
            changes = await in_slices(self._lifecycle.obey(command, now), self._clock.monotonic_s)
        except CommandRefused as refused:
            log.info("command refused", command=kind, person=command.person, problem=refused.problem)
            if not wish.done.done():
                wish.done.set_exception(refused)
            return
        await self._commit([changes], now, [command])
        log.info("command done", command=kind, person=command.person, alerts=len(changes.alerts))
        if not wish.done.done():
            wish.done.set_result(changes)

    async def _change_to(self, ruling: Ruling) -> None:
        now = self._clock.now()
        self._rules, self._router = ruling.engine, ruling.router
        tell_afresh(self._memories.reconfigure(ruling.engine.looking_back, ruling.labels))
        router = ruling.router
        ended = self._lifecycle.reconfigure(
            ruling.configured, router.remind_after, ruling.labels, now, router, ruling.muting
        )
        self._configured = ruling.configured
        self._states = {key: event for key, event in self._states.items() if self._configured.has(event)}
        # Not by the rules that look back: they have seen these events already.
        anew = (
            changes
            for event in self._states.values()
            for changes in self._lifecycle.apply(event, self._evaluate(event), now)
        )
        await self._commit([ended, *anew], now)

    async def _commit(
        self, drafts: Iterable[Changes], now: datetime, commands: Sequence[AnyCommand] = ()
    ) -> None:
        # Of one alert changed twice in a batch only the newest version is written.
        alerts: dict[tuple[Fingerprint, int], Alert] = {}
        silences: dict[str, Silence] = {}
        routed: list[tuple[Notification, Sequence[Address]]] = []
        withheld: list[Withheld] = []
        for changes in drafts:
            for alert in changes.alerts:
                alerts[alert.fingerprint, alert.episode] = alert
            silences |= {silence.silence_id: silence for silence in changes.silences}
            withheld += changes.withheld
            routed += [(told, self._router.addresses_for(told, now)) for told in changes.notifications]
        memories = self._memories.to_store()
        if not (alerts or silences or routed or memories or commands):
            return
        reserved = self._outbox.reserve(routed)
        stored = self._database.commit(
            list(alerts.values()),
            reserved.routed,
            now,
            begun=reserved.begun,
            memories=memories,
            commands=commands,
            silences=list(silences.values()),
        )
        # A callback, and not after the await: what is leased must be sent even if this task is cancelled.
        stored.add_done_callback(reserved.stored)
        await asyncio.shield(stored)
        await asyncio.sleep(0)  # the sends begin
        said = log.bind()
        for told, addresses in routed:
            if not told.is_canary:
                self._record_told(said, told, addresses)
        for one in withheld:
            self._record_withheld(said, one)

    def _is_quiet(self, event: Event) -> bool:
        """Whether judging it changes nothing. Keeps nothing: an event that is not quiet is judged again."""
        if event.__class__ is not MarginState:
            return False
        lifecycle, accounts = self._lifecycle, self._open_accounts
        return not (
            self._rules.evaluate(event, lifecycle.is_open, accounts)
            or not lifecycle.is_untouched_by(event)
            or not self._memories.is_untouched_by(event, accounts)
        )

    def _judged(self, event: Event, now: datetime) -> Iterator[Sequence[Changes]]:
        """What an event changes, and what is observed thereby: what is to be committed together, in order."""
        for changes in self._judge(event, now):
            if changes.events:  # of the last piece only
                yield [changes, *(more for one in changes.events for more in self._judge(one, now))]
            else:
                yield (changes,)

    def _judge(self, event: Event, now: datetime) -> Iterable[Changes]:
        cls = event.__class__
        if cls is Tick:
            found = self._memories.tick(event, self._lifecycle.is_open)
            return self._lifecycle.apply(event, found, now) if found else self._lifecycle.tick(now)
        if cls in _STATES:
            if self._configured is not None and not self._configured.has(event):
                return ()  # the last word of a sink that was taken away
            self._states[cls, event.account, event.subject] = event
        evaluations = self._evaluate(event)
        if cls in self._memories.kinds and not is_canary(event):
            evaluations += self._memories.judge(event, self._lifecycle.is_open, self._open_accounts)
        return self._lifecycle.apply(event, evaluations, now)

    def _evaluate(self, event: Event) -> list[Evaluation]:
        return self._rules.evaluate(event, self._lifecycle.is_open, self._open_accounts)

    def _record_withheld(self, said: Any, one: Withheld) -> None:
        name, severity = one.alert.fingerprint, one.alert.severity
        by = "silence" if any(is_silence(mute) for mute in one.by) else "inhibition"
        self._counters.add("notifications_muted_total", by=by, reason=one.reason, severity=severity)
        said.info(
            "notification muted",
            by=list(one.by),
            reason=str(one.reason),
            severity=str(severity),
            rule=name.rule,
            account=name.account,
            subject=name.subject,
        )

    def _record_told(self, said: Any, told: Notification, addresses: Sequence[Address]) -> None:
        """`said`: the log, bound once for all of a transaction."""
        self._counters.add("notifications_total", reason=told.reason, severity=told.alert.severity)
        said.info(
            "notification queued",
            reason=str(told.reason),
            severity=str(told.alert.severity),
            rule=told.alert.fingerprint.rule,
            account=told.alert.fingerprint.account,
            subject=told.alert.fingerprint.subject,
            sinks=[address.sink for address in addresses],
        )


def _count(cell: Cell) -> None:
    cell.value += 1
