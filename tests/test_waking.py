"""Covers alertd/waking.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from alertd.clock import Clock
from alertd.waking import JUMP_S, LOOK_S, ClockGap, Waking

AT = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(("wall_s", "monotonic_s"), [(5, 5), (0, 0), (3600, 5), (-60, 5), (5.5, 5)])
def test_the_gap_is_what_one_clock_gained_on_the_other(wall_s: float, monotonic_s: float) -> None:
    gap = ClockGap(AT, 100.0)
    gained = gap.since_last(AT + timedelta(seconds=wall_s), 100.0 + monotonic_s)
    assert gained == pytest.approx(wall_s - monotonic_s)
    # It is told once: the next look starts from here.
    assert gap.since_last(AT + timedelta(seconds=wall_s + 1), 101.0 + monotonic_s) == pytest.approx(0)


class SleepyClock(Clock):
    """The loop's time; the wall clock runs on while the machine sleeps."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.monotonic_s() + self.slept_s)

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


@pytest.mark.looptime
async def test_who_waits_is_woken_once_after_a_sleep() -> None:
    clock, waking = SleepyClock(), Waking()
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(waking.run(clock))
        assert not await waking.jump_within(3600)
        waiting = [tasks.create_task(waking.jump_within(3600)) for _ in range(3)]
        await asyncio.sleep(1)
        clock.slept_s += 600
        assert await asyncio.gather(*waiting) == [True, True, True]
        assert clock.monotonic_s() < 3600 + 1 + 2 * LOOK_S + 1
        assert not await waking.jump_within(3600)
        looking.cancel()


@pytest.mark.looptime
@pytest.mark.parametrize(("step_s", "jumped"), [(JUMP_S - 0.1, False), (JUMP_S + 0.1, True), (-60, True)])
async def test_small_steps_of_a_time_service_are_no_jump(step_s: float, jumped: bool) -> None:
    clock, waking = SleepyClock(), Waking()
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(waking.run(clock))
        await asyncio.sleep(1)
        clock.slept_s += step_s
        assert await waking.jump_within(60) is jumped
        looking.cancel()
