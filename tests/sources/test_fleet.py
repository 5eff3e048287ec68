"""Covers alertd/sources/fleet.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from alertd.domain.events import Coverage, CoverageCause, CoverageState, Event
from alertd.sources.fleet import Fleet
from tests.sources.rig import LoopClock


class Office:
    """A fleet, and what it handed on."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.told: list[Coverage] = []
        self.let_through = asyncio.Event()
        self.let_through.set()
        self.fleet = Fleet("okx", self.clock, self._deliver)  # type: ignore[arg-type]
        self._ids = 0

    async def _deliver(self, events: Sequence[Event]) -> None:
        await self.let_through.wait()
        self.told += [event for event in events if isinstance(event, Coverage)]

    def of(self, account: str) -> list[tuple[str, bool]]:
        return [(str(one.state), one.shared) for one in self.told if one.account == account]

    @property
    def outage(self) -> list[Coverage]:
        return [one for one in self.told if not one.account]

    async def lost(self, account: str, cause: CoverageCause = CoverageCause.CONNECTION) -> None:
        await self.tell(account, CoverageState.BLIND, cause)

    async def watched(self, account: str) -> None:
        await self.tell(account, CoverageState.WATCHED, "")

    async def tell(self, account: str, state: CoverageState, cause: str) -> None:
        self._ids += 1
        now = self.clock.now()
        await self.fleet.tell(
            Coverage(
                event_id=str(self._ids),
                exchange="okx",
                account=account,
                received_at=now,
                stream="private",
                state=state,
                cause=cause,
                since=now,
            )
        )


@asynccontextmanager
async def fleet(*names: str) -> AsyncIterator[Office]:
    """Accounts that have begun, and nothing has come of it yet."""
    office = Office()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(office.fleet.run())
        for name in names:
            office.fleet.joins(name, lambda: False)
            office.fleet.began(name, "private")
        yield office
        task.cancel()


async def all_watched(office: Office, *names: str) -> None:
    for name in names:
        await office.watched(name)
    await asyncio.sleep(1.5)
    office.told.clear()


@pytest.mark.looptime
async def test_one_account_is_told_by_itself() -> None:
    async with fleet("main", "second") as office:
        await all_watched(office, "main", "second")
        await office.lost("main")
        await asyncio.sleep(100)
        assert office.of("main") == [("blind", False)]
        assert office.outage == []


@pytest.mark.looptime
async def test_several_are_told_as_one_and_so_is_their_end() -> None:
    async with fleet("main", "second", "third") as office:
        await all_watched(office, "main", "second", "third")
        await office.lost("main")
        await asyncio.sleep(10)
        await office.lost("second")
        # What was told of the first one alone is told with the others now.
        assert office.of("main") == [("blind", False), ("blind", True)]
        assert office.of("second") == [("blind", True)]
        [begun] = office.outage
        assert (begun.state, begun.accounts, begun.of_accounts) == ("blind", ("main", "second"), 3)
        await office.watched("main")
        await asyncio.sleep(2)
        assert (office.outage[-1].accounts, office.outage[-1].back) == (("second",), ("main",))
        await office.watched("second")
        assert office.outage[-1].state is CoverageState.WATCHED
        assert set(office.outage[-1].back) == {"main", "second"}
        assert office.of("second")[-1] == ("watched", False)


@pytest.mark.looptime
async def test_the_last_one_that_lags_is_told_by_itself_again() -> None:
    async with fleet("main", "second") as office:
        await all_watched(office, "main", "second")
        await office.lost("main")
        await office.lost("second")
        await office.watched("main")
        await asyncio.sleep(65)
        assert office.of("second") == [("blind", True), ("blind", False)]
        assert (office.outage[-1].state, office.outage[-1].back) == ("watched", ("main",))


@pytest.mark.looptime
async def test_a_refused_login_is_told_by_itself_and_is_no_return() -> None:
    async with fleet("main", "second", "third") as office:
        await all_watched(office, "main", "second", "third")
        for name in ("main", "second", "third"):
            await office.lost(name)
        await office.lost("third", CoverageCause.CREDENTIALS)
        assert office.of("third")[-1] == ("blind", False)
        await office.watched("main")
        await office.watched("second")
        assert office.outage[-1].accounts == ("main", "second", "third")
        assert office.outage[-1].back == ("main", "second")


@pytest.mark.looptime
async def test_five_hundred_accounts_that_wait_for_their_start_are_one_trouble() -> None:
    names = [f"a{number}" for number in range(500)]
    async with fleet(*names) as office:
        for number, name in enumerate(names):
            if number % 5 == 0:
                await asyncio.sleep(3)  # five accounts in three seconds
            await office.watched(name)
        [*told, ended] = office.outage
        assert {one.phase for one in told} == {"connecting"}
        early = next(one for one in told if len(one.accounts) <= 420)
        assert early.of_accounts == 500
        assert early.seconds_left == 146  # one stream each
        assert ended.state is CoverageState.WATCHED
        assert len(ended.back) == len(told[0].accounts)
        assert {one for name in names for one in office.of(name)} == {("watched", False)}


@pytest.mark.looptime
async def test_a_quick_start_is_no_news_but_ends_what_an_earlier_process_told() -> None:
    async with fleet("main", "second") as office:
        await asyncio.sleep(3)
        await office.watched("main")
        await office.watched("second")
        await asyncio.sleep(60)
        [ended] = office.outage
        assert (ended.state, ended.subject) == (CoverageState.WATCHED, "accounts/okx/connection")


@pytest.mark.looptime
async def test_an_account_that_is_taken_away_is_not_told_any_more() -> None:
    async with fleet("main", "second", "third") as office:
        await all_watched(office, "main", "second", "third")
        for name in ("main", "second", "third"):
            await office.lost(name)
        office.fleet.leaves("third")
        await office.watched("main")
        await office.watched("second")
        assert office.outage[-1].accounts == ("main", "second")
        assert not any("third" in one.back for one in office.outage)


@pytest.mark.looptime
async def test_what_is_handed_on_keeps_its_order_while_the_way_is_blocked() -> None:
    async with fleet("main", "second") as office:
        await all_watched(office, "main", "second")
        office.let_through.clear()
        async with asyncio.TaskGroup() as tasks:
            stopped = tasks.create_task(office.lost("main"))
            await asyncio.sleep(0)
            tasks.create_task(office.lost("second"))
            await asyncio.sleep(0)
            tasks.create_task(office.watched("main"))
            await asyncio.sleep(0)
            stopped.cancel()  # what it had in its hands is sent by the next one
            await asyncio.sleep(5)
            office.let_through.set()
        assert office.of("main")[0][0] == "blind"
        assert office.of("main")[-1] == ("watched", False)
        assert len({id(one) for one in office.told}) == len(office.told)
