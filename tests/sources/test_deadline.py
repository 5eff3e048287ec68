"""Covers alertd/sources/deadline.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.sources.deadline import Deadline

pytestmark = pytest.mark.looptime


class Work:
    """What is due at `next_s`, and when it was done."""

    def __init__(self, tasks: asyncio.TaskGroup, next_s: float | None) -> None:
        self.next_s = next_s
        self.done: list[tuple[float, float]] = []  # the deadline, and when it was begun
        self.takes_s = 0.0
        self.fails_with: Exception | None = None
        self.then_s: float | None = None
        self.deadline = Deadline(tasks, lambda: self.next_s, self.now_s, self.do)

    def now_s(self) -> float:
        """Counted from another moment than the loop's."""
        return asyncio.get_running_loop().time() + 1_000.0

    async def do(self, reached_s: float) -> None:
        self.done.append((reached_s, self.now_s()))
        await asyncio.sleep(self.takes_s)
        if self.fails_with is not None:
            raise self.fails_with
        self.next_s, self.then_s = self.then_s, None


async def test_what_is_due_is_done_when_it_is_and_then_what_is_due_next() -> None:
    async with asyncio.TaskGroup() as tasks:
        work = Work(tasks, 1_005.0)
        work.then_s = 1_020.0
        work.deadline.look()
        await asyncio.sleep(100.0)
    assert [due_s for due_s, _ in work.done] == [1_005.0, 1_020.0]
    assert [at_s for _, at_s in work.done] == pytest.approx([1_005.0, 1_020.0])


@pytest.mark.parametrize(
    ("moved_to_s", "done_at_s"), [(1_002.0, 1_002.0), (1_008.0, 1_008.0), (0.0, 1_000.0)]
)
async def test_a_deadline_that_moved_counts_once_it_was_looked_at(
    moved_to_s: float, done_at_s: float
) -> None:
    async with asyncio.TaskGroup() as tasks:
        work = Work(tasks, 1_005.0)
        work.deadline.look()
        work.next_s = moved_to_s
        work.deadline.look()
        await asyncio.sleep(100.0)
    assert [at_s for _, at_s in work.done] == pytest.approx([done_at_s])


async def test_where_nothing_is_due_nothing_is_done() -> None:
    async with asyncio.TaskGroup() as tasks:
        work = Work(tasks, 1_005.0)
        work.deadline.look()
        work.next_s = None
        work.deadline.look()
        await asyncio.sleep(100.0)
        work.next_s = 1_200.0
        work.deadline.look()
        work.deadline.cancel()
        await asyncio.sleep(1_000.0)
    assert work.done == []


async def test_it_is_never_done_twice_at_a_time() -> None:
    async with asyncio.TaskGroup() as tasks:
        work = Work(tasks, 1_005.0)
        work.takes_s, work.then_s = 10.0, 1_006.0
        work.deadline.look()
        await asyncio.sleep(6.0)
        work.deadline.look()  # as a frame with news does while it is done
        await asyncio.sleep(100.0)
    assert [at_s for _, at_s in work.done] == pytest.approx([1_005.0, 1_015.0])


async def test_a_failure_ends_the_tasks_and_nothing_is_done_after_it() -> None:
    failure = ValueError("stale")
    made: list[Work] = []

    async def fail() -> None:
        async with asyncio.TaskGroup() as tasks:
            made.append(work := Work(tasks, 1_005.0))
            work.fails_with = failure
            work.deadline.look()
            try:
                await asyncio.sleep(100.0)
            finally:
                work.deadline.look()  # as the reader may, before it is cancelled

    with pytest.raises(ExceptionGroup) as caught:
        await fail()
    assert caught.value.exceptions == (failure,)
    await asyncio.sleep(100.0)
    assert len(made[0].done) == 1
