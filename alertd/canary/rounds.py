"""Sends a canary through alertd at intervals, and to a chat where nothing else proved it.

A round goes from the socket's edge to the check sink: protocol, decoder, rules, life cycle, one transaction,
outbox, worker. What a sink outside shows of itself comes from its deliveries, whatever they tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NoReturn, Protocol

import structlog

from alertd.canary import judging
from alertd.canary.check_sink import CheckSink
from alertd.canary.judging import Ways
from alertd.canary.line import events_of
from alertd.canary.settings import CanarySettings
from alertd.clock import Clock
from alertd.domain.canary import CHECK_SINK
from alertd.domain.coverage import SinkProof
from alertd.domain.errors import AlertdError
from alertd.domain.events import Check, Event, SelfCheck
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

FIRST_AFTER_S = 20.0  # the start message proves the sinks as well, and comes within about 15 s
TRIES = 2  # a machine that slept, or a slow disk, costs one
LOOK_S = 5.0  # a changed configuration is noticed so soon
CHAT_WAITED_S = 30  # a ping needs no other round where a chat proves itself in this one


class PingsWatcher(Protocol):
    """Who hears, outside, whether a canary was delivered."""

    def proven(self, slack_s: float) -> None:
        """It was."""

    def unproven(self) -> None:
        """It was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What a canary passes through, and asks.

    `ways` gives the routes and chats that are configured now, `proof_of` what a sink has shown of itself;
    `settle` forgets canaries that are over and gives the sinks to which one is under way (it may raise
    StoreError).
    `longest_interval_s`: somebody else wants a round at least so often.
    """

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    ways: Callable[[], Ways]
    proof_of: Callable[[str], SinkProof]
    settle: Callable[[], Awaitable[Collection[str]]]
    tell: Callable[[SelfCheck], None]
    longest_interval_s: Callable[[], float]
    dead_man: PingsWatcher


class Canary:
    """`settings` gives those in force. `sink` is where rounds end: the outbox must serve it."""

    def __init__(
        self, settings: Callable[[], CanarySettings], doors: Doors, clock: Clock, counters: Counters
    ) -> None:
        self._settings = settings
        self._doors = doors
        self._clock = clock
        self._counters = counters
        self.sink = CheckSink(self._heard)
        self._began_at = clock.now()
        self._series = f"{self._began_at.timestamp():.0f}"
        self._numbers = count(1)
        self._awaited: str | None = None
        self._arrived = asyncio.Event()
        self._is_stuck = False
        self._through_at: datetime | None = None
        self._tried: dict[str, datetime] = {}
        self._told: bool | None = None  # None: nothing was told by this process

    @property
    def through_at(self) -> datetime | None:
        """When a canary last came through; None: not since the start."""
        return self._through_at

    def trouble(self, account: str) -> str:
        """Why nobody may hear of a danger of this account, for people; empty: nothing speaks for that."""
        if not self._settings().enabled:
            return ""
        if self._is_stuck:
            return "What alertd sent through itself did not arrive in time."
        if self._is_lost(account):
            sinks = ", ".join(self._doors.ways().routes.get(account, ()))
            return f"Nothing was delivered lately through any of: {sinks}."
        return ""

    async def run(self) -> NoReturn:
        """Round after round. Raises: StoreError."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            if not self._settings().enabled:
                self._rest()
                await asyncio.sleep(LOOK_S)
                continue
            began_s = self._clock.monotonic_s()
            await self._round()
            await self._until_due(began_s)

    async def _until_due(self, began_s: float) -> None:
        """A round's time has passed, however the configuration changes meanwhile."""
        while self._settings().enabled:
            left_s = began_s + self._interval_s() - self._clock.monotonic_s()
            if left_s <= 0:
                return
            await asyncio.sleep(min(left_s, LOOK_S))

    def _interval_s(self) -> float:
        """From one round to the next."""
        return min(self._settings().interval_s, self._doors.longest_interval_s())

    async def _round(self) -> None:
        self._is_stuck = not await self._passes_through()
        self._counters.add("canary_rounds_total", outcome="failed" if self._is_stuck else "through")
        if not self._is_stuck:
            await self._prove_chats()
        lost = [account for account in self._doors.ways().routes if self._is_lost(account)]
        self._judge(lost)

    def _judge(self, lost: Sequence[str]) -> None:
        ways, now = self._doors.ways(), self._clock.now()
        proof_of = self._doors.proof_of
        if not self._is_stuck and all(judging.is_proven(one, ways, proof_of, now) for one in ways.routes):
            self._doors.dead_man.proven(self._interval_s() / 2)
        else:
            self._doors.dead_man.unproven()
        is_well = not (self._is_stuck or lost)
        self._counters.set("canary_well", float(is_well))
        sinks = dict.fromkeys(sink for account in lost for sink in ways.routes[account])
        self._say(healthy=is_well, detail="" if self._is_stuck else ", ".join(sinks))

    def _is_lost(self, account: str) -> bool:
        return judging.is_lost(
            account, self._doors.ways(), self._doors.proof_of, self._began_at, self._clock.now()
        )

    # --- through alertd itself ----------------------------------------------------------------------

    async def _passes_through(self) -> bool:
        """Whether one came to the check sink in time."""
        within_s = min(self._settings().within_s, self._interval_s() / TRIES)
        for _ in range(TRIES):
            began_s = self._clock.monotonic_s()
            try:
                async with asyncio.timeout(within_s):
                    await self._send_through()
            except TimeoutError:
                log.warning("canary did not come through", within_s=within_s)
                continue
            self._through_at = self._clock.now()
            self._counters.set("canary_seconds_last", self._clock.monotonic_s() - began_s)
            self._counters.set("canary_last_through_timestamp_seconds", self._through_at.timestamp())
            return True
        return False

    async def _send_through(self) -> None:
        """Returns when it has arrived; where the line itself is broken, never."""
        self._awaited = f"{self._series}-{next(self._numbers)}"
        self._arrived.clear()
        await self._launch(CHECK_SINK, self._awaited)
        await self._arrived.wait()

    async def _launch(self, sink: str, number: str) -> None:
        try:
            events = events_of(sink, number, self._clock.now(), self._clock.monotonic_s())
        except AlertdError as exc:
            log.error("canary's own line is broken", reason=str(exc))
            return
        await self._doors.deliver(events)

    def _heard(self, number: str) -> None:
        if number == self._awaited:
            self._arrived.set()

    # --- to chats -----------------------------------------------------------------------------------

    async def _prove_chats(self) -> None:
        """Send one where it is due, and wait a little for what becomes of it."""
        try:
            async with asyncio.timeout(self._settings().within_s):
                sent = await self._send_to_chats()
        except TimeoutError:
            self._is_stuck = True
            return
        for _ in range(CHAT_WAITED_S):
            if all(self._is_answered(sink, at) for sink, at in sent.items()):
                return
            await asyncio.sleep(1.0)

    async def _send_to_chats(self) -> Mapping[str, datetime]:
        under_way = await self._doors.settle()
        now = self._clock.now()
        due = judging.due_chats(self._doors.ways(), self._doors.proof_of, under_way, self._tried, now)
        for sink in due:
            self._tried[sink] = now
            self._counters.add("canary_messages_total", sink=sink)
            await self._launch(sink, f"{self._series}-{next(self._numbers)}")
        return dict.fromkeys(due, now)

    def _is_answered(self, sink: str, at: datetime) -> bool:
        proof = self._doors.proof_of(sink)
        known = (proof.sent_at, proof.answered_at, proof.failed_at)
        return any(one is not None and one >= at for one in known)

    # --- what is told -------------------------------------------------------------------------------

    def _rest(self) -> None:
        """Switched off: nothing is claimed any more, in either direction."""
        self._is_stuck = False
        self._doors.dead_man.unproven()
        self._say(healthy=True, looked_after=False)

    def _say(self, *, healthy: bool, detail: str = "", looked_after: bool = True) -> None:
        """The first round ends what an earlier process told. `detail`: the sinks at fault; empty: alertd."""
        if self._told is healthy:
            return
        self._told = healthy
        if not healthy:
            log.error("canary failed: alerts may not arrive", sinks=detail)
        now = self._clock.now()
        self._doors.tell(
            SelfCheck(
                event_id=f"self_check:canary:{now.timestamp():.6f}",
                exchange="",
                account="",
                received_at=now,
                check=Check.CANARY,
                healthy=healthy,
                looked_after=looked_after,
                detail=detail,
                since=self._through_at,
            )
        )
