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

import aiohttp
import structlog
from aiohttp import web

from alertd import __version__
from alertd.accounts import OkxAccountWatch, Surroundings
from alertd.alerts.lifecycle import Lifecycle
from alertd.alerts.orphans import set_apart
from alertd.alerts.routing import Router
from alertd.clock import Clock
from alertd.config import Settings
from alertd.domain.errors import ConfigError
from alertd.domain.events import DeliveryHealth
from alertd.domain.stream import KeptFrame
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy
from alertd.pipeline import Pipeline
from alertd.rules.engine import RuleEngine
from alertd.sinks.apprise_sink import AppriseSink, validate
from alertd.store.database import Database, StoredState
from alertd.supervise import ConnectPacer
from alertd.systemd import ServiceManager
from alertd.telemetry import Counters
from alertd.web.auth import bearer_check
from alertd.web.routes import Views, build

log = structlog.get_logger(__name__)

TICK_S = 1.0
STALLED_AFTER_S = 10.0  # neither an event nor a tick was handled: the work loop hangs
PIPELINE_DRAIN_S = 5.0
DELIVERY_DRAIN_S = 8.0  # with the rest below the unit's TimeoutStopSec
KEPT_FRAMES_WAITING = 1_000
PRUNE_INTERVAL_S = 86_400.0


class App:
    """One daemon. `run` returns after `stop` was set, or raises what ended it."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        manager: ServiceManager | None = None,
        on_first_start: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._on_first_start = on_first_start
        self.clock = clock or Clock()
        self.manager = manager or ServiceManager()
        self.counters = Counters()
        self.stop = asyncio.Event()
        self.started = asyncio.Event()
        self.web_port: int | None = None
        self._reports: deque[DeliveryHealth] = deque()
        self._kept: asyncio.Queue[KeptFrame] = asyncio.Queue(KEPT_FRAMES_WAITING)

    async def run(self) -> None:
        """Raises: StoreError, ConfigError (a sink's URL), in an exception group where tasks ran."""
        settings = self.settings
        database = await Database.open(settings.store.resolved_url(settings.state_dir))
        try:
            stored = await database.load()
            if stored.first_start:
                self._on_first_start()
            await self._run_with(database, stored)
        finally:
            await database.close()

    async def _run_with(self, database: Database, stored: StoredState) -> None:
        settings = self.settings
        router = Router(settings.routes, tuple(settings.sinks))
        labels = {name: account.labels for name, account in settings.accounts.items()}
        rules = {name: rule for name, rule in settings.rules.items() if rule.enabled}
        now = self.clock.now()
        going_on, ended = set_apart(stored.open_alerts, rules, settings.accounts, now)
        if ended:
            await database.commit(ended, [], now)
        lifecycle = Lifecycle(going_on, stored.last_episodes, router.remind_after, labels)
        workers = {name: self._worker(name, database) for name in settings.sinks}

        def committed(sinks: set[str]) -> None:
            for sink in sinks:
                workers[sink].wake()

        pipeline = Pipeline(
            rules=RuleEngine(rules, labels),
            lifecycle=lifecycle,
            router=router,
            database=database,
            clock=self.clock,
            counters=self.counters,
            committed=committed,
        )
        log.info(
            "starting", version=__version__, accounts=list(settings.accounts), sinks=list(settings.sinks)
        )
        async with asyncio.TaskGroup() as deliveries:
            delivering = [
                deliveries.create_task(worker.run(), name=f"sink:{name}") for name, worker in workers.items()
            ]
            await self._work(pipeline, database, lifecycle)
            await _drain_all(workers)
            _cancel(delivering)

    async def _work(self, pipeline: Pipeline, database: Database, lifecycle: Lifecycle) -> None:
        async with asyncio.TaskGroup() as work:
            working = [
                work.create_task(pipeline.run(), name="pipeline"),
                work.create_task(self._tick(pipeline, lifecycle), name="ticker"),
                work.create_task(self._keep_frames(database), name="kept-frames"),
                work.create_task(self._prune(database), name="housekeeping"),
            ]
            runner = await self._serve(database, lifecycle)
            try:
                await self._watch(pipeline)
                self.manager.notify(stopping="1", status="stopping: delivering what is left")
                await _within(PIPELINE_DRAIN_S, pipeline.drained(), "events")
            finally:
                await runner.cleanup()
            _cancel(working)

    async def _watch(self, pipeline: Pipeline) -> None:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as sources:
            shared = Surroundings(
                session=session,
                clock=self.clock,
                pacer=ConnectPacer(),
                counters=self.counters,
                deliver=pipeline.put,
                keep_frame=self._keep_frame,
            )
            watching = [
                sources.create_task(OkxAccountWatch(name, account, shared).run(), name=f"account:{name}")
                for name, account in self.settings.accounts.items()
            ]
            await self._check_sinks()
            self.manager.notify(ready="1", status=self._status())
            self.started.set()
            log.info("ready", web=f"http://{self.settings.web.host}:{self.web_port}")
            await self.stop.wait()
            log.info("stopping")
            _cancel(watching)

    def _worker(self, name: str, database: Database) -> SinkWorker:
        settings = self.settings.sinks[name]
        sink = AppriseSink(
            name,
            settings,
            language=settings.language or self.settings.language,
            timezone=settings.timezone or self.settings.timezone,
        )
        return SinkWorker(
            sink=sink,
            database=database,
            clock=self.clock,
            retry=RetryPolicy(),
            pace=TokenBucket(settings.pace) if settings.pace else None,
            report=self._reports.append,
            counters=self.counters,
        )

    async def _check_sinks(self) -> None:
        """Load the senders beside the connecting streams; a URL that cannot work ends the start.

        Raises: ConfigError with one line per sink.
        """
        problems = []
        for name, settings in self.settings.sinks.items():
            problem = await asyncio.to_thread(validate, name, settings)
            if problem:
                problems.append(problem)
        if problems:
            raise ConfigError(problems)

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

    async def _serve(self, database: Database, lifecycle: Lifecycle) -> web.AppRunner:
        """Raises: ConfigError when the port is taken."""

        async def gauges() -> Mapping[str, float]:
            return {**await database.counts(), "alerts_open": len(lifecycle.open_alerts())}

        token = self.settings.web.token
        views = Views(
            counters=self.counters,
            is_ready=database.is_writable,
            gauges=gauges,
            is_authorised=bearer_check(token.get_secret_value() if token else None),
        )
        runner = web.AppRunner(build(views), shutdown_timeout=1.0, access_log=None)
        await runner.setup()
        host, port = self.settings.web.host, self.settings.web.port
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as exc:
            await runner.cleanup()
            raise ConfigError(
                [f"web.port: cannot listen on {host}:{port} ({exc.strerror}); choose another"]
            ) from exc
        self.web_port = runner.addresses[0][1]
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


async def _drain_all(workers: Mapping[str, SinkWorker]) -> None:
    async with asyncio.TaskGroup() as group:
        for name, worker in workers.items():
            group.create_task(worker.drain(DELIVERY_DRAIN_S), name=f"drain:{name}")
