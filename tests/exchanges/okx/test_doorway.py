"""Covers alertd/exchanges/okx/doorway.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.exchanges.okx.doorway import Doorway

pytestmark = pytest.mark.looptime


class Inside:
    """Who was let in, when, in order."""

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway
        self.entered: list[tuple[str, float]] = []
        self.now = self.most = 0

    async def ask(self, name: str, takes_s: float, fails: bool = False) -> None:
        async with self._doorway.place():
            self.entered.append((name, asyncio.get_running_loop().time()))
            self.now += 1
            self.most = max(self.most, self.now)
            try:
                await asyncio.sleep(takes_s)
                if fails:
                    raise ConnectionError(name)
            finally:
                self.now -= 1


async def test_so_many_are_in_at_once_and_the_next_one_follows_in_order() -> None:
    inside = Inside(Doorway(at_once=2, counted_for_s=60.0))
    began_s = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as tasks:
        for name in "abcdef":
            tasks.create_task(inside.ask(name, 1.0))
    assert "".join(name for name, _ in inside.entered) == "abcdef"
    assert inside.most == 2
    waited_s = [at_s - began_s for _, at_s in inside.entered]
    assert waited_s == pytest.approx([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])


async def test_a_slow_answer_holds_nobody_up_for_long() -> None:
    inside = Inside(Doorway(at_once=1, counted_for_s=0.25))
    began_s = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as tasks:
        for name in ("hangs", "hangs too", "urgent"):
            tasks.create_task(inside.ask(name, 5.0))
    assert [at_s - began_s for _, at_s in inside.entered] == pytest.approx([0.0, 0.25, 0.5])


async def test_a_slow_answer_gives_its_place_back_once() -> None:
    inside = Inside(Doorway(at_once=1, counted_for_s=0.25))
    await inside.ask("slow", 1.0)
    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(inside.ask(name, 0.1))
    assert inside.most == 1


async def test_a_failure_gives_the_place_back() -> None:
    inside = Inside(Doorway(at_once=1, counted_for_s=60.0))
    for name in "ab":
        with pytest.raises(ConnectionError, match=name):
            await inside.ask(name, 0.0, fails=True)
    assert len(inside.entered) == 2


@pytest.mark.parametrize("is_let_in", [False, True])
async def test_one_who_is_cancelled_takes_no_place_with_them(is_let_in: bool) -> None:
    """Also between being let in and going on."""
    doorway = Doorway(at_once=1, counted_for_s=60.0)
    inside = Inside(doorway)
    await doorway.enter()
    async with asyncio.TaskGroup() as tasks:
        gone = tasks.create_task(inside.ask("gone", 1.0))
        tasks.create_task(inside.ask("next", 1.0))
        await asyncio.sleep(0)
        if is_let_in:
            doorway.leave()
            gone.cancel()
        else:
            gone.cancel()
            doorway.leave()
    assert [name for name, _ in inside.entered] == ["next"]
    await inside.ask("last", 0.0)
    assert inside.most == 1
