"""alertd/covering.py, on a real store; time stands where it is put"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from alertd.coverage.judging import Evidence
from alertd.coverage.outage import Reach
from alertd.coverage.settings import CoverageSettings
from alertd.covering import Around, Covering
from alertd.domain.coverage import Sight
from alertd.domain.events import Coverage, CoverageCause, CoverageState, Event
from alertd.domain.notification import Outcome
from alertd.proofs import SinkProofs
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.coverage.evidence import START, at, evidence, stream
from tests.doubles.set_clock import SetClock

UP = evidence()
LOST = evidence(stream(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION, since=None), positions=1)


class Bench:
    """Coverage of accounts whose sight is what a test says."""

    def __init__(self, database: Database, covering: Covering, clock: SetClock, told: list[Event]) -> None:
        self.database, self.covering, self.clock, self.told = database, covering, clock, told
        self.sights: dict[str, Sight] = {}

    def see(self, account: str, shown: Evidence, now_s: float | None = None) -> None:
        """The account shows this, and its stream says that something is new."""
        if now_s is not None:
            self.clock.at = at(now_s)
        self.sights[account] = shown.sight
        if account in self.covering.accounts:
            self.covering.noticed(account, "private")
        else:
            self.covering.watch(account, "okx", lambda: self.sights[account])

    async def gaps(self) -> list[tuple[str, str, float, float | None]]:
        return [
            (
                gap.account,
                gap.cause.value,
                (gap.began_at - START).total_seconds(),
                None if gap.ended_at is None else (gap.ended_at - START).total_seconds(),
            )
            for gap in await self.database.gaps_since(START)
        ]

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)

    def states(self) -> list[tuple[str, str, int]]:
        events = [event for event in self.told if isinstance(event, Coverage)]
        return [(event.account, event.state.value, event.urgency) for event in events]


@asynccontextmanager
async def bench(
    folder: Path, now_s: float = 0, *, alarmed: bool = False, told: Sequence[Coverage] = ()
) -> AsyncIterator[Bench]:
    """Running; what ends it is no planned stop."""
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    await database.load()
    clock, proofs, events = SetClock(at(now_s)), SinkProofs(), list[Event]()
    proofs.attempted("phone", Outcome.SENT, START)

    async def deliver(new: Sequence[Event]) -> None:
        events.extend(new)

    covering = Covering(
        settings=CoverageSettings(),
        database=database,
        clock=clock,
        counters=Counters(),
        proofs=proofs,
        records=await database.coverage_records(),
        told=told,
        around=Around(
            sinks=lambda: ("phone",),
            critical_sinks=lambda _: ("phone",),
            is_alarmed=lambda _: alarmed,
            reach=lambda _: Reach(failing=True, gap_s=0.35),
            deliver=deliver,
        ),
    )
    running = asyncio.create_task(covering.run())
    try:
        yield Bench(database, covering, clock, events)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await database.close()


async def test_a_loss_too_short_for_any_look_is_on_record(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        one.see("main", LOST, 0.2)
        one.see("main", UP, 0.3)
        await one.until(lambda: one.states())
        await one.covering.close()
        assert await one.gaps() == [("main", "connection", 0.2, 0.3)]


async def test_each_change_is_told_once(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        await one.until(lambda: one.states() == [("main", "watched", 0)])
        one.see("main", LOST, 5)
        await one.until(lambda: one.states()[1:] == [("main", "blind", 0)])
        one.clock.at = at(66)
        await one.until(lambda: one.states()[2:] == [("main", "blind", 2)])
        one.see("main", UP, 70)
        await one.until(lambda: one.states()[3:] == [("main", "watched", 0)])


async def test_what_is_alarmed_is_told_almost_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path, alarmed=True) as one:
        one.see("main", LOST, 0)
        one.clock.at = at(5)
        await one.until(lambda: ("main", "blind", 3) in one.states())


async def test_a_killed_process_leaves_a_gap_from_its_last_sight_on(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        one.see("main", LOST, 5)
        await one.until(lambda: one.states())
        one.clock.at = at(8)  # a second before the kill nothing was written
    async with bench(tmp_path, 100) as one:
        one.see("main", UP, 100)
        await one.until(lambda: one.states())
        assert await one.gaps() == [("main", "connection", 5, 5), ("main", "stopped", 5, 100)]


async def test_a_planned_stop_is_known_up_to_its_end(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        one.see("main", UP, 9)
        await one.covering.close()
    async with bench(tmp_path, 100) as one:
        one.see("main", UP, 100)
        await one.until(lambda: one.states())
        assert await one.gaps() == [("main", "stopped", 9, 100)]


async def test_up_to_when_it_is_known_is_written_once_a_minute(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        await one.until(lambda: one.states())
        for now_s in range(1, 61):
            one.see("main", UP, now_s)
        async with asyncio.timeout(10):
            while (await one.database.coverage_records())[0].seen_at < at(60):
                await asyncio.sleep(0.05)


async def test_an_account_that_left_and_comes_back_has_a_gap_between(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        one.see("main", UP, 5)
        one.covering.leave("main")
        assert "main" not in one.covering.accounts
        one.covering.leave("main")
        one.covering.noticed("main", "private")
        one.see("main", UP, 50)
        await one.covering.close()
        assert await one.gaps() == [("main", "stopped", 5, 50)]


async def test_a_comparison_with_the_exchange_marks_what_it_covers(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.see("main", UP, 0)
        one.see("main", LOST, 2)
        one.see("main", UP, 4)
        await one.covering.reconciled("main", at(5), 3)
        await one.covering.reconciled("nobody", at(5), 3)
        [gap] = await one.database.gaps_since(START)
        assert (gap.reconciled_at, gap.missed) == (at(5), 3)


async def test_what_was_told_before_a_restart_is_ended_when_it_is_over(tmp_path: Path) -> None:
    told = Coverage(
        event_id="1",
        exchange="okx",
        account="main",
        received_at=START,
        state=CoverageState.BLIND,
        cause="connection",
        since=START,
        urgency=3,
    )
    async with bench(tmp_path, 100, told=[told]) as one:
        one.see("main", LOST, 100)
        await one.until(lambda: one.states() == [("main", "blind", 3)])
        one.see("main", UP, 101)
        await one.until(lambda: one.states()[1:] == [("main", "watched", 0)])
