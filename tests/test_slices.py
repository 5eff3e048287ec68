"""Covers alertd/slices.py."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from itertools import count

import pytest

from alertd.slices import PAUSE_S, SHORT_SLICE_S, SLICE_S, in_slices


def steps(number: int) -> Generator[None, None, str]:
    for _ in range(number):
        yield
    return "done"


def hurrying(step_s: float) -> Iterator[float]:
    return (look * step_s for look in count())


@pytest.mark.parametrize(
    ("step_s", "slice_s", "turns"),
    [
        (SLICE_S / 100, SLICE_S, 0),
        (SLICE_S * 2, SLICE_S, 8),
        (SHORT_SLICE_S * 2, SLICE_S, 2),
        (SHORT_SLICE_S * 2, SHORT_SLICE_S, 8),
    ],
)
async def test_others_get_a_turn_when_a_slice_is_over(step_s: float, slice_s: float, turns: int) -> None:
    had = 0

    async def other() -> None:
        nonlocal had
        while True:
            await asyncio.sleep(0)
            had += 1

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(other())
        await asyncio.sleep(0)
        times = hurrying(step_s)
        assert await in_slices(steps(8), lambda: next(times), slice_s) == "done"
        waiting.cancel()
    assert had == turns


@pytest.mark.looptime
async def test_with_a_pause_nobody_meets_two_slices_on_the_way() -> None:
    times, loop = hurrying(SHORT_SLICE_S * 2), asyncio.get_running_loop()
    began_s = loop.time()
    assert await in_slices(steps(8), lambda: next(times), SHORT_SLICE_S, PAUSE_S) == "done"
    assert loop.time() - began_s == pytest.approx(8 * PAUSE_S)


async def test_what_it_raises_is_raised() -> None:
    def refuse() -> Generator[None, None, None]:
        yield
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        await in_slices(refuse())
