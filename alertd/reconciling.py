"""Asks for the records of one account, after every connect and at intervals, and hands over what was missed.

The exchange's answer is compared with what its streams have told (`exchanges/okx/reconcile.py`); how it went
is told to the coverage desk only. How far liquidations were read is a fact of the store, written once those
that were found are stored: what a killed process had in its hands is found again.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn, Protocol

import msgspec
import structlog

from alertd.clock import Clock
from alertd.domain.coverage import BlindSpot
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.domain.events import Event
from alertd.exchanges.okx.bills import BILL_TYPES
from alertd.exchanges.okx.history import Mark, mark_of
from alertd.exchanges.okx.observed import few
from alertd.exchanges.okx.positions import PositionBook
from alertd.exchanges.okx.reconcile import Answers, Asked, reconcile
from alertd.exchanges.okx.requests import InstrumentFilter
from alertd.exchanges.okx.rest import AccountConfig, OkxRest
from alertd.flag import Flag
from alertd.relating import Facts, Relations
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

AGAIN_AFTER_S = 10.0  # after a connect: a record may be written a little after the fact
RETRY_S = 2.0  # doubled up to the interval
BILLS_EVERY_S = (
    300.0  # what only they tell is rare; also asked where it may have been missed: after a connect
)
CONFIG_EVERY_S = 900.0  # what an account is changes rarely; also asked after every connect
MARK_KEPT_EVERY_S = 600.0  # without news: after a restart so much more is read again
JITTER = 0.1  # accounts that connected together must not ask together for ever
# Asking sooner cannot help where somebody must act first.
_LASTING = frozenset({Disposition.CREDENTIALS, Disposition.CONFIG, Disposition.BUG})


class ReconcileDesk(Protocol):
    """Where it is said how a comparison went."""

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        """It succeeded: begun `at`, it found so much that was missed."""

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        """It was begun `at` and gave no whole answer."""


class Holding(Protocol):
    """Where deliveries that tell of what was before can wait until records were compared."""

    async def hold_back(self, account: str) -> None:
        """A stream is up again: a comparison begins."""

    async def let_go(self, account: str) -> None:
        """One succeeded."""


class ReconcileDoors(msgspec.Struct, frozen=True):
    """`handled` returns once everything that was delivered before stands in the store."""

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]
    facts: Facts
    desk: ReconcileDesk
    holding: Holding | None = None


class Watched(msgspec.Struct, frozen=True):
    """The account: what was told of it, and how its exchange is asked.

    `offset_s`: the exchange's clock minus ours. `learned`: is given the account's configuration. `role`:
    what ours says it is.
    """

    name: str
    book: PositionBook
    narrowing: Sequence[InstrumentFilter]
    rest: OkxRest
    offset_s: Callable[[], float]
    measure_offset: Callable[[], Awaitable[None]]
    learned: Callable[[AccountConfig], None]
    role: str = "auto"


class Reconciler:
    """Of one account. `interval_s` between two comparisons while nothing happens."""

    def __init__(
        self,
        watched: Watched,
        doors: ReconcileDoors,
        clock: Clock,
        counters: Counters,
        interval_s: float,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._watched = watched
        self._doors = doors
        self._clock = clock
        self._counters = counters
        self._interval_s = interval_s
        self._dice = dice
        self._wanted = Flag()
        self._retry_s = RETRY_S
        self._mark: Mark | None = None
        self._kept: Mark | None = None
        self._kept_at_s = 0.0
        self._config: AccountConfig | None = None
        self._config_at_s: float | None = None
        self._bills_at_s: float | None = None
        self._has_failed = False
        self._relations = Relations(watched.name, watched.role, watched.rest, doors.facts, clock)

    def unseen(self) -> tuple[BlindSpot, ...]:
        """What the exchange does not answer."""
        return self._relations.unseen()

    def wake(self) -> None:
        """A stream is up: what happened before it was is to be learned now."""
        self._wanted.set()

    async def run(self) -> NoReturn:
        """Compare until cancelled. Raises: StoreError."""
        await self._wanted.within(self._interval_s * self._dice())
        while True:
            is_woken = self._wanted.is_set
            self._wanted.clear()
            if is_woken:
                self._config_at_s = self._bills_at_s = None
                if self._doors.holding is not None:
                    await self._doors.holding.hold_back(self._watched.name)
            pause_s = await self._attempt()
            if is_woken:
                self._bills_at_s = None  # a bill, too, may be written a little late
            await self._wanted.within(min(AGAIN_AFTER_S, pause_s) if is_woken else pause_s)

    async def _attempt(self) -> float:
        """One comparison. Returns the seconds until the next."""
        at = self._clock.now()
        try:
            missed, unreadable = await self._compare()
        except (RequestRefused, RequestUnavailable) as exc:
            await self._tell_failed(at, str(exc))
            return await self._retry_after_s(exc)
        self._retry_s = RETRY_S
        if unreadable:
            await self._tell_failed(at, "; ".join(few(unreadable)))
        else:
            await self._tell_done(at, missed)
            if self._doors.holding is not None:
                await self._doors.holding.let_go(self._watched.name)
        return self._interval_s * (1 + JITTER * (2 * self._dice() - 1))

    async def _compare(self) -> tuple[int, Sequence[str]]:
        """How much was missed, and what could not be read."""
        one = self._watched
        config = await self._ask_for_the_configuration()
        offset = timedelta(seconds=one.offset_s())
        if self._mark is None:
            stored = await self._doors.facts.read_fact(self._key)
            self._mark = mark_of(stored, self._clock.now() + offset)
        answers = await self._ask(self._mark)
        asked = Asked(one.name, config.uid, one.narrowing, offset, self._clock.now())
        outcome = reconcile(asked, answers, one.book, self._mark)
        await self._doors.deliver(outcome.events)
        self._mark = outcome.mark
        await self._doors.deliver(await self._relations.compare(config))
        await self._keep(outcome.mark)
        return outcome.missed, outcome.unreadable

    async def _ask(self, mark: Mark) -> Answers:
        rest, now_s = self._watched.rest, self._clock.monotonic_s()
        positions, balance = await rest.positions(), await rest.balance()
        if self._bills_at_s is not None and now_s - self._bills_at_s < BILLS_EVERY_S:
            return Answers(positions, balance, await rest.closed_since(mark.read_to))
        # Bills name no position: the records of the same time do.
        closed = await rest.closed_since(mark.oldest)
        bills = await rest.bills_since(mark.bills_from, BILL_TYPES)
        self._bills_at_s = now_s
        return Answers(positions, balance, closed, bills)

    async def _ask_for_the_configuration(self) -> AccountConfig:
        now_s = self._clock.monotonic_s()
        asked_at_s = self._config_at_s
        if self._config is not None and asked_at_s is not None and now_s - asked_at_s < CONFIG_EVERY_S:
            return self._config
        config = await self._watched.rest.account_config()
        self._config_at_s = now_s
        before, self._config = self._config, config
        if before is not None and before != config:
            self._log.warning("account configuration changed", before=str(before), now=str(config))
        self._watched.learned(config)
        return config

    async def _keep(self, mark: Mark) -> None:
        """Durable once what was found is; without news from time to time."""
        now_s = self._clock.monotonic_s()
        has_news = self._kept is None or mark.told_ms.items() - self._kept.told_ms.items()
        has_related = self._relations.has_news
        if not has_news and not has_related and now_s - self._kept_at_s < MARK_KEPT_EVERY_S:
            return
        await self._doors.handled()
        await self._relations.keep()
        await self._doors.facts.write_fact(self._key, mark.encoded())
        self._kept, self._kept_at_s = mark, now_s

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._watched.name)

    @property
    def _key(self) -> str:
        return f"records_read:{self._watched.name}"

    async def _retry_after_s(self, exc: RequestRefused | RequestUnavailable) -> float:
        wanted = exc.wanted if isinstance(exc, RequestRefused) else Disposition.RETRY
        if wanted in _LASTING:
            return self._interval_s
        if wanted is Disposition.CLOCK:
            await self._watched.measure_offset()
        delay_s = min(self._retry_s, self._interval_s)
        self._retry_s = delay_s * 2
        return delay_s * (0.5 + self._dice() / 2)

    async def _tell_done(self, at: datetime, missed: int) -> None:
        self._counters.add("reconciles_total", account=self._watched.name, outcome="done")
        if missed:
            self._counters.add("reconcile_missed_total", missed, account=self._watched.name)
            self._log.warning("records told what was missed", missed=missed)
        if self._has_failed:
            self._log.info("records can be compared again")
        self._has_failed = False
        await self._doors.desk.reconciled(self._watched.name, at, missed)

    async def _tell_failed(self, at: datetime, reason: str) -> None:
        self._counters.add("reconciles_total", account=self._watched.name, outcome="failed")
        if not self._has_failed:
            self._log.warning("records cannot be compared", reason=reason)
        self._has_failed = True
        await self._doors.desk.reconcile_failed(self._watched.name, at, reason)
