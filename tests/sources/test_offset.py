"""Covers alertd/sources/offset.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.domain.errors import RequestUnavailable
from alertd.sources.offset import INTERVAL_S, HostOffset, HostOffsets
from alertd.telemetry import Counters
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


def offset() -> tuple[HostOffset, Host, Counters]:
    counters = Counters()
    return HostOffset("https://okx", LoopClock(), counters), Host(), counters  # type: ignore[arg-type]


def shown(counters: Counters, account: str) -> float:
    return counters.value("clock_offset_seconds", account=account)


@pytest.mark.looptime
async def test_all_accounts_of_a_host_are_one_question_an_hour() -> None:
    known, host, counters = offset()
    async with asyncio.TaskGroup() as tasks:
        keeping = [tasks.create_task(known.keep(name, host.time)) for name in ACCOUNTS]
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
        keeping = [tasks.create_task(known.keep(name, host.time)) for name in ACCOUNTS[:20]]
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
    hosts = HostOffsets(LoopClock(), Counters())  # type: ignore[arg-type]
    assert hosts.of("https://a") is hosts.of("https://a")
    assert hosts.of("https://a") is not hosts.of("https://b")
