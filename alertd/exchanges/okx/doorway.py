"""How many reads of all accounts together are under way at once.

Hundreds of accounts that ask at one moment would open hundreds of connections, each with a handshake and,
over TLS, 50 KB for as long as connections are kept. Few at a time are answered by a few connections.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Self

AT_ONCE = 20
# With a slow exchange more are under way, so that nobody waits for another's answer that does not come.
COUNTED_FOR_S = 0.25


class Doorway:
    """Lets `at_once` in. Who was let in counts until the answer, but no longer than `counted_for_s`."""

    def __init__(self, at_once: int = AT_ONCE, counted_for_s: float = COUNTED_FOR_S) -> None:
        self._free = at_once
        self._counted_for_s = counted_for_s
        self._waiting: deque[asyncio.Future[None]] = deque()

    def place(self) -> Place:
        """`async with doorway.place()`: in it, one is let in."""
        return Place(self, self._counted_for_s)

    async def enter(self) -> None:
        """Wait for one's turn: first come, first in."""
        if self._free > 0:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """The next one is let in."""
        while self._waiting:
            next_one = self._waiting.popleft()
            if not next_one.done():  # else it was cancelled
                next_one.set_result(None)
                return
        self._free += 1


class Place:
    """One's own, from entering until it does not count any more."""

    __slots__ = ("_counted_for_s", "_doorway", "_timer")

    def __init__(self, doorway: Doorway, counted_for_s: float) -> None:
        self._doorway = doorway
        self._counted_for_s = counted_for_s
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._doorway.enter()
        self._timer = asyncio.get_running_loop().call_later(self._counted_for_s, self._give_up)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._give_up()

    def _give_up(self) -> None:
        self._timer = None
        self._doorway.leave()
