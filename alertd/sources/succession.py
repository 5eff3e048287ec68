"""The connections of a stream, each replaced by the next before it goes: make before break."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import NoReturn, Protocol

import msgspec

from alertd.clock import Clock
from alertd.domain.errors import ConnectionLost
from alertd.flag import Flag
from alertd.sources.connection import Connection
from alertd.sources.handover import missing, ready_at_s
from alertd.sources.protocol import StreamProtocol
from alertd.sources.reconnect import ReconnectDelays
from alertd.sources.states import StreamState
from alertd.sources.timing import StreamTiming
from alertd.supervise import first_fatal

Attend = Callable[[], Awaitable[None]]
_WAKE_LATE_S = 0.001


class Owner(Protocol):
    """What the stream does for its connections."""

    def connect(self, attend: Attend) -> tuple[StreamProtocol, Connection]:
        """One that has not dialled yet."""

    async def turn(self) -> None:
        """Until one may dial."""

    async def attend(self, protocol: StreamProtocol, counts: bool) -> None:
        """Something is new on one. `counts`: it is the one that is not to be replaced."""

    async def lost(self, ended_by: Exception, protocol: StreamProtocol) -> Exception:
        """The one that counts ended: nothing is seen now. Returns what to raise for it."""

    def replaced(self) -> None:
        """The one that counts now has taken over."""

    async def not_replaced(self, ended_by: Exception, protocol: StreamProtocol, delay_s: float) -> None:
        """A replacement was not made, and is tried again after so many seconds (inf: not at all)."""


def _nothing() -> None:
    """There is no task yet."""


class _Line(msgspec.Struct, eq=False):
    """One connection on its way. `ended_by` stays None until it ended by itself."""

    protocol: StreamProtocol
    connection: Connection
    ended_by: Exception | None = None
    leave_by_s: float = math.inf
    cancel: Callable[[], object] = _nothing


class Succession:
    """Runs until a connection ends that has no successor. `delays` pace the tries to replace one.

    `protocol`: of the connection that counts; None before the first.
    """

    def __init__(self, owner: Owner, clock: Clock, timing: StreamTiming, delays: ReconnectDelays) -> None:
        self._owner = owner
        self._clock = clock
        self._timing = timing
        self._delays = delays
        self._news = Flag()
        self._is_asked = False
        self._try_at_s: float | None = None
        self._spare: _Line | None = None
        self._retired: list[_Line] = []
        self.protocol: StreamProtocol | None = None

    def renew(self) -> None:
        """Replace the connection though it was not announced that it will be closed."""
        self._is_asked = True
        self._news.set()

    async def run(self) -> NoReturn:
        """Connect, and stay until it ends. Raises: what ended it, as `lost` judged it."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._leader = self._begin()
            self.protocol = self._leader.protocol
            ended_by = await self._until_lost()
            for line in (self._spare, *self._retired):
                if line is not None:
                    line.cancel()
        raise ended_by

    async def _until_lost(self) -> Exception:
        while True:
            self._news.clear()
            if (ended_by := await self._look()) is not None:
                return ended_by
            await self._news.within(self._until_next_look_s())

    async def _look(self) -> Exception | None:
        """Do what is due. Returns what ended it all, None while it goes on."""
        self._let_go()
        leader, spare = self._leader, self._spare
        if leader.ended_by is not None:
            return await self._after_leader(leader.ended_by, leader.protocol)
        if spare is None:
            if self._is_due():
                self._spare = self._begin()
        elif spare.ended_by is not None:
            await self._give_up(spare, spare.ended_by)
        else:
            await self._look_at(spare)
        return None

    def _until_next_look_s(self) -> float | None:
        """Seconds; None: only news may make it necessary."""
        due = [line.leave_by_s for line in self._retired]
        if self._spare is not None:
            due += [at_s for at_s in (ready_at_s(self._spare.protocol, self._timing),) if at_s is not None]
        elif self._try_at_s is not None:
            due.append(self._try_at_s)
        earliest = min(due, default=math.inf)
        if earliest == math.inf:
            return None
        # A loop may wake a trifle early, by its clock's resolution, and would find nothing due.
        return max(earliest - self._clock.monotonic_s(), 0.0) + _WAKE_LATE_S

    # --- the successor ------------------------------------------------------------------------------

    def _is_due(self) -> bool:
        """A replacement is wanted, and its time has come."""
        protocol, now_s = self._leader.protocol, self._clock.monotonic_s()
        if protocol.announced_close is None and not self._is_asked:
            return False
        if self._try_at_s is None:
            live_s = 0.0 if protocol.live_since_s is None else now_s - protocol.live_since_s
            self._delays.ended(None, live_s)
            self._try_at_s = now_s + next(self._delays)
        return now_s >= self._try_at_s

    async def _look_at(self, spare: _Line) -> None:
        at_s = ready_at_s(spare.protocol, self._timing)
        if at_s is None or self._clock.monotonic_s() < at_s:
            return
        if lacking := missing(spare.protocol, self._leader.protocol):
            spare.cancel()
            await self._give_up(spare, ConnectionLost(f"the replacement is not fed {', '.join(lacking)}"))
            return
        await self._hand_over(spare)

    async def _give_up(self, spare: _Line, ended_by: Exception) -> None:
        self._spare = None
        self._delays.ended(ended_by, 0.0)
        delay_s = math.inf if first_fatal(ended_by) else next(self._delays)
        self._try_at_s = self._clock.monotonic_s() + delay_s
        await self._owner.not_replaced(ended_by, spare.protocol, delay_s)

    # --- the change ---------------------------------------------------------------------------------

    async def _after_leader(self, ended_by: Exception, protocol: StreamProtocol) -> Exception | None:
        """It ended before it was replaced. A successor on its way is the next one all the same."""
        spare = self._spare
        can_follow = spare is not None and spare.ended_by is None
        if spare is None or not can_follow or spare.protocol.state is not StreamState.LIVE:
            ended_by = await self._owner.lost(ended_by, protocol)
        if spare is None or not can_follow or first_fatal(ended_by):
            return ended_by
        await self._hand_over(spare)
        return None

    async def _hand_over(self, spare: _Line) -> None:
        old, self._leader, self._spare = self._leader, spare, None
        self.protocol = spare.protocol
        self._is_asked = False
        self._try_at_s = None
        if old.ended_by is None:
            self._retire(old)
        if spare.protocol.state is StreamState.LIVE:
            self._owner.replaced()
        await self._owner.attend(spare.protocol, True)
        self._news.set()

    def _retire(self, line: _Line) -> None:
        """What is still under way to it must not be lost: a push may have come before its successor's."""
        line.connection.retire()
        line.leave_by_s = self._clock.monotonic_s() + self._timing.pong_within_s
        self._retired.append(line)

    def _let_go(self) -> None:
        """Close those that have been read to their end, or had their time."""
        now_s = self._clock.monotonic_s()
        for line in list(self._retired):
            if now_s >= line.leave_by_s and line.connection.is_busy:
                line.leave_by_s = now_s + self._timing.pong_within_s
            elif line.ended_by is not None or line.protocol.is_drained or now_s >= line.leave_by_s:
                line.cancel()
                self._retired.remove(line)

    # --- one of them --------------------------------------------------------------------------------

    def _begin(self) -> _Line:
        async def attend() -> None:
            await self._owner.attend(line.protocol, line is self._leader)
            self._news.set()

        line = _Line(*self._owner.connect(attend))
        line.cancel = self._tasks.create_task(self._run(line), name="connection").cancel
        return line

    async def _run(self, line: _Line) -> None:
        try:
            await self._owner.turn()
            await line.connection.run()
        except Exception as exc:  # noqa: BLE001 - kept, not handled: what it means depends on the others
            line.ended_by = exc
            self._news.set()
