"""Covers alertd/sources/offset.py."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from alertd.domain.errors import RequestUnavailable
from alertd.sources.offset import INTERVAL_S, UNKNOWN_INTERVAL_S, HostOffset, HostOffsets
from alertd.telemetry import Counters
from alertd.waking import LOOK_S, Waking
from tests.sources.rig import LoopClock

ACCOUNTS = [f"a{number}" for number in range(500)]


class Host:
    """Answers after 0.2 s; counts who asks."""

    def __init__(self) -> None:
        self.asked_at_s: list[float] = []
        self.is_up = True
        self.seconds = 2.5

    async def time(self) -> float:
        self.asked_at_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.2)
        if not self.is_up:
            raise RequestUnavailable("no")
        return self.seconds


def ignored(_offset_s: float | None) -> None:
    """Learned by nobody."""


class SlippingClock(LoopClock):
    """Its wall clock can be set; the monotonic one goes on as the loop's."""

    def __init__(self) -> None:
        self.set_by_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.set_by_s)


def offset() -> tuple[HostOffset, Host, Counters]:
    counters = Counters()
    return HostOffset("https://okx", LoopClock(), counters, Waking()), Host(), counters  # type: ignore[arg-type]


def shown(counters: Counters, account: str) -> float:
    return counters.value("clock_offset_seconds", account=account)


@pytest.mark.looptime
async def test_all_accounts_of_a_host_are_one_question_an_hour() -> None:
    known, host, counters = offset()
    async with asyncio.TaskGroup() as tasks:
        keeping = [tasks.create_task(known.keep(name, host.time, ignored)) for name in ACCOUNTS]
        assert await known.asked_within(1.0)
        await asyncio.sleep(1)
        assert (known.seconds, len(host.asked_at_s)) == (2.5, 1)
        assert {shown(counters, name) for name in ACCOUNTS} == {2.5}
        host.seconds = 3.5
        await asyncio.sleep(INTERVAL_S + 10)
        assert (known.seconds, len(host.asked_at_s)) == (3.5, 2)
        assert {shown(counters, name) for name in ACCOUNTS} == {3.5}
        for task in keeping:
            task.cancel()


@pytest.mark.looptime
async def test_many_who_are_refused_their_time_at_once_ask_once() -> None:
    known, host, _ = offset()
    async with asyncio.TaskGroup() as tasks:
        for _ in ACCOUNTS:
            tasks.create_task(known.refresh(host.time))
    assert len(host.asked_at_s) == 1
    await asyncio.sleep(2)
    await known.refresh(host.time)
    assert len(host.asked_at_s) == 2


@pytest.mark.looptime
async def test_a_host_that_does_not_answer_is_asked_once_a_minute_and_what_is_known_stays() -> None:
    known, host, counters = offset()
    host.is_up = False
    async with asyncio.TaskGroup() as tasks:
        keeping = [tasks.create_task(known.keep(name, host.time, ignored)) for name in ACCOUNTS[:20]]
        await asyncio.sleep(150)
        assert len(host.asked_at_s) == 3
        assert dict(counters.cells("clock_offset_seconds")) == {}
        host.is_up = True
        await asyncio.sleep(60)
        assert known.seconds == 2.5
        host.is_up = False
        await known.refresh(host.time)
        assert known.seconds == 2.5
        for task in keeping:
            task.cancel()


@pytest.mark.looptime
async def test_after_a_jump_of_the_clock_it_is_measured_anew_and_each_account_learns_it() -> None:
    clock, waking, host = SlippingClock(), Waking(), Host()
    known = HostOffset("https://okx", clock, Counters(), waking)  # type: ignore[arg-type]
    learned: dict[str, list[float | None]] = {name: [] for name in ACCOUNTS[:20]}
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(waking.run(clock))]  # type: ignore[arg-type]
        running += [
            tasks.create_task(known.keep(name, host.time, heard.append)) for name, heard in learned.items()
        ]
        await asyncio.sleep(60)
        assert len(host.asked_at_s) == 1
        assert [set(heard) for heard in learned.values()] == [{2.5}] * 20
        clock.set_by_s, host.seconds, host.is_up = -30.0, 32.5, False
        await asyncio.sleep(LOOK_S + 1)
        assert (len(host.asked_at_s), known.seconds) == (2, 2.5)
        host.is_up = True
        await asyncio.sleep(UNKNOWN_INTERVAL_S + 2)  # what was measured before the jump holds no more
        assert (len(host.asked_at_s), known.seconds) == (3, 32.5)
        assert [heard[-1] for heard in learned.values()] == [32.5] * 20
        await asyncio.sleep(INTERVAL_S / 2)
        assert len(host.asked_at_s) == 3
        for task in running:
            task.cancel()


@pytest.mark.looptime
async def test_who_never_learned_the_time_is_told_so() -> None:
    known, host, _ = offset()
    host.is_up = False
    learned: list[float | None] = []
    keeping = asyncio.create_task(known.keep("main", host.time, learned.append))
    await asyncio.sleep(1)
    assert learned == [None]
    keeping.cancel()


@pytest.mark.looptime
async def test_who_goes_away_while_asking_leaves_it_to_the_next() -> None:
    known, host, _ = offset()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(known.refresh(host.time))
        await asyncio.sleep(0.1)
        second = tasks.create_task(known.refresh(host.time))
        await asyncio.sleep(0)
        first.cancel()
        await second
    assert known.seconds == 2.5


@pytest.mark.looptime
async def test_a_stream_waits_for_the_time_only_so_long() -> None:
    known, host, _ = offset()
    assert not await known.asked_within(1.0)
    await known.refresh(host.time)
    assert await known.asked_within(0.0)


async def test_each_host_has_its_own() -> None:
    hosts = HostOffsets(LoopClock(), Counters(), Waking())  # type: ignore[arg-type]
    assert hosts.of("https://a") is hosts.of("https://a")
    assert hosts.of("https://a") is not hosts.of("https://b")
