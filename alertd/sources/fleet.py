"""All streams of one exchange together: who dials next, and what is told of them as one.

Each stream hands its coverage over here. It goes on at once; where several accounts have the same trouble it
is marked as told with others, and one event tells of them all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import NoReturn

import structlog
from msgspec.structs import replace

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.domain.events import Coverage, CoverageState, Event
from alertd.domain.shared_trouble import SharedTrouble, follow, without
from alertd.sources.outage import Facts, Lost, is_shareable, told_after, told_while, troubles
from alertd.sources.pacing import ConnectPacer
from alertd.sources.turns import Standing

log = structlog.get_logger(__name__)

LOOK_S = 1.0

Told = tuple[tuple[str, ...], str, int]  # what of an outage is worth telling anew


class Fleet:
    """`worst`: the worst danger that is told of an account now, our own blindness apart."""

    def __init__(
        self,
        exchange: str,
        clock: Clock,
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
        worst: Callable[[str], Severity | None] = lambda _: None,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._deliver = deliver
        self._worst = worst
        self.pacer = ConnectPacer(self._standing)
        self._has_positions: dict[str, Callable[[], bool]] = {}
        self._lost: dict[tuple[str, str], Lost] = {}
        self._latest: dict[tuple[str, str], Coverage] = {}  # of streams whose trouble may be shared
        self._otherwise: set[tuple[str, str]] = set()  # streams that are blind for a reason of their own
        self._shared: SharedTrouble | None = None
        self._progress_at: datetime | None = None
        self._told: Told | None = None
        self._owes_end = True  # an earlier process may have told an outage
        self._out: deque[Coverage] = deque()
        self._sending = asyncio.Lock()

    async def run(self) -> NoReturn:
        """Look again every second: time alone makes news, too."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._look()
            self._tell_outage()
            await self._send()

    # --- accounts -----------------------------------------------------------------------------------

    def joins(self, account: str, has_positions: Callable[[], bool]) -> None:
        """An account is watched from now on."""
        self._has_positions[account] = has_positions

    def parked(self, account: str) -> None:
        """Its credentials were refused: what has not begun will not begin."""
        for key in [key for key, one in self._lost.items() if key[0] == account and one.starting]:
            del self._lost[key]

    def leaves(self, account: str) -> None:
        """The account is no longer watched: nothing more is told of it."""
        self._has_positions.pop(account, None)
        if self._shared is not None:
            self._shared = without(self._shared, account)
        self._lost = {key: one for key, one in self._lost.items() if key[0] != account}
        self._latest = {key: one for key, one in self._latest.items() if key[0] != account}
        self._otherwise = {key for key in self._otherwise if key[0] != account}
        self._out = deque(one for one in self._out if one.account != account)

    # --- streams ------------------------------------------------------------------------------------

    def began(self, account: str, stream: str) -> None:
        """A stream ought to be watched from now on."""
        self._lost[account, stream] = Lost(self._clock.now(), starting=True)

    async def tell(self, coverage: Coverage) -> None:
        """How a stream stands now. Returns once that is handed on."""
        key = (coverage.account, coverage.stream)
        self._lost.pop(key, None)
        self._latest.pop(key, None)
        self._otherwise.discard(key)
        if is_shareable(coverage):
            self._lost[key] = Lost(coverage.since or coverage.received_at)
            self._latest[key] = coverage
        elif coverage.state is CoverageState.WATCHED:
            self._progress_at = coverage.received_at
        elif coverage.state is CoverageState.BLIND:
            self._otherwise.add(key)
        self._look(besides=key)
        if key in self._latest:
            self._latest[key] = coverage = replace(coverage, shared=self._is_shared(coverage.account))
        self._out.append(coverage)
        await self._send()

    def _look(self, besides: tuple[str, str] | None = None) -> None:
        """Follow the outage; tell anew of streams whose trouble became shared, or their own.

        `besides`: the stream that is told of in any case.
        """
        before, now = self._shared, self._clock.now()
        found = troubles(self._lost, now)
        otherwise = {account for account, _ in self._otherwise}
        self._shared = follow(before, found, now, otherwise)
        for key, coverage in self._latest.items():
            shared = self._is_shared(coverage.account)
            if key != besides and coverage.shared is not shared:
                self._latest[key] = replace(coverage, shared=shared)
                self._out.append(self._latest[key])
        if before is not None and self._shared is None:
            self._tell_end(before, otherwise.union(found), now)
        elif before is None and self._shared is not None:
            self._tell_outage()

    # --- the outage ---------------------------------------------------------------------------------

    def _tell_outage(self) -> None:
        if self._shared is None:
            if self._owes_end and not any(one.starting for one in self._lost.values()):
                self._tell_end(None, (), self._clock.now())
            return
        now = self._clock.now()
        event = told_while(self._exchange, self._shared, self._lost, self._facts(), now)
        told = (event.accounts, event.phase, event.wave)
        if told == self._told:
            return
        if self._told is None or self._told[1] != event.phase:
            log.warning(
                "several accounts not watched",
                exchange=self._exchange,
                phase=event.phase,
                accounts=len(event.accounts),
                since=self._shared.since.isoformat(),
            )
        self._told, self._owes_end = told, False
        self._out.append(event)

    def _tell_end(self, ended: SharedTrouble | None, left: Collection[str], now: datetime) -> None:
        if ended is not None:
            log.info("several accounts watched again", exchange=self._exchange, accounts=len(ended.everyone))
        self._told, self._owes_end = None, False
        self._out.append(told_after(self._exchange, ended, left, now))

    def _facts(self) -> Facts:
        return Facts(
            failing=self.pacer.is_failing,
            gap_s=self.pacer.gap_s,
            accounts=len(self._has_positions),
            progress_at=self._progress_at,
        )

    def _is_shared(self, account: str) -> bool:
        return self._shared is not None and account in self._shared.members

    def _standing(self, account: str) -> Standing:
        has_positions = self._has_positions.get(account)
        return Standing(self._worst(account), has_positions is not None and has_positions())

    async def _send(self) -> None:
        """Hand on what waits, in order. What is not taken, because we are cancelled, the next one sends."""
        async with self._sending:
            while self._out:
                coverage = self._out[0]
                await self._deliver([coverage])
                if self._out and self._out[0] is coverage:  # else its account has left meanwhile
                    self._out.popleft()
