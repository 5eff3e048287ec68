"""What the daemon does with what comes in: from an open store to a planned end.

The nesting is the shutdown order: the store outside, then deliveries, then the pipeline, and within it all
that hands over to it. A failure inside cancels what lies within it; a store that cannot be written ends the
daemon, and the service manager starts it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NoReturn

import structlog

from alertd.alerts.openings import Openings
from alertd.building import Building, Parts
from alertd.config import Settings
from alertd.deeds import Deeds
from alertd.dialling import Dialling
from alertd.domain.events import Event
from alertd.orders import Orders
from alertd.reloading import Reloading, Replaceable, sink_plans_of
from alertd.serving import open_web
from alertd.store.database import Database
from alertd.store.stored_state import StoredState
from alertd.threshold import Inside

log = structlog.get_logger(__name__)

TICK_S = 1.0
STALLED_AFTER_S = 10.0  # neither an event nor a tick was handled: the work loop hangs
PIPELINE_DRAIN_S = 5.0


class Working:
    """Of one process. `dialling`: what has begun already, and waits to be let in."""

    def __init__(self, orders: Orders, dialling: Dialling) -> None:
        self._orders = orders
        self._dialling = dialling

    async def run(self) -> None:
        """Until it was told to stop. Raises: StoreError, ConfigError, in a group where tasks ran."""
        settings = self._orders.settings
        database = await Database.open(settings.store.resolved_url(settings.state_dir))
        try:
            stored = await database.load(self._orders.clock.now())
            if stored.first_start:
                self._orders.on_first_start()
            await self._deliver(database, stored)
        finally:
            self._dialling.threshold.shut()  # after a failure the accounts are still at work
            await database.close()

    async def _deliver(self, database: Database, stored: StoredState) -> None:
        shared = self._dialling.shared
        async with asyncio.TaskGroup() as tasks:
            building = Building(self._orders, database, shared.fleet, shared.holdings)
            parts = await building.build(tasks, stored)
            await self._judge(parts)
            await parts.deliveries.drain()
            parts.deliveries.cancel()

    async def _judge(self, parts: Parts) -> None:
        pipeline, database = parts.pipeline, parts.database
        await parts.ours.home.remember()
        async with asyncio.TaskGroup() as work:
            working = [
                work.create_task(pipeline.run(), name="pipeline"),
                work.create_task(self._tick(parts), name="ticker"),
                work.create_task(self._keep_frames(database), name="kept-frames"),
                work.create_task(self._prune(database), name="housekeeping"),
            ]
            runner = await open_web(self._orders, parts)
            try:
                await self._watch(parts)
                await parts.covering.close()
                self._orders.manager.notify(stopping="1", status="stopping: delivering what is left")
                await _within(PIPELINE_DRAIN_S, pipeline.drained(), "events")
            finally:
                await runner.cleanup()
            _cancel(working)

    async def _watch(self, parts: Parts) -> None:
        """Returns when nothing more is handed over."""
        orders, ours, shared = self._orders, parts.ours, self._dialling.shared
        async with asyncio.TaskGroup() as sources:
            beside = [
                sources.create_task(parts.covering.run(), name="coverage"),
                sources.create_task(parts.maintaining.run(), name="maintenance"),
                sources.create_task(parts.self_watch.run(shared.session), name="canary"),
            ]
            self._dialling.threshold.open(_inside(parts))
            # A URL that cannot work ends the start; the streams connect meanwhile.
            await parts.deliveries.check(sink_plans_of(orders.settings))
            await ours.home.begin()
            beside += ours.start(sources)
            beside += Deeds(lambda: orders.settings, parts.pipeline, shared).start(sources)
            orders.manager.notify(ready="1", status=orders.status())
            orders.started.set()
            orders.on_ready()
            log.info("ready", web=f"http://{orders.settings.web.host}:{orders.web_port}")
            reloading = sources.create_task(self._reloading(parts).run(), name="reloading")
            await orders.stop.wait()
            log.info("stopping")
            await ours.home.stopping()
            reloading.cancel()
            await self._dialling.watches.end()
            _cancel(beside)

    def _reloading(self, parts: Parts) -> Reloading:
        orders = self._orders

        def applied(settings: Settings) -> None:
            orders.settings = settings
            parts.covering.settings = settings.coverage
            parts.self_watch.use(settings)
            orders.on_reload(settings)

        replaceable = Replaceable(
            pipeline=parts.pipeline, deliveries=parts.deliveries, watches=self._dialling.watches
        )
        return Reloading(
            settings=orders.settings,
            read=orders.read,
            parts=replaceable,
            applied=applied,
            status=orders.status,
            wanted=orders.reload,
            clock=orders.clock,
            manager=orders.manager,
            counters=orders.counters,
        )

    async def _tick(self, parts: Parts) -> NoReturn:
        """Timers, and the watchdog: it is petted only while the work loop gets work done."""
        manager, pipeline, lifecycle = self._orders.manager, parts.pipeline, parts.restored.lifecycle
        watchdog_s = manager.watchdog_interval_s
        interval_s = min(TICK_S, watchdog_s) if watchdog_s else TICK_S
        while True:
            while parts.reports:
                await pipeline.put([parts.reports.popleft()])
            await pipeline.tick()
            await asyncio.sleep(interval_s)
            if self._orders.clock.monotonic_s() - pipeline.last_progress_s < STALLED_AFTER_S:
                manager.notify(watchdog="1", status=self._orders.status(len(lifecycle.open_alerts())))

    async def _prune(self, database: Database) -> NoReturn:
        while True:
            store = self._orders.settings.store
            await database.prune(self._orders.clock.now(), store.retention_days)
            await asyncio.sleep(store.prune_interval_s)

    async def _keep_frames(self, database: Database) -> NoReturn:
        while True:
            await database.keep_frame(await self._dialling.threshold.kept.get())


Handing = Callable[[Sequence[Event]], Awaitable[None]]


def _measured(openings: Openings, hand_over: Handing) -> Handing:
    """A start that finds no such alert has nothing between a push and its judgement."""
    return (lambda events: hand_over(openings.measured(events))) if openings else hand_over


def _inside(parts: Parts) -> Inside:
    openings = Openings(parts.restored.lifecycle.open_alerts())
    return Inside(
        deliver=_measured(openings, parts.pipeline.put),
        take=_measured(openings, parts.ours.home.take),
        handled=parts.pipeline.handled,
        facts=parts.database,
        desk=parts.covering,
        reconciles=parts.covering,
        maintenance=parts.maintaining,
        holding=parts.maintaining.holding,
        report=parts.ours.hygiene.report,
        worst_danger=parts.restored.lifecycle.worst_danger,
    )


def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()


async def _within(limit_s: float, work: Coroutine[Any, Any, None], what: str) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await work
    except TimeoutError:
        log.warning("stopped before all was done; the rest is done at the next start", what=what)
