"""A flag that others wait for, also for a limited time: `asyncio.Event` at a tenth of its memory.

An event keeps a deque of 760 bytes, and each wait under `asyncio.timeout` some 600 more: eight of them were
a tenth of what an account took.
"""

from __future__ import annotations

import asyncio

_Waiting = asyncio.Future[bool]


class Flag:
    """Set or not. Who waits while it is set goes on at once."""

    __slots__ = ("_waiting", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._waiting: tuple[_Waiting, ...] = ()

    def set(self) -> None:
        """Everybody who waits goes on."""
        self.is_set = True
        waiting, self._waiting = self._waiting, ()
        for one in waiting:
            _answer(one, True)

    def clear(self) -> None:
        """From now on it is waited for."""
        self.is_set = False

    async def within(self, wait_s: float | None) -> bool:
        """Until it is set, but no longer than that (None: for ever). False: it was not."""
        if self.is_set:
            return True
        loop = asyncio.get_running_loop()
        mine: _Waiting = loop.create_future()
        self._waiting = (*self._waiting, mine)
        timer = None if wait_s is None else loop.call_later(max(wait_s, 0.0), _answer, mine, False)
        try:
            return await mine
        finally:
            if timer is not None:
                timer.cancel()
            self._waiting = tuple(one for one in self._waiting if one is not mine)


def _answer(waiting: _Waiting, was_set: bool) -> None:
    if not waiting.done():
        waiting.set_result(was_set)
