"""Event -> rules -> alerts -> one transaction -> sinks. The one writer of alert state.

An event that raises or changes an alert is handled only once the alert's new state and one delivery per
sink stand in the store. What waits while a transaction is written is judged together and committed
together next: group commit under load, no delay without. A quiet event causes no I/O; what rules that
look back remember is stored with the alerts they raise, and otherwise a while after it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NoReturn

import msgspec
import structlog

from alertd.actions.desk import ActionDesk
from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.alerts.routing import Router
from alertd.backlog import Backlog
from alertd.clock import Clock
from alertd.domain.action import ActionChanges
from alertd.domain.canary import is_canary
from alertd.domain.command import AnyCommand, CommandRefused
from alertd.domain.events import Event, Tick
from alertd.heralding import record_told, record_withheld
from alertd.judging import Judging
from alertd.rules.engine import RuleEngine
from alertd.rules.memories import Memories
from alertd.ruling import Ruling
from alertd.slices import SLICE_S, in_slices
from alertd.store.database import Database
from alertd.telemetry import Cell, Counters
from alertd.transaction import Outbox, Together
from alertd.triggering import Work, is_about_actions

log = structlog.get_logger(__name__)

QUEUE_SIZE = 10_000
BATCH_SIZE = 500  # keeps one transaction short


class _Change(msgspec.Struct, frozen=True):
    """Another ruling, in its place among the events; None: the place alone."""

    ruling: Ruling | None
    done: asyncio.Future[None]


class _Wish(msgspec.Struct, frozen=True):
    """What a person wants, in its place among the events."""

    command: AnyCommand
    done: asyncio.Future[Changes]


class _Act(msgspec.Struct, frozen=True):
    """What whoever carries actions out reports, in its place among the events."""

    work: Work
    done: asyncio.Future[ActionChanges]


_Item = Event | _Change | _Wish | _Act


class Pipeline:
    """The single consumer of events.

    `desk`: who decides about actions; None: there are none. `on_acted` is called whenever something about
    them has changed, once that is stored.
    """

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
        desk: ActionDesk | None = None,
    ) -> None:
        self._judging = Judging(rules, memories, lifecycle, desk)
        self._actions = self._judging.actions
        self._memories = memories
        self._lifecycle = lifecycle
        self._router = router
        self._database = database
        self._clock = clock
        self._counters = counters
        self._outbox = outbox
        full = counters.cell("event_queue_full_total")
        self.on_acted: Callable[[], None] = lambda: None
        self._waiting: Backlog[_Item] = Backlog(QUEUE_SIZE, lambda: _count(full))
        self._evaluated = counters.cell("events_total")
        self.last_progress_s = clock.monotonic_s()

    async def put(self, events: Sequence[Event]) -> None:
        """Hand over events in order. Waits, and counts, while the queue is full: nothing is dropped.

        What is quiet, with nothing before it that waits, is judged here and now: most of all pushes.
        """
        quiet = 0
        if self._waiting.is_idle:
            judging = self._judging
            for event in events:
                if not judging.is_quiet(event):
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

    @property
    def acts(self) -> ActionDesk:
        """Who decides about actions: to be looked at. What changes something goes through `act`."""
        if self._actions is None:
            raise LookupError("this pipeline was made without actions")
        return self._actions.desk

    async def act(self, work: Work) -> ActionChanges:
        """Let the desk change something, after what was handed over before. Returns what it changed, once
        that stands in the store with the alerts that follow from it.
        """
        done: asyncio.Future[ActionChanges] = asyncio.get_running_loop().create_future()
        await self._waiting.put([_Act(work, done)])
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

    async def _handle(self, items: Sequence[_Item]) -> None:
        """In order, and in slices: others on the loop get their turn, and what is told leaves meanwhile.

        What one event changes is a slice or several, too, where timers of many alerts run out at once. They
        are done before the next item: it may be about the same alerts.
        """
        judged: list[Changes] = []
        began_s, now = self._clock.monotonic_s(), self._clock.now()
        for item in items:
            if isinstance(item, _Change | _Wish | _Act):
                await self._commit(judged, now)
                await self._apply(item)
                judged = []
                began_s, now = self._clock.monotonic_s(), self._clock.now()
                continue
            self._evaluated.value += not is_canary(item)
            for together in self._judging.judged(item, now):
                judged += together
                if self._clock.monotonic_s() - began_s <= SLICE_S:
                    continue
                await self._commit(judged, now)
                await asyncio.sleep(0)
                judged = []
                began_s, now = self._clock.monotonic_s(), self._clock.now()
        await self._commit(judged, now)

    async def _apply(self, item: _Change | _Wish | _Act) -> None:
        if isinstance(item, _Wish):
            return await self._obey(item)
        if isinstance(item, _Act):
            return await self._act(item)
        if item.ruling is not None:
            await self._change_to(item.ruling)
        if not item.done.done():
            item.done.set_result(None)
        return None

    async def _act(self, report: _Act) -> None:
        """Whoever reports may have left meanwhile: what was done stands all the same."""
        actions, now = self._actions, self._clock.now()
        if actions is None:
            raise LookupError("this pipeline was made without actions")
        try:
            acted, follows = actions.act(report.work, now)
        except CommandRefused as refused:
            if not report.done.done():
                report.done.set_exception(refused)
            return
        await self._commit(follows, now)
        if not report.done.done():
            report.done.set_result(acted)

    async def _obey(self, wish: _Wish) -> None:
        """Refused or stored; whoever asked may have left meanwhile."""
        command, now = wish.command, self._clock.now()
        kind = type(command).__name__
        try:
            changes, follows = await self._obeyed(command, now)
        except CommandRefused as refused:
            log.info("command refused", command=kind, person=command.person, problem=refused.problem)
            if not wish.done.done():
                wish.done.set_exception(refused)
            return
        await self._commit([changes, *follows], now, [command])
        log.info("command done", command=kind, person=command.person, alerts=len(changes.alerts))
        if not wish.done.done():
            wish.done.set_result(changes)

    async def _obeyed(self, command: AnyCommand, now: datetime) -> tuple[Changes, Sequence[Changes]]:
        """What it changes, and what follows from that. Raises: CommandRefused."""
        actions = self._actions
        if not is_about_actions(command):
            changes = await in_slices(self._lifecycle.obey(command, now), self._clock.monotonic_s)
            return changes, actions.triggered([changes], now) if actions is not None else []
        if actions is None:
            raise CommandRefused("no action is configured", "write an [actions.NAME] table first")
        return Changes(), actions.obey(command, now)

    async def _change_to(self, ruling: Ruling) -> None:
        now = self._clock.now()
        self._router = ruling.router
        await self._commit(self._judging.change_to(ruling, now), now)

    async def _commit(
        self, drafts: Iterable[Changes], now: datetime, commands: Sequence[AnyCommand] = ()
    ) -> None:
        together = Together.of(drafts, self._router, now)
        memories = self._memories.to_store()
        actions = self._actions.to_store() if self._actions is not None else None
        if not (together or memories or commands or actions):
            return
        reserved = self._outbox.reserve(together.routed)
        stored = self._database.commit(
            together.alerts,
            reserved.routed,
            now,
            begun=reserved.begun,
            almost=reserved.almost,
            memories=memories,
            commands=commands,
            silences=together.silences,
            actions=actions,
        )
        # A callback, and not after the await: what is leased must be sent even if this task is cancelled.
        stored.add_done_callback(reserved.stored)
        await asyncio.shield(stored)
        if actions is not None:
            self.on_acted()
        await asyncio.sleep(0)  # the sends begin
        record_told(self._counters, together.routed)
        record_withheld(self._counters, together.withheld)


def _count(cell: Cell) -> None:
    cell.value += 1
