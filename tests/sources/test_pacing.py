"""Covers alertd/sources/pacing.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from alertd.domain.alert import Severity
from alertd.sources.pacing import PROBE_GAP_S, ConnectPacer
from alertd.sources.turns import Caller, Standing

ACCOUNTS = [f"a{number}" for number in range(500)]
LIMIT_S = 1000 / 3


@pytest.mark.looptime
async def test_at_most_three_connects_a_second() -> None:
    pacer = ConnectPacer()
    loop = asyncio.get_running_loop()
    began = loop.time()
    turns: list[float] = []

    async def connect() -> None:
        await pacer.turn(Caller("main"))
        turns.append(loop.time() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(30):
            group.create_task(connect())
    assert turns == sorted(turns)
    assert all(later - earlier >= 0.999 for earlier, later in zip(turns, turns[3:], strict=False))
    assert turns[-1] < 10.1


class Storm:
    """500 accounts, 1,000 streams, cut at once; the dials succeed."""

    def __init__(self, standings: dict[str, Standing]) -> None:
        self.standings = standings
        self.pacer = ConnectPacer(lambda name: self.standings.get(name, Standing()))
        self.dialled: list[tuple[float, str, int]] = []

    async def run(self, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        loop = asyncio.get_running_loop()
        self.began_s = loop.time()

        async def connect(account: str, place: int) -> None:
            await self.pacer.turn(Caller(account, place, "wss://okx", self.began_s))
            self.dialled.append((loop.time() - self.began_s, account, place))
            self.pacer.dialled("wss://okx", reached=True)
            meanwhile(len(self.dialled))

        async with asyncio.TaskGroup() as group:
            for account in ACCOUNTS:
                for place in (1, 0):
                    group.create_task(connect(account, place))


@pytest.mark.looptime
async def test_a_thousand_streams_take_what_the_limit_takes_and_little_more() -> None:
    standings = {f"a{n}": Standing(Severity.CRITICAL) for n in range(490, 500)}
    standings |= {f"a{n}": Standing(Severity.WARNING) for n in range(470, 490)}
    standings |= {f"a{n}": Standing(has_positions=True) for n in range(400, 470)}
    storm = Storm(standings)
    await storm.run()
    times = [at for at, _, _ in storm.dialled]
    assert len(times) == 1000
    assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[3:], strict=False))
    assert times[-1] <= LIMIT_S * 1.05
    places = {(account, place): index for index, (_, account, place) in enumerate(storm.dialled)}
    groups = [range(490, 500), range(470, 490), range(400, 470), range(400)]
    bounds = [[places[f"a{n}", place] for n in group for place in (0, 1)] for group in groups]
    assert all(max(sooner) < min(later) for sooner, later in pairwise(bounds))
    assert all(places[account, 0] < places[account, 1] for account in ACCOUNTS)


@pytest.mark.looptime
async def test_who_gets_into_danger_while_waiting_is_next() -> None:
    storm = Storm({})

    def meanwhile(dials: int) -> None:
        if dials == 300:
            storm.standings["a499"] = Standing(Severity.CRITICAL)

    await storm.run(meanwhile)
    # The turn after is given already when the news comes, at the latest the next one is his.
    assert ("a499", 0) in [one[1:] for one in storm.dialled[300:302]]
    assert ("a499", 1) in [one[1:] for one in storm.dialled[300:303]]


async def test_a_stalled_loop_is_not_followed_by_a_bunch() -> None:
    pacer = ConnectPacer(per_second=30)
    loop = asyncio.get_running_loop()
    turns: list[float] = []

    async def connect() -> None:
        await pacer.turn(Caller("main"))
        turns.append(loop.time())
        if len(turns) == 5:
            time.sleep(0.3)  # whatever holds up the loop

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(connect())
    # Three gaps less what may be caught up with: the exchange counts what arrives.
    assert all(later - earlier >= 0.08 for earlier, later in zip(turns, turns[3:], strict=False))


@pytest.mark.looptime
async def test_a_host_that_does_not_answer_is_asked_once_a_second_and_then_by_all_at_once() -> None:
    pacer = ConnectPacer()
    loop = asyncio.get_running_loop()
    is_back = False
    failed: list[float] = []
    done: list[float] = []

    async def connect(name: str) -> None:
        while True:
            await pacer.turn(Caller(name, origin="wss://okx"))
            pacer.dialled("wss://okx", reached=is_back)
            if is_back:
                done.append(loop.time())
                return
            failed.append(loop.time())
            await pacer.until_reached("wss://okx", 40.0)

    async with asyncio.TaskGroup() as group:
        for name in ACCOUNTS[:60]:
            group.create_task(connect(name))
        await asyncio.sleep(100)
        assert pacer.is_failing
        assert all(later - earlier >= PROBE_GAP_S - 0.01 for earlier, later in pairwise(failed[1:]))
        is_back, came_back_s = True, loop.time()
    assert len(done) == 60
    assert not pacer.is_failing
    assert done[-1] - came_back_s <= 60 / 3 * 1.05 + PROBE_GAP_S  # nobody rested on


@pytest.mark.looptime
async def test_a_silent_host_does_not_slow_down_another() -> None:
    pacer = ConnectPacer()
    await pacer.turn(Caller("main", origin="a"))
    pacer.dialled("a", reached=False)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with asyncio.TaskGroup() as group:
        group.create_task(pacer.turn(Caller("main", origin="a")))
        for _ in range(2):
            group.create_task(pacer.turn(Caller("other", origin="b")))
        await asyncio.sleep(0.75)
        assert pacer.waiting == 1
    assert loop.time() - began_s >= PROBE_GAP_S - 0.01


@pytest.mark.looptime
async def test_who_goes_away_leaves_his_turn_to_the_next() -> None:
    pacer = ConnectPacer()
    loop = asyncio.get_running_loop()
    await pacer.turn(Caller("main"))
    began_s = loop.time()
    async with asyncio.TaskGroup() as group:
        gone = [group.create_task(pacer.turn(Caller("gone"))) for _ in range(20)]
        group.create_task(pacer.turn(Caller("stays")))
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
    assert loop.time() - began_s < 0.4
    assert pacer.waiting == 0
