"""alertd/homecoming.py, on a real store"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from alertd.coverage.outage import Reach
from alertd.coverage.settings import CoverageSettings
from alertd.covering import Around, Covering
from alertd.domain.alert import Alert
from alertd.domain.coverage import Gap, KeptRecord, Sight
from alertd.domain.events import (
    CoverageCause,
    CoverageState,
    Event,
    Findings,
    Liquidation,
    Source,
    Stopping,
)
from alertd.domain.finding import Finding, Grade
from alertd.domain.presence import After, Comeback, Manner, Missed
from alertd.homecoming import COMPARED_WITHIN_S, LIFE, Homecoming, Household
from alertd.hygiene import Hygiene
from alertd.presence.restarts import Life, life_of
from alertd.proofs import SinkProofs
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.alerts.nouns import alert_of, margin
from tests.coverage.evidence import START, at, evidence, stream
from tests.doubles.set_clock import SetClock

SEEN = evidence().sight
UNCOMPARED = replace(SEEN, reconciled_within_s=240.0)
PARKED = evidence(stream(state=CoverageState.BLIND, cause=CoverageCause.CREDENTIALS)).sight
LIQUIDATION = Liquidation(
    event_id="l",
    exchange="okx",
    account="main",
    received_at=START,
    source=Source.RECONCILE,
    instrument="BTC-USDT-SWAP",
)


class Bench:
    def __init__(self, database: Database, *, is_first: bool = False) -> None:
        self.database = database
        self.clock = SetClock(START)
        self.told: list[Event] = []
        self.sights: dict[str, Sight] = {}
        self.alerts: list[Alert] = []
        around = Around(
            sinks=lambda: (),
            critical_sinks=lambda _: (),
            is_alarmed=lambda _: False,
            reach=lambda _: Reach(failing=False, gap_s=0.35),
            deliver=self.deliver,
        )
        self.covering = Covering(
            settings=CoverageSettings(),
            database=database,
            clock=self.clock,
            counters=Counters(),
            proofs=SinkProofs(),
            records=(),
            told=(),
            around=around,
        )
        self.hygiene = Hygiene(lambda: self.sights, self.clock, self.deliver)
        household = Household(
            database=database,
            clock=self.clock,
            covering=self.covering,
            hygiene=self.hygiene,
            accounts=lambda: self.sights,
            alerts=lambda: self.alerts,
            deliver=self.deliver,
            handled=self.handled,
        )
        self.home = Homecoming(household, is_first_start=is_first)

    async def deliver(self, events: Sequence[Event]) -> None:
        self.told += events

    async def handled(self) -> None:
        """Nothing waits here."""

    def sees(self, account: str, sight: Sight) -> None:
        is_new = account not in self.sights
        self.sights[account] = sight
        if is_new:
            self.covering.watch(account, "okx", lambda: self.sights[account])
            self.hygiene.report(account, "key", [Finding(code="account_reached", severity=Grade.OK)])
        self.covering.noticed(account, "private")

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)

    def comeback(self) -> Comeback | None:
        [event] = [event for event in self.told if isinstance(event, Findings)]
        return event.comeback

    async def life(self) -> Life:
        life = life_of(await self.database.read_fact(LIFE))
        assert life is not None
        return life


@asynccontextmanager
async def bench(folder: Path, life: Life | None = None, *, is_first: bool = False) -> AsyncIterator[Bench]:
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    if life is not None:
        await database.write_fact(LIFE, life.encoded())
    yield Bench(database, is_first=is_first)
    await database.close()


STOPPED = Life(starts=(at(-5000),), stop_asked_at=at(-100))


async def test_what_was_missed_is_told_once_every_account_was_compared(tmp_path: Path) -> None:
    async with bench(tmp_path, STOPPED) as one:
        gap = Gap(
            account="main",
            number=1,
            state=CoverageState.BLIND,
            cause=CoverageCause.CONNECTION,
            began_at=at(-130),
        )
        records = [KeptRecord(account=name, since=at(-9000), seen_at=at(-100)) for name in ("main", "desk")]
        await one.database.write_coverage([gap], records)
        await one.home.remember()
        await one.home.begin()
        one.sees("main", UNCOMPARED)
        one.sees("desk", SEEN)
        running = asyncio.get_running_loop().create_task(one.home.run())
        await asyncio.sleep(0.6)
        assert one.told == []
        await one.home.take([LIQUIDATION])
        one.clock.at = at(7)
        await one.covering.reconciled("main", at(6), 1)
        await running
        assert one.told[0] is LIQUIDATION
        missed = Missed(account="main", what="liquidation", instrument="BTC-USDT-SWAP")
        assert one.comeback() == Comeback(after=After.STOP, blind_s=130, missed=(missed,))
        assert one.home.settled.is_set()


async def test_who_is_not_compared_in_time_is_named_and_a_parked_one_not_waited_for(tmp_path: Path) -> None:
    async with bench(tmp_path, STOPPED) as one:
        await one.home.begin()
        one.sees("parked", PARKED)
        running = asyncio.get_running_loop().create_task(one.home.run())
        await running
        assert one.comeback() == Comeback(after=After.STOP, uncompared=("parked",))
    async with bench(tmp_path, STOPPED) as one:
        await one.home.begin()
        one.sees("parked", PARKED)
        one.sees("main", UNCOMPARED)
        running = asyncio.get_running_loop().create_task(one.home.run())
        await asyncio.sleep(0.6)
        assert one.told == []
        one.clock.at = START + timedelta(seconds=COMPARED_WITHIN_S)
        await running
        assert one.comeback() == Comeback(after=After.STOP, uncompared=("parked", "main"))


async def test_a_first_start_waits_for_no_comparison(tmp_path: Path) -> None:
    async with bench(tmp_path, is_first=True) as one:
        await one.home.begin()
        one.sights["main"] = UNCOMPARED
        running = asyncio.get_running_loop().create_task(one.home.run())
        await asyncio.sleep(0.1)
        assert one.told == []  # its key was not looked at yet
        one.sights.clear()
        one.sees("main", UNCOMPARED)
        await running
        assert one.comeback() == Comeback(after=After.FIRST)


async def test_a_loop_is_told_before_anything_was_looked_at_and_its_starts_are_not(tmp_path: Path) -> None:
    starts = tuple(at(-10 * n) for n in (3, 2, 1))
    async with bench(tmp_path, Life(starts=starts)) as one:
        one.sights["main"] = SEEN  # configured, and nothing was found out about it yet
        await one.home.begin()
        running = asyncio.get_running_loop().create_task(one.home.run())
        await one.until(lambda: one.told)
        assert one.comeback() == Comeback(after=After.CRASH, manner=Manner.LOOP, starts=4, within_s=30)
        await one.until(lambda: running.done() or one.told)
        async with asyncio.timeout(10):
            while (await one.life()).loop_told_at is None:
                await asyncio.sleep(0.01)
        running.cancel()
        await one.home.stopping()
        assert len(one.told) == 1
    async with bench(tmp_path) as one:
        one.clock.at = at(5)
        await one.home.begin()
        one.sees("main", SEEN)
        running = asyncio.get_running_loop().create_task(one.home.run())
        async with asyncio.timeout(10):
            await one.home.settled.wait()
        running.cancel()
        assert one.told == []
        assert (await one.life()).loop_starts == 5


async def test_a_stop_says_what_is_open_and_leaves_word(tmp_path: Path) -> None:
    async with bench(tmp_path, STOPPED) as one:
        await one.home.begin()
        assert (await one.life()).stop_asked_at is None
        one.sees("main", replace(SEEN, positions=2))
        one.sees("desk", SEEN)
        one.alerts = [alert_of(margin()), alert_of(margin(account="gone"))]
        await one.home.stopping()
        [stopping] = one.told
        assert isinstance(stopping, Stopping)
        assert (stopping.accounts, stopping.positions, stopping.alerts) == (("main", "desk"), 2, 1)
        assert stopping.exposed
        assert (await one.life()).stop_asked_at == START


async def test_nothing_open_is_no_exposure_and_what_is_not_known_is(tmp_path: Path) -> None:
    async with bench(tmp_path, STOPPED) as one:
        one.sees("main", SEEN)
        await one.home.stopping()
        one.sees("desk", replace(SEEN, positions=None))
        await one.home.stopping()
        flat, unknown = one.told
        assert isinstance(flat, Stopping)
        assert isinstance(unknown, Stopping)
        assert (flat.positions, flat.exposed) == (0, False)
        assert (unknown.positions, unknown.exposed) == (None, True)
