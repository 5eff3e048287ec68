"""Tells that alertd goes down, and how it came back: for how long nobody watched, and what was missed.

What one process leaves for the next is a fact of the store; what it means is decided in `presence/`.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from alertd.clock import Clock
from alertd.coverage.account import AccountCoverage
from alertd.covering import Covering
from alertd.domain.alert import Alert
from alertd.domain.coverage import Gap
from alertd.domain.events import CoverageCause, CoverageState, Event, Occasion, Stopping
from alertd.domain.presence import After, Comeback, Manner, Missed
from alertd.hygiene import Hygiene, findings_event
from alertd.presence.comeback import blind_from, missed_in
from alertd.presence.restarts import (
    STEADY_AFTER,
    Begun,
    Life,
    begun,
    life_of,
    loop_told,
    steady,
    stopping,
)
from alertd.presence.summary import open_alerts, open_positions
from alertd.store.database import Database

log = structlog.get_logger(__name__)

# What is not seen again by then is named in the message.
COMPARED_WITHIN_S = 30.0
LOOK_S = 0.25
LIFE = "life"
_LOOK_BACK = timedelta(days=7)
_SEEN_BY_NOBODY = frozenset({CoverageCause.CREDENTIALS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """`handled` returns once all that was delivered before stands in the store. `alerts`: the open ones."""

    database: Database
    clock: Clock
    covering: Covering
    hygiene: Hygiene
    accounts: Callable[[], Collection[str]]
    alerts: Callable[[], Iterable[Alert]]
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]


class Homecoming:
    """Of one process. `settled` is set once its start was told, or it was decided that it is not."""

    def __init__(self, around: Household, *, is_first_start: bool) -> None:
        self._around = around
        self._is_first = is_first_start
        self._start = Begun(Life(), After.UNKNOWN, None)
        self._life = self._start.life
        self._blind_from: dict[str, datetime] = {}
        self._blind_until: dict[str, datetime] = {}
        self._missed: list[Missed] | None = []
        self.settled = asyncio.Event()

    async def remember(self) -> None:
        """Learn since when nobody watched: before anything is written about now. Raises: StoreError."""
        gaps: defaultdict[str, list[Gap]] = defaultdict(list)
        for gap in await self._around.database.gaps_since(self._around.clock.now() - _LOOK_BACK):
            gaps[gap.account].append(gap)
        for record in await self._around.database.coverage_records():
            self._blind_from[record.account] = blind_from(gaps[record.account], record.seen_at)

    async def take(self, events: Sequence[Event]) -> None:
        """What the exchange's records told: passed on, and until the start is told remembered as missed."""
        if self._missed is not None:
            self._missed += missed_in(events)
        await self._around.deliver(events)

    async def begin(self) -> None:
        """The process is up: from now on it ends by being asked to, or by a crash. Raises: StoreError."""
        former = life_of(await self._around.database.read_fact(LIFE))
        self._start = begun(former, self._around.clock.now(), is_first=self._is_first)
        await self._keep(self._start.life)
        log.info("up", after=str(self._start.after), told_as=str(self._start.manner or "nothing"))

    async def run(self) -> None:
        """Tell the start, now or once it is known what was missed. Raises: StoreError."""
        start, hygiene = self._start, self._around.hygiene
        if start.manner is Manner.LOOP:
            await self._tell_loop()
        await hygiene.looked_at()
        if start.after is not After.FIRST:
            await self._until_compared()
        if start.manner is Manner.ONE:
            await hygiene.tell_start(self._comeback(Manner.ONE))
        else:
            hygiene.pass_over()
        self.settled.set()
        if self._life.loop_since is not None:
            await self._until_steady()
        self._missed = None

    async def stopping(self) -> None:
        """Somebody asks alertd to stop: leave word for the next process, and tell. Raises: StoreError."""
        now = self._around.clock.now()
        life, is_told = stopping(self._life, now)
        await self._keep(life)
        if is_told:
            await self._around.deliver([self._stopping(now)])

    def _stopping(self, now: datetime) -> Stopping:
        accounts = self._around.covering.accounts
        positions = open_positions(one.sight.positions for one in accounts.values())
        alerts = sum(1 for alert in open_alerts(self._around.alerts()) if alert.account in accounts)
        return Stopping(
            event_id=f"stopping:{now.timestamp():.6f}",
            exchange="",
            account="",
            received_at=now,
            accounts=tuple(accounts),
            positions=positions,
            alerts=alerts,
            exposed=positions != 0 or alerts > 0,
        )

    async def _keep(self, life: Life) -> None:
        self._life = life
        await self._around.database.write_fact(LIFE, life.encoded())

    async def _tell_loop(self) -> None:
        """At once: the next crash may come before anything was looked at."""
        now, accounts = self._around.clock.now(), self._around.accounts()
        once = f"findings:loop:{self._life.loop_since}:{self._life.loop_told_at}"
        told = self._comeback(Manner.LOOP)
        await self._around.deliver([findings_event(Occasion.START, accounts, [], now, told, once)])
        await self._around.handled()
        await self._keep(loop_told(self._life, now))

    async def _until_steady(self) -> None:
        await asyncio.sleep(STEADY_AFTER.total_seconds())
        await self._around.hygiene.tell_start(self._comeback(Manner.STEADY))
        await self._around.handled()
        await self._keep(steady(self._life))

    def _comeback(self, manner: Manner) -> Comeback:
        after, life = self._start.after, self._life
        if after is After.FIRST:
            return Comeback(after=after)
        until = life.starts[-1] if life.starts else self._around.clock.now()
        loop = Comeback(after=after, manner=manner, starts=life.loop_starts, within_s=life.within_s(until))
        if manner is Manner.LOOP:
            return loop
        return msgspec.structs.replace(
            loop,
            blind_s=self._longest_blind_s(),
            uncompared=tuple(self._uncompared()),
            missed=tuple(self._missed or ()),
        )

    async def _until_compared(self) -> None:
        """Wait until every account is seen again and was compared since; not for long, and not for those that
        wait for a person.
        """
        ends_s = self._around.clock.monotonic_s() + COMPARED_WITHIN_S
        while self._around.clock.monotonic_s() < ends_s:
            if not self._uncompared(awaited_only=True):
                return
            await asyncio.sleep(LOOK_S)

    def _uncompared(self, *, awaited_only: bool = False) -> list[str]:
        found, now = [], self._around.clock.now()
        for name in self._around.accounts():
            one = self._around.covering.accounts.get(name)
            if one is not None and one.verdict.state is not CoverageState.BLIND:
                self._blind_until.setdefault(name, now)
            is_parked = one is not None and bool(_SEEN_BY_NOBODY.intersection(one.verdict.causes))
            if not _is_compared(one) and not (awaited_only and is_parked):
                found.append(name)
        return found

    def _longest_blind_s(self) -> int | None:
        now = self._around.clock.now()
        spans = [
            (self._blind_until.get(name, now) - self._blind_from[name]).total_seconds()
            for name in self._around.accounts()
            if name in self._blind_from
        ]
        return max(0, round(max(spans))) if spans else None


def _is_compared(one: AccountCoverage | None) -> bool:
    """Seen again, and what happened before that was read from the exchange's records."""
    if one is None or one.verdict.state is CoverageState.BLIND:
        return False
    return CoverageCause.UNRECONCILED not in one.verdict.causes
