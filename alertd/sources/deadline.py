"""Does what is due at a moment that moves: a timer, and a task only while it is done.

A task that waits for the moment would take 3 KB of every connection, of hundreds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Deadline:
    """`at` is run in `tasks` when `next_s` is reached, and is given it; never twice at a time.

    `next_s` and `now_s` count the same seconds; None: nothing will be due. What `at` raises ends the tasks.
    """

    __slots__ = ("_at", "_is_at_work", "_next_s", "_now_s", "_tasks", "_timer")

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        next_s: Callable[[], float | None],
        now_s: Callable[[], float],
        at: Callable[[float], Awaitable[None]],
    ) -> None:
        self._tasks = tasks
        self._next_s = next_s
        self._now_s = now_s
        self._at = at
        self._timer: asyncio.TimerHandle | None = None
        self._is_at_work = False

    def look(self) -> None:
        """It may have moved. To be called once at the beginning; after its work it looks by itself."""
        self.cancel()
        deadline_s = None if self._is_at_work else self._next_s()
        if deadline_s is not None:
            # Not `call_at`: a loop may count its time from another moment than the caller's clock.
            wait_s = max(deadline_s - self._now_s(), 0.0)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._reached, deadline_s)

    def cancel(self) -> None:
        """Nothing more becomes due. What is being done goes on."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _reached(self, deadline_s: float) -> None:
        self._timer = None
        self._is_at_work = True
        self._tasks.create_task(self._work(deadline_s), name="deadline")

    async def _work(self, deadline_s: float) -> None:
        await self._at(deadline_s)
        self._is_at_work = False  # not after a failure: the tasks end, and take no more
        self.look()
