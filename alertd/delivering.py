"""The sinks' workers: one task each, replaced one by one when the configuration changes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec import structs
from pydantic import SecretStr

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.errors import ConfigError
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Address, Delivery, Notification, Outcome
from alertd.outbox.delivery import SinkWorker
from alertd.outbox.flight import Sink
from alertd.outbox.pacing import TokenBucket
from alertd.outbox.retry import RetryPolicy
from alertd.sinks.choosing import make_sink, validate
from alertd.sinks.moved import decode_moved, key_of
from alertd.sinks.settings import SinkSettings
from alertd.sinks.texts import Language
from alertd.store.database import Database
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

MADE_AHEAD = 4  # of more the first would wait for the words of the last
DELIVERY_DRAIN_S = 8.0  # with the rest of a stop below the unit's TimeoutStopSec


class SinkPlan(msgspec.Struct, frozen=True):
    """All that decides how a sink's worker is built: equal plans, the same worker."""

    settings: SinkSettings
    language: Language
    timezone: ZoneInfo

    @property
    def paced_as(self) -> tuple[str, int]:
        """What the provider counts messages by: the pace goes on where these stay."""
        return self.settings.url.get_secret_value(), self.settings.pace


class _Running(msgspec.Struct, frozen=True):
    plan: SinkPlan | None  # None: a sink of our own, which no configuration takes away
    worker: SinkWorker
    pace: TokenBucket | None


class Left(msgspec.Struct, frozen=True):
    """What was queued for a sink and did not leave with it. `is_due`: all of that may leave at once."""

    critical: bool
    other: bool
    is_due: bool = True


class Reservation:
    """Deliveries about to be queued: those in `begun` are leased with it, and sent by `stored`."""

    def __init__(
        self,
        routed: Sequence[tuple[Notification, Sequence[Address]]],
        queued: Callable[[str, Left], None],
    ) -> None:
        self.routed = routed
        self._queued = queued
        self._by_worker: dict[str, tuple[SinkWorker, int]] = {}
        self._left: dict[str, Left] = {}
        self.begun: set[tuple[int, str]] = set()

    def add(
        self, sink: str, worker: SinkWorker | None, criticals: Sequence[int], others: Sequence[int]
    ) -> None:
        """What a sink is to be told, by the places of the notifications."""
        first, then = worker.reserve(len(criticals), len(others)) if worker else (0, 0)
        self.begun.update((place, sink) for place in (*criticals[:first], *others[:then]))
        if worker and first + then:
            self._by_worker[sink] = worker, first + then
        if first + then < len(criticals) + len(others) and sink not in self._left:
            self._left[sink] = Left(first < len(criticals), then < len(others))

    def wait(self, sink: str) -> None:
        """Something for it is queued that does not leave at once."""
        self._left[sink] = Left(critical=True, other=True, is_due=False)

    def almost(self, leased: Sequence[Delivery]) -> None:
        """The transaction is being made durable, which may fail: of few their messages are made meanwhile."""
        if len(leased) <= MADE_AHEAD:
            for delivery in leased:
                self._by_worker[delivery.sink][0].prepare(delivery)

    def stored(self, outcome: asyncio.Future[list[Delivery]]) -> None:
        """The transaction is over. Where it failed, nothing was leased."""
        failed = outcome.cancelled() or outcome.exception() is not None
        leased: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in [] if failed else outcome.result():
            leased[delivery.sink].append(delivery)
        for sink, (worker, reserved) in self._by_worker.items():
            worker.begin(leased[sink], reserved)
        for sink, left in self._left.items():
            self._queued(sink, left)


def sink_plans(
    sinks: Mapping[str, SinkSettings], language: Language, timezone: ZoneInfo
) -> dict[str, SinkPlan]:
    """One plan for each sink, the sink's own language and timezone before the daemon's."""
    return {
        name: SinkPlan(settings, settings.language or language, settings.timezone or timezone)
        for name, settings in sinks.items()
    }


