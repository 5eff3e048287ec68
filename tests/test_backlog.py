"""Covers alertd/backlog.py"""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from alertd.backlog import Backlog


def backlog(size: int = 10) -> tuple[Backlog[int], list[None]]:
    waits: list[None] = []
    return Backlog(size, lambda: waits.append(None)), waits


async def test_what_is_handed_over_is_taken_in_order() -> None:
    waiting, _ = backlog()
    await waiting.put([1, 2])
    await waiting.put([3])
    assert await waiting.take(2) == [1, 2]
    assert await waiting.take(2) == [3]


async def test_a_consumer_waits_for_news() -> None:
    waiting, _ = backlog()
    taken = asyncio.create_task(waiting.take(5))
    await asyncio.sleep(0)
    assert not taken.done()
    await waiting.put([7])
    assert await taken == [7]


async def test_a_full_backlog_makes_the_producer_wait_and_drops_nothing() -> None:
    waiting, waits = backlog(size=2)
    putting = asyncio.create_task(waiting.put([1, 2, 3]))
    await asyncio.sleep(0)
    assert not putting.done()
    assert len(waiting) == 2
    assert len(waits) == 1
    assert await waiting.take(1) == [1]
    await putting
    assert await waiting.take(5) == [2, 3]


async def test_it_is_drained_once_what_was_taken_is_handled() -> None:
    waiting, _ = backlog()
    await waiting.drained()  # nothing was ever handed over
    await waiting.put([1])
    drained = asyncio.create_task(waiting.drained())
    await waiting.take(5)
    await asyncio.sleep(0)
    assert not drained.done()
    waiting.handled()
    await drained


async def test_it_is_not_drained_while_something_came_in_between() -> None:
    waiting, _ = backlog()
    await waiting.put([1])
    await waiting.take(5)
    await waiting.put([2])
    waiting.handled()
    drained = asyncio.create_task(waiting.drained())
    await asyncio.sleep(0)
    assert not drained.done()
    drained.cancel()


@given(st.lists(st.lists(st.integers(), max_size=7)), st.integers(1, 5), st.integers(1, 9))
def test_whatever_the_sizes_all_arrives_in_order(batches: list[list[int]], most: int, size: int) -> None:
    async def pass_through() -> list[int]:
        waiting, _ = backlog(size)
        wanted = [item for batch in batches for item in batch]
        found: list[int] = []

        async def produce() -> None:
            for batch in batches:
                await waiting.put(batch)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(produce())
            while len(found) < len(wanted):
                taken = await waiting.take(most)
                assert 0 < len(taken) <= most
                found += taken
                waiting.handled()
        return found

    assert asyncio.run(pass_through()) == [item for batch in batches for item in batch]
