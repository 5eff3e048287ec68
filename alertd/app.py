"""Builds every room, owns the task groups, and ends them in order.

The nesting is the shutdown order: the store outside, then deliveries, then the pipeline, sources
innermost. A failure inside cancels what lies within it; a store that cannot be written ends the daemon,
and the service manager starts it again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec
import structlog
from aiohttp import ClientSession
from aiohttp.web import AppRunner

from alertd import __version__
from alertd.actions.desk import ActionDesk
from alertd.alerts.lifecycle import Lifecycle
from alertd.clock import Clock
from alertd.config import Settings
from alertd.coverage.account import AccountCoverage
from alertd.coverage.outage import Reach
from alertd.covering import Around, Covering
from alertd.deeds import Deeds, acts_with, desk_of
from alertd.delivering import Deliveries
from alertd.domain.alert import AlertState
from alertd.domain.events import DeliveryHealth, SelfCheck
from alertd.domain.stream import KeptFrame
from alertd.doors import open_doors
from alertd.holding_back import Holding
from alertd.holding_back import Outbox as HeldOutbox
from alertd.maintaining import Doors as MaintenanceDoors
from alertd.maintaining import Maintaining
from alertd.pipeline import Pipeline
from alertd.proofs import SinkProofs
from alertd.reconciling import ReconcileDoors
from alertd.reloading import Reloading, Replaceable, ruling_of, sink_plans_of
from alertd.restoring import Restored, restore
from alertd.self_reports import Asked, SelfReports
from alertd.self_watch import SelfWatch
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffsets
from alertd.sources.session import open_session
from alertd.store.database import Database, StoredState
from alertd.surroundings import Surroundings
from alertd.systemd import ServiceManager
from alertd.telemetry import Counters
from alertd.waking import Waking
from alertd.watching import Watches
from alertd.web.doors import Doors
from alertd.web.maintenance import announced
from alertd.web.routes import Views, build
from alertd.web.serving import serve

log = structlog.get_logger(__name__)

TICK_S = 1.0
STALLED_AFTER_S = 10.0  # neither an event nor a tick was handled: the work loop hangs
PIPELINE_DRAIN_S = 5.0
KEPT_FRAMES_WAITING = 1_000
PRUNE_INTERVAL_S = 86_400.0


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What is built once, and used until the end."""

    database: Database
    deliveries: Deliveries
    pipeline: Pipeline
    lifecycle: Lifecycle
    fleet: Fleet
    maintaining: Maintaining
    covering: Covering
    ours: SelfReports


