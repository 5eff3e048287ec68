"""The pace of connects to one exchange, which counts them per address, whatever account they are for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from alertd.flag import Flag
from alertd.sources.turns import Caller, Standing, Waiter, next_to_dial

CONNECTS_PER_SECOND = 3  # the exchange's own limit per IP
# Dials are not counted where we made them but where they arrive, some sooner than others.
PACE_MARGIN = 1.04
# A turn given late is caught up with by so much only: after a stall the next ones must not come in a bunch.
CATCH_UP_S = 0.02
# Between two dials of a host that does not answer, whoever makes them.
PROBE_GAP_S = 1.0


class ConnectPacer:
    """Lets at most `per_second` connects a second pass; who is next is decided at each turn.

    A host where the last dial failed is dialled once a second only; with the first that succeeds everybody
    who rests because of it may try again.
    """

    def __init__(
        self,
        standing_of: Callable[[str], Standing] = lambda _: Standing(),
        per_second: float = CONNECTS_PER_SECOND,
    ) -> None:
        self.gap_s = PACE_MARGIN / per_second
        self._standing_of = standing_of
        self._next_at_s = 0.0
        self._tickets = 0
        self._queue: dict[Waiter, asyncio.Future[None]] = {}
        self._queued_for: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._dialled_at_s: dict[str, float] = {}
        self._failing: set[str] = set()
        self._reached: dict[str, Flag] = {}

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._queue)

    @property
    def is_failing(self) -> bool:
        """Hosts were dialled, and at all of them the last dial failed."""
        return bool(self._failing) and self._failing >= self._dialled_at_s.keys()

    async def turn(self, caller: Caller) -> None:
        """Wait for one's turn to connect."""
        self._tickets += 1
        waiter = Waiter(caller, self._tickets)
        given = self._queue[waiter] = asyncio.get_running_loop().create_future()
        self._queued_for[caller.origin] += 1
        self._set_timer()
        try:
            await given
        finally:
            self._leave(waiter)

    def dialled(self, origin: str, *, reached: bool) -> None:
        """How a dial ended: with a connection, or with none."""
        if not reached:
            self._failing.add(origin)
            return
        self._failing.discard(origin)
        if origin in self._reached:
            self._reached.pop(origin).set()
        self._set_timer()

    async def until_reached(self, origin: str, at_most_s: float) -> None:
        """Rest, but not on after a dial of that host has succeeded."""
        await self._reached.setdefault(origin, Flag()).within(at_most_s)

    def _leave(self, waiter: Waiter) -> None:
        if self._queue.pop(waiter, None) is not None:
            self._queued_for[waiter.caller.origin] -= 1

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wanted = [origin for origin, count in self._queued_for.items() if count]
        if wanted:
            held = self._held_until_s()
            at_s = max(self._next_at_s, min(held.get(origin, 0.0) for origin in wanted))
            self._timer = asyncio.get_running_loop().call_at(at_s, self._give)

    def _give(self) -> None:
        self._timer = None
        now_s = asyncio.get_running_loop().time()
        chosen = next_to_dial(self._queue, self._standing_of, self._held_until_s(), now_s)
        if chosen is not None:
            given = self._queue[chosen]
            self._leave(chosen)
            if not given.done():  # else it was cancelled, and has not run since
                given.set_result(None)
                self._next_at_s = max(self._next_at_s, now_s - CATCH_UP_S) + self.gap_s
                self._dialled_at_s[chosen.caller.origin] = now_s
        self._set_timer()

    def _held_until_s(self) -> dict[str, float]:
        return {origin: self._dialled_at_s.get(origin, 0.0) + PROBE_GAP_S for origin in self._failing}
