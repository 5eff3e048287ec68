"""One stream's way to its host: when it may dial, and how long it rests before it tries again."""

from __future__ import annotations

import asyncio

from alertd.domain.errors import NotReached
from alertd.sources.pacing import ConnectPacer
from alertd.sources.turns import Caller


class Approach:
    """Over all connections of the stream. `place`: see `Caller`. `now_s` is monotonic."""

    __slots__ = ("_account", "_blind_since_s", "_origin", "_pacer", "_place", "_was_reached")

    def __init__(self, account: str, place: int, url: str, pacer: ConnectPacer) -> None:
        self._account = account
        self._place = place
        self._origin = url[: url.find("/", url.find("//") + 2)]
        self._pacer = pacer
        self._blind_since_s: float | None = None
        self._was_reached = True

    def begin(self, now_s: float) -> None:
        """From now on the stream ought to see, and does not yet."""
        self._blind_since_s = now_s

    def sees(self) -> None:
        """A connection has become the one that counts."""
        self._blind_since_s = None

    def lost(self, ended_by: Exception, now_s: float) -> None:
        """None counts any more, or none could be made."""
        if self._blind_since_s is None:
            self._blind_since_s = now_s
        self._was_reached = not isinstance(ended_by, NotReached)

    async def turn(self) -> None:
        """Until a connection may be made: who is blind longest comes first."""
        await self._pacer.turn(Caller(self._account, self._place, self._origin, self._blind_since_s))

    def dialled(self, is_connected: bool) -> None:
        """How a dial ended."""
        self._pacer.dialled(self._origin, reached=is_connected)

    async def rest(self, delay_s: float) -> None:
        """Where nobody answered, the first one who is answered ends the rest of all."""
        if self._was_reached:
            await asyncio.sleep(delay_s)
        else:
            await self._pacer.until_reached(self._origin, delay_s)
