"""What waits for one consumer: in order, bounded, and taken many at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Backlog(Generic[Item]):
    """A queue whose cost is per hand-over, not per item: `asyncio.Queue` costs as much as judging an event.

    `put` waits while `size` items wait, and calls `full` once for each time it has to. One consumer:
    `take`, then `handled` before the next `take`. `is_idle`: nothing waits, and what was taken is done with.
    """

    def __init__(self, size: int, full: Callable[[], None]) -> None:
        self._size = size
        self._full = full
        self._items: deque[Item] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.is_idle = True  # asked for every push: no call

    def __len__(self) -> int:
        return len(self._items)

    async def put(self, items: Sequence[Item]) -> None:
        """Hand over, in order. Nothing is dropped."""
        if len(self._items) + len(items) <= self._size:
            self._items.extend(items)
            self._tell()
            return
        for item in items:
            while len(self._items) >= self._size:
                self._full()
                self._room.clear()
                await self._room.wait()
            self._items.append(item)
            self._tell()

    async def take(self, most: int) -> list[Item]:
        """At least one, at most `most`, in the order they came; waits while there are none."""
        while not self._items:
            self._news.clear()
            await self._news.wait()
        items = self._items
        if len(items) <= most:
            taken = list(items)
            items.clear()
        else:
            taken = [items.popleft() for _ in range(most)]
        self._room.set()
        return taken

    def handled(self) -> None:
        """What was taken last is done with."""
        if not self._items:
            self.is_idle = True
            self._idle.set()

    async def drained(self) -> None:
        """Wait until all that was handed over is done with."""
        await self._idle.wait()

    def _tell(self) -> None:
        self.is_idle = False
        self._idle.clear()
        self._news.set()