class Deliveries:
    """Keeps one worker for each sink in `tasks`, the group of its owner."""

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        database: Database,
        clock: Clock,
        counters: Counters,
        report: Callable[[DeliveryHealth], None],
        attempted: Callable[[str, Outcome, datetime], None] = lambda *_: None,
    ) -> None:
        self._group = tasks
        self._database = database
        self._clock = clock
        self._counters = counters
        self._report = report
        self._attempted = attempted
        self._running: dict[str, _Running] = {}
        self._checked: dict[str, SecretStr] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def moved(self) -> list[dict[str, object]]:
        """The sinks whose URL names a Telegram group by an id it has no more: `sink`, `former`, `chat`."""
        found: list[dict[str, object]] = []
        for name, running in self._running.items():
            plan = running.plan
            if plan is None or plan.settings.scheme != "tgram":
                continue
            moved = decode_moved(await self._database.read_fact(key_of(name)))
            if moved is not None and moved.is_named_in(plan.settings.url.get_secret_value()):
                found.append({"sink": name, "former": moved.former, "chat": moved.chat})
        return found

    def wake(self, sinks: Iterable[str]) -> None:
        """New deliveries were committed. A sink without a worker finds them when it gets one."""
        for name in sinks:
            if running := self._running.get(name):
                running.worker.wake()

    def _was_queued(self, sink: str, left: Left) -> None:
        running = self._running.get(sink)
        if running is None:
            return
        if left.is_due:
            running.worker.queued(critical=left.critical, other=left.other)
        else:
            running.worker.wake()

    async def hold_back(self, account: str, before: datetime, until: datetime) -> int:
        """What was queued for an account before a time, for any sink, waits `until`. Returns how many."""
        return await self._database.hold_back(account, before, until)

    async def let_go(self, account: str, until: datetime) -> None:
        """What was held back until that time is due now, behind what was queued meanwhile."""
        await self._database.let_go(account, until, self._clock.now())
        self.wake(self._running)

    def reserve(self, routed: Sequence[tuple[Notification, Sequence[Address]]]) -> Reservation:
        """See `alertd.pipeline.Outbox`. Critical ones first; a sink's change meanwhile is no concern."""
        places: dict[str, tuple[list[int], list[int]]] = {}
        if any(address.stands_in_for for _, addresses in routed for address in addresses):
            routed = [
                (told, [self._at_its_time(one, addresses) for one in addresses]) for told, addresses in routed
            ]
        reservation = Reservation(routed, self._was_queued)
        for place, (notification, addresses) in enumerate(routed):
            is_other = notification.alert.severity is not Severity.CRITICAL
            for address in addresses:
                if address.is_direct:
                    places.setdefault(address.sink, ([], []))[is_other].append(place)
                else:
                    reservation.wait(address.sink)
        for sink, (criticals, others) in places.items():
            running = self._running.get(sink)
            reservation.add(sink, running.worker if running else None, criticals, others)
        return reservation

    def _at_its_time(self, address: Address, addresses: Sequence[Address]) -> Address:
        """A stand-in does not wait for sinks of which none is served, or known to take anything; only until
        they would have been told: the quiet hours that hold theirs hold it too.
        """
        lost = {
            sink for group in address.stands_in_for if not any(map(self._may_arrive, group)) for sink in group
        }
        if not lost:
            return address
        times = [one.not_before for one in addresses if one.sink in lost]
        held = [time for time in times if time is not None]
        return structs.replace(address, not_before=min(held) if held and len(held) == len(times) else None)

    def _may_arrive(self, sink: str) -> bool:
        running = self._running.get(sink)
        return running is not None and not running.worker.is_sick

    async def tell_left(self) -> None:
        """Say what waits for sinks that are not configured: it stays until they come back. Once it is known
        which sinks there are: at the start, and after each change.
        """
        left = await self._database.count_left(list(self._running))
        for name, waiting in left.items():
            self._counters.set("deliveries_left", waiting, sink=name)
            log.warning(
                "deliveries wait for a sink that is not configured; they stay until it is again",
                sink=name,
                waiting=waiting,
            )

    async def check(self, plans: Mapping[str, SinkPlan]) -> None:
        """Load the senders of new and changed sinks. Raises: ConfigError with one line per sink."""
        problems = []
        for name, plan in plans.items():
            if self._checked.get(name) != plan.settings.url:
                problem = await asyncio.to_thread(validate, name, plan.settings)
                problems += [problem] if problem else []
        if problems:
            raise ConfigError(problems)
        self._checked = {name: plan.settings.url for name, plan in plans.items()}

    def replace(self, plans: Mapping[str, SinkPlan]) -> None:
        """Start what is new; what left or changed begins nothing more and lands what is in flight.

        A successor does not wait for that: no delivery is leased twice.
        """
        own = {name for name, running in self._running.items() if running.plan is None}
        for name in [name for name in self._running if name not in plans and name not in own]:
            leaving = self._running.pop(name)
            self._start(self._let_go(name, leaving.worker), f"sink:{name}:leaving")
        for name, plan in plans.items():
            former = self._running.get(name)
            if former is not None and former.plan == plan:
                continue
            self._running[name] = self._begin(name, plan, former)
            if former is None:
                for labels, cell in self._counters.cells("deliveries_left").items():
                    cell.value *= ("sink", name) not in labels
            else:
                log.info("sink changed", sink=name)
                former.worker.retire(partial(self.wake, (name,)))

    def serve(self, sink: Sink) -> None:
        """A sink of our own: what becomes of its deliveries is counted for nobody."""
        worker = SinkWorker(
            sink=sink,
            database=self._database,
            clock=self._clock,
            retry=RetryPolicy(),
            pace=None,
            report=lambda _: None,
            counters=Counters(),
        )
        self._start(worker.run(), f"sink:{sink.name}")
        self._running[sink.name] = _Running(None, worker, None)

    async def drain(self, within_s: float = DELIVERY_DRAIN_S) -> None:
        """Wait a bounded time until nothing is due and nothing under way."""
        async with asyncio.TaskGroup() as group:
            for name, running in self._running.items():
                group.create_task(running.worker.drain(within_s), name=f"drain:{name}")

    def cancel(self) -> None:
        """End every worker; each still stores what has an outcome."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, name: str, plan: SinkPlan, former: _Running | None) -> _Running:
        settings = plan.settings
        if former is not None and former.plan is not None and former.plan.paced_as == plan.paced_as:
            pace = former.pace
        else:
            pace = TokenBucket(settings.pace) if settings.pace else None
        worker = SinkWorker(
            sink=make_sink(
                name, settings, language=plan.language, timezone=plan.timezone, facts=self._database
            ),
            database=self._database,
            clock=self._clock,
            retry=RetryPolicy(),
            pace=pace,
            report=self._report,
            counters=self._counters,
            attempted=self._attempted,
            elsewhere=self.wake,
            wakes=settings.wakes,
        )
        self._start(worker.run(), f"sink:{name}")
        return _Running(plan, worker, pace)

    async def _let_go(self, name: str, worker: SinkWorker) -> None:
        """A sink left the configuration: what is queued for it goes out first, within a bounded time."""
        await worker.drain(DELIVERY_DRAIN_S)
        worker.retire(partial(self.wake, (name,)))
        log.info("sink removed", sink=name)
        if name not in self._running:
            self._counters.forget("sink", name)
        await self.tell_left()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