class App:
    """One daemon. `run` returns after `stop` was set, or raises what ended it.

    After `reload` was set, `read` gives the settings to go on with (it blocks, and raises ConfigError where
    they cannot be used); `on_reload` is told those that are in force. `on_ready`: all is loaded, the streams
    connect.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        manager: ServiceManager | None = None,
        on_first_start: Callable[[], None] = lambda: None,
        read: Callable[[], Settings] | None = None,
        on_reload: Callable[[Settings], None] = lambda _: None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._on_first_start = on_first_start
        self._read = read or (lambda: settings)
        self._on_reload = on_reload
        self._on_ready = on_ready
        self.clock = clock or Clock()
        self.manager = manager or ServiceManager()
        self.counters = Counters()
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self.started = asyncio.Event()
        self.web_port: int | None = None
        self._covering: Covering | None = None
        self._reports: deque[DeliveryHealth | SelfCheck] = deque()
        self._kept: asyncio.Queue[KeptFrame] = asyncio.Queue(KEPT_FRAMES_WAITING)

    async def run(self) -> None:
        """Raises: StoreError, ConfigError (a sink's URL), in an exception group where tasks ran."""
        settings = self.settings
        database = await Database.open(settings.store.resolved_url(settings.state_dir))
        try:
            stored = await database.load(self.clock.now())
            if stored.first_start:
                self._on_first_start()
            await self._run_with(database, stored)
        finally:
            await database.close()

    async def _run_with(self, database: Database, stored: StoredState) -> None:
        restored = await restore(database, stored, ruling_of(self.settings), self.clock.now())
        names = {"accounts": list(self.settings.accounts), "sinks": list(self.settings.sinks)}
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]  # asyncio or uvloop
        self.counters.set("info", 1, version=__version__, loop=loop)
        log.info("starting", version=__version__, loop=loop, **names)
        async with asyncio.TaskGroup() as tasks:
            proofs = SinkProofs()
            deliveries = Deliveries(
                tasks, database, self.clock, self.counters, self._heard_of(proofs), proofs.attempted
            )
            deliveries.replace(sink_plans_of(self.settings))
            await deliveries.tell_left()
            desk = desk_of(stored, restored, lambda: self.settings, self._coverage)
            pipeline = self._pipeline(restored, database, deliveries, desk)
            self._self_watch = self._watching_itself(pipeline, database, proofs)
            self._self_watch.serve(deliveries)
            parts = await self._parts(restored, database, deliveries, pipeline, proofs)
            await self._work(parts)
            await deliveries.drain()
            deliveries.cancel()

    def _coverage(self) -> Mapping[str, AccountCoverage]:
        return {} if self._covering is None else self._covering.accounts

    def _pipeline(
        self, restored: Restored, database: Database, deliveries: Deliveries, desk: ActionDesk
    ) -> Pipeline:
        return Pipeline(
            rules=restored.ruling.engine,
            memories=restored.memories,
            lifecycle=restored.lifecycle,
            router=restored.ruling.router,
            database=database,
            clock=self.clock,
            counters=self.counters,
            outbox=deliveries,
            desk=desk,
        )

    async def _parts(
        self,
        restored: Restored,
        database: Database,
        deliveries: Deliveries,
        pipeline: Pipeline,
        proofs: SinkProofs,
    ) -> _Parts:
        lifecycle = restored.lifecycle
        fleet = Fleet(lifecycle.worst_danger)
        maintaining = self._maintaining(
            pipeline,
            deliveries,
            database,
            lambda account: covering.is_blind(account),  # noqa: PLW0108 - made below
        )
        covering = Covering(
            settings=self.settings.coverage,
            database=database,
            clock=self.clock,
            counters=self.counters,
            proofs=proofs,
            records=await database.coverage_records(),
            told=restored.coverage_told,
            around=self._around(pipeline, lifecycle, fleet, maintaining),
        )
        self._covering = covering
        ask = Asked(
            settings=lambda: self.settings,
            clock=self.clock,
            database=database,
            pipeline=pipeline,
            lifecycle=lifecycle,
            covering=covering,
            watchers=self._self_watch.findings,
        )
        return _Parts(
            database=database,
            deliveries=deliveries,
            pipeline=pipeline,
            lifecycle=lifecycle,
            fleet=fleet,
            maintaining=maintaining,
            covering=covering,
            ours=SelfReports(ask, is_first_start=restored.is_first_start),
        )

    def _watching_itself(self, pipeline: Pipeline, database: Database, proofs: SinkProofs) -> SelfWatch:
        return SelfWatch(
            self.settings,
            database=database,
            proofs=proofs,
            clock=self.clock,
            counters=self.counters,
            deliver=pipeline.put,
            tell=self._reports.append,
        )

    def _maintaining(
        self,
        pipeline: Pipeline,
        deliveries: Deliveries,
        database: Database,
        is_blind: Callable[[str], bool],
    ) -> Maintaining:
        held = HeldOutbox(handled=pipeline.handled, hold_back=deliveries.hold_back, let_go=deliveries.let_go)
        doors = MaintenanceDoors(
            deliver=pipeline.put,
            handled=pipeline.handled,
            facts=database,
            holding=Holding(held, self.clock),
            is_blind=is_blind,
        )
        return Maintaining(doors, self.clock, self.counters)

    def _heard_of(self, proofs: SinkProofs) -> Callable[[DeliveryHealth], None]:
        def report(health: DeliveryHealth) -> None:
            proofs.reported(health)
            self._reports.append(health)

        return report

    def _around(
        self, pipeline: Pipeline, lifecycle: Lifecycle, fleet: Fleet, maintaining: Maintaining
    ) -> Around:
        return Around(
            sinks=lambda: self.settings.sinks,
            critical_sinks=self._self_watch.critical_sinks,
            is_alarmed=lifecycle.is_alarmed,
            # Polls need no turns to connect.
            reach=lambda exchange: (
                Reach(fleet.pacer.is_failing, fleet.pacer.gap_s) if exchange == "okx" else Reach()
            ),
            deliver=pipeline.put,
            excuse=maintaining.excuse,
            canary=self._self_watch.trouble,
        )

    async def _work(self, parts: _Parts) -> None:
        pipeline, database = parts.pipeline, parts.database
        await parts.ours.home.remember()
        async with asyncio.TaskGroup() as work:
            working = [
                work.create_task(pipeline.run(), name="pipeline"),
                work.create_task(self._tick(pipeline, parts.lifecycle), name="ticker"),
                work.create_task(self._keep_frames(database), name="kept-frames"),
                work.create_task(self._prune(database), name="housekeeping"),
            ]
            doors = await open_doors(lambda: self.settings, pipeline, parts.lifecycle, database, self.clock)
            runner = await self._serve(doors, parts)
            try:
                await self._watch(parts)
                await parts.covering.close()
                self.manager.notify(stopping="1", status="stopping: delivering what is left")
                await _within(PIPELINE_DRAIN_S, pipeline.drained(), "events")
            finally:
                await runner.cleanup()
            _cancel(working)

    async def _watch(self, parts: _Parts) -> None:
        ours, covering, maintaining = parts.ours, parts.covering, parts.maintaining
        async with open_session() as session, asyncio.TaskGroup() as sources:
            waking = Waking()
            beside = [
                sources.create_task(waking.run(self.clock), name="waking"),
                sources.create_task(covering.run(), name="coverage"),
                sources.create_task(maintaining.run(), name="maintenance"),
                sources.create_task(self._self_watch.run(session), name="canary"),
            ]
            shared = self._surroundings(parts, session, waking)
            watches = Watches(sources, shared)
            watches.start(await watches.plan(self.settings.accounts))
            # A URL that cannot work ends the start; the streams connect meanwhile.
            await parts.deliveries.check(sink_plans_of(self.settings))
            await ours.home.begin()
            beside += ours.start(sources)
            beside += Deeds(lambda: self.settings, parts.pipeline, shared).start(sources)
            self.manager.notify(ready="1", status=self._status())
            self.started.set()
            self._on_ready()
            log.info("ready", web=f"http://{self.settings.web.host}:{self.web_port}")
            replaceable = Replaceable(pipeline=parts.pipeline, deliveries=parts.deliveries, watches=watches)
            reloading = sources.create_task(self._reloading(replaceable, covering).run(), name="reloading")
            await self.stop.wait()
            log.info("stopping")
            await ours.home.stopping()
            reloading.cancel()
            watches.cancel()
            _cancel(beside)

    def _surroundings(self, parts: _Parts, session: ClientSession, waking: Waking) -> Surroundings:
        ours, pipeline, maintaining = parts.ours, parts.pipeline, parts.maintaining
        return Surroundings(
            session=session,
            clock=self.clock,
            fleet=parts.fleet,
            offsets=HostOffsets(self.clock, self.counters, waking).of,
            counters=self.counters,
            deliver=pipeline.put,
            desk=parts.covering,
            keep_frame=self._keep_frame,
            records=ReconcileDoors(
                ours.home.take, pipeline.handled, parts.database, parts.covering, maintaining.holding
            ),
            maintenance=maintaining,
            report=ours.hygiene.report,
            waking=waking,
            holdings=ours.holdings,
            acts_with=lambda account: acts_with(self.settings, account),
        )

    def _reloading(self, parts: Replaceable, covering: Covering) -> Reloading:
        def applied(settings: Settings) -> None:
            self.settings = settings
            covering.settings = settings.coverage
            self._self_watch.use(settings)
            self._on_reload(settings)

        return Reloading(
            settings=self.settings,
            read=self._read,
            parts=parts,
            applied=applied,
            status=self._status,
            wanted=self.reload,
            clock=self.clock,
            manager=self.manager,
            counters=self.counters,
        )

    async def _tick(self, pipeline: Pipeline, lifecycle: Lifecycle) -> None:
        """Timers, and the watchdog: it is petted only while the work loop gets work done."""
        watchdog_s = self.manager.watchdog_interval_s
        interval_s = min(TICK_S, watchdog_s) if watchdog_s else TICK_S
        while True:
            while self._reports:
                await pipeline.put([self._reports.popleft()])
            await pipeline.tick()
            await asyncio.sleep(interval_s)
            if self.clock.monotonic_s() - pipeline.last_progress_s < STALLED_AFTER_S:
                self.manager.notify(watchdog="1", status=self._status(len(lifecycle.open_alerts())))

    def _status(self, open_alerts: int = 0) -> str:
        live = sum(cell.value for cell in self.counters.cells("stream_live").values())
        return f"{len(self.settings.accounts)} accounts, {live:.0f} live streams, {open_alerts} open alerts"

    async def _serve(self, doors: Doors, parts: _Parts) -> AppRunner:
        """Raises: ConfigError when the port is taken."""

        async def gauges() -> Mapping[str, float]:
            open_alerts = parts.lifecycle.open_alerts()
            acknowledged = sum(alert.state is AlertState.ACKNOWLEDGED for alert in open_alerts)
            counts = {"alerts_open": len(open_alerts), "alerts_acknowledged": acknowledged}
            return {**await parts.database.counts(), **counts}

        views = Views(
            counters=self.counters,
            is_ready=parts.database.is_writable,
            gauges=gauges,
            now=self.clock.now,
            accounts=lambda: parts.covering.accounts,
            figures=parts.ours.coverage.figures,
            doors=doors,
            maintenance=lambda: announced(parts.maintaining, self.clock.now()),
            self_watch=self._self_watch.standing,
            pinged=self._self_watch.pinged,
            sinks_moved=parts.deliveries.moved,
        )
        web = self.settings.web
        runner, self.web_port = await serve(build(views), web.host, web.port)
        return runner

    def _keep_frame(self, frame: KeptFrame) -> None:
        """Never waits: what is not kept is still counted and told."""
        try:
            self._kept.put_nowait(frame)
        except asyncio.QueueFull:
            self.counters.add("frames_not_kept_total", account=frame.account)

    async def _prune(self, database: Database) -> None:
        while True:
            await database.prune(self.clock.now(), self.settings.store.retention_days)
            await asyncio.sleep(PRUNE_INTERVAL_S)

    async def _keep_frames(self, database: Database) -> None:
        while True:
            await database.keep_frame(await self._kept.get())


def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()


async def _within(limit_s: float, work: Coroutine[Any, Any, None], what: str) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await work
    except TimeoutError:
        log.warning("stopped before all was done; the rest is done at the next start", what=what)
