"""Covers alertd/flag.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.flag import Flag


async def test_who_waits_goes_on_once_it_is_set() -> None:
    flag = Flag()
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(flag.within(wait_s)) for wait_s in (None, 60.0)]
        await asyncio.sleep(0)
        assert not any(one.done() for one in waiting)
        flag.set()
    assert [one.result() for one in waiting] == [True, True]
    assert flag.is_set


@pytest.mark.looptime
async def test_nobody_waits_longer_than_asked() -> None:
    flag, loop = Flag(), asyncio.get_running_loop()
    began_s = loop.time()
    assert not await flag.within(5.0)
    assert loop.time() - began_s == pytest.approx(5.0)
    assert not flag.is_set


@pytest.mark.parametrize("wait_s", [None, 0.0, -1.0, 60.0])
async def test_what_is_set_already_is_not_waited_for(wait_s: float | None) -> None:
    flag = Flag()
    flag.set()
    assert await flag.within(wait_s)
    flag.clear()
    assert not await flag.within(0.0)


async def test_set_and_cleared_before_the_waiting_go_on_it_was_set_for_them() -> None:
    flag = Flag()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(flag.within(60.0))
        await asyncio.sleep(0)
        flag.set()
        flag.clear()
    assert waiting.result()


async def test_one_who_is_cancelled_leaves_the_others_waiting() -> None:
    flag = Flag()
    async with asyncio.TaskGroup() as tasks:
        gone, stays = tasks.create_task(flag.within(None)), tasks.create_task(flag.within(None))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        assert not stays.done()
        flag.set()
    assert gone.cancelled()
    assert stays.result()
