"""Keeps the coverage of every account: asks for its evidence, writes its record, tells what has changed.

What a stream hands in is judged at once, so that no loss is too short for the record; what time alone
changes is looked at every second. The record is written as gaps begin and end, and once a minute to say up
to when it is known: after a kill it goes on from there, with the time between as a gap of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NoReturn

import msgspec
import structlog

from alertd.clock import Clock
from alertd.coverage.account import AccountCoverage
from alertd.coverage.outage import Reach
from alertd.coverage.settings import CoverageSettings
from alertd.coverage.telling import Teller
from alertd.domain.coverage import Gap, KeptRecord, Sight
from alertd.domain.events import Coverage, CoverageState, Event
from alertd.domain.maintenance import Excuse
from alertd.proofs import SinkProofs
from alertd.store.database import Database
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

LOOK_S = 1.0
KEPT_EVERY_S = 60.0


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What coverage asks of the others.

    `sinks`: all names; `critical_sinks`: those of the route for critical news of an account. `is_alarmed`:
    whether an alert of the account is open that tells of a danger. `reach`: how an exchange is reached.
    `excuse`: planned maintenance that explains now why an account is not seen.
    `canary`: what it found wrong on the way to who hears of the account.
    """

    sinks: Callable[[], Iterable[str]]
    critical_sinks: Callable[[str], Sequence[str]]
    is_alarmed: Callable[[str], bool]
    reach: Callable[[str], Reach]
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    excuse: Callable[[str], Excuse | None] = lambda _: None
    canary: Callable[[str], str] = lambda _: ""


class Covering:
    """Of all accounts (`CoverageDesk` in the sources room). `told`: coverage events of open alerts."""

    def __init__(
        self,
        *,
        settings: CoverageSettings,
        database: Database,
        clock: Clock,
        counters: Counters,
        proofs: SinkProofs,
        records: Iterable[KeptRecord],
        told: Sequence[Coverage],
        around: Around,
    ) -> None:
        self.settings = settings
        self._database = database
        self._clock = clock
        self._counters = counters
        self._proofs = proofs
        self._records = {record.account: record for record in records}
        self._told = {event.account: event for event in told if event.account}
        self._teller = Teller(told)
        self._around = around
        self._accounts: dict[str, AccountCoverage] = {}
        self._looks: dict[str, Callable[[], Sight]] = {}
        self._gaps: dict[tuple[str, int], Gap] = {}  # changed and not written yet
        self._unkept: dict[str, None] = {}  # accounts whose record is to be written with them
        self._kept_at_s = clock.monotonic_s()
        self._news = asyncio.Event()

    @property
    def accounts(self) -> Mapping[str, AccountCoverage]:
        """All that are watched, by name: a live view."""
        return self._accounts

    def is_blind(self, account: str) -> bool:
        """Whether the account is not seen at all."""
        one = self._accounts.get(account)
        return one is not None and one.verdict.state is CoverageState.BLIND

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        """From now on the account ought to be watched. `look` gives what it shows, whenever asked."""
        now = self._clock.now()
        self._looks[account] = look
        if account not in self._accounts:
            kept, told = self._records.get(account), self._told.pop(account, None)
            self._accounts[account], changed = AccountCoverage.entered(account, exchange, kept, told, now)
            self._note(account, changed)
        self._judge(account, now)

    def leave(self, account: str) -> None:
        """The account is no longer configured. If it comes back, the time between is a gap."""
        gone = self._accounts.pop(account, None)
        if gone is not None:
            del self._looks[account]
            self._records[account] = gone.record.kept()
            self._note(account, [])

    # --- what is handed in --------------------------------------------------------------------------

    def began(self, account: str, stream: str) -> None:
        """A stream ought to be watched from now on."""
        self.noticed(account, stream)

    def noticed(self, account: str, stream: str) -> None:  # noqa: ARG002 - the shape of the desk
        """What it shows may have changed."""
        self._judge(account, self._clock.now())

    async def tell(self, coverage: Coverage) -> None:
        """A stream stands otherwise than before."""
        self.noticed(coverage.account, coverage.stream)

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        """A comparison with the exchange's records succeeded: begun `at`, it found so much that was missed.

        Raises: StoreError.
        """
        if account not in self._accounts:
            return
        self._accounts[account].reconciled(at, missed)
        self._judge(account, self._clock.now())
        await self._write()
        await self._database.reconciled(account, at, missed)

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        """One that failed is logged by who made it; here it counts that the last good one grows old."""

    # --- its own work -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look, write and tell until cancelled. Raises: an exception group with a StoreError."""
        self._proofs.restore(await self._database.last_sent())
        async with asyncio.TaskGroup() as tasks:
            # Apart: a slow disk or a full queue must not look like a process that stood still.
            tasks.create_task(self._look_on(), name="coverage:look")
            tasks.create_task(self._speak(), name="coverage:speak")

    async def _look_on(self) -> NoReturn:
        """Judge every account anew, and again: time alone may have taken a proof away."""
        while True:
            now = self._clock.now()
            for account in self._accounts:
                self._judge(account, now)
            await asyncio.sleep(LOOK_S)

    async def _speak(self) -> NoReturn:
        while True:
            self._news.clear()
            await self._write()
            await self._tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()

    async def close(self) -> None:
        """Write up to when it is known what was covered. For a planned stop, after `run` was cancelled."""
        self._unkept |= dict.fromkeys(self._accounts)
        await self._write()

    def _judge(self, account: str, now: datetime) -> None:
        one = self._accounts.get(account)
        if one is None:
            return
        sight = self._looks[account]()
        changed = one.judge(
            sight,
            self._proofs.of(self._around.critical_sinks(account)),
            self._proofs.of(self._around.sinks()),
            self.settings.bounds(sight.reconciled_within_s),
            now,
            self._around.canary(account),
        )
        self._counters.set("account_watched", float(one.lost_since is None), account=account)
        if changed:
            self._note(account, changed)

    def _note(self, account: str, changed: Iterable[Gap]) -> None:
        self._unkept[account] = None
        self._news.set()
        for gap in changed:
            self._gaps[account, gap.number] = gap
            cause = gap.cause.value
            if gap.ended_at is None:
                log.warning("account not watched", account=account, state=str(gap.state), cause=cause)
                continue
            lasted_s = (gap.ended_at - gap.began_at).total_seconds()
            log.info("gap ended", account=account, cause=cause, lasted_s=round(lasted_s, 1))
            self._counters.add("coverage_gaps_total", account=account, cause=cause)
            self._counters.add("coverage_gap_seconds_total", lasted_s, account=account, cause=cause)

    async def _write(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._kept_at_s >= KEPT_EVERY_S:
            self._kept_at_s = now_s
            self._unkept |= dict.fromkeys(self._accounts)
        if not (self._gaps or self._unkept):
            return
        gaps, self._gaps = list(self._gaps.values()), {}
        names, self._unkept = self._unkept, {}
        await self._database.write_coverage(gaps, [self._kept(name) for name in names])

    def _kept(self, account: str) -> KeptRecord:
        one = self._accounts.get(account)
        return self._records[account] if one is None else one.record.kept()

    async def _tell(self) -> None:
        now = self._clock.now()
        standings = {
            name: one.standing(
                self.settings,
                now,
                alarmed=self._around.is_alarmed(name),
                excuse=self._around.excuse(name),
            )
            for name, one in self._accounts.items()
        }
        reaches = {name: self._around.reach(name) for name in {one.exchange for one in standings.values()}}
        if events := self._teller.news(standings, now, reaches):
            await self._around.deliver(events)
