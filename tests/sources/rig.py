"""One stream against the scripted server, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp

from alertd.domain.errors import LoginRefused
from alertd.domain.events import Coverage, Event
from alertd.domain.stream import KeptFrame
from alertd.sources.connection import Endpoint
from alertd.sources.pacing import ConnectPacer
from alertd.sources.session import open_session
from alertd.sources.stream import Stream, StreamDoors, StreamId
from alertd.sources.timing import StreamTiming
from alertd.telemetry import Counters
from tests.doubles.json_exchange import JsonExchange

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class LoopClock:
    """Both times follow the loop's."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


class Rig:
    """A stream, and what came of it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timing: StreamTiming | None = None) -> None:
        self.clock = LoopClock()
        self.counters = Counters()
        self.exchange = JsonExchange()
        self.events: list[Event] = []
        self.coverage: list[Coverage] = []
        self.kept: list[KeptFrame] = []
        self.offset_s = 0.0
        self.measured = 0
        self.live_when: list[str] = []  # how the stream stood each time a connection began to count
        self.noticed_times = 0
        self.refused: LoginRefused | None = None
        self.let_through = asyncio.Event()
        self.let_through.set()
        self.changed = asyncio.Condition()
        self.stream = Stream(
            StreamId("main", "private", exchange="json"),
            self.exchange,
            Endpoint(session, url),
            StreamDoors(self._deliver, self, self.kept.append, self._note_live),
            clock=self.clock,  # type: ignore[arg-type]
            pacer=ConnectPacer(),
            offset_s=lambda: self.offset_s,
            measure_offset=self._measure,
            counters=self.counters,
            timing=timing or StreamTiming(),
        )

    def _note_live(self) -> None:
        self.live_when.append(self.coverage[-1].state if self.coverage else "")

    async def run(self) -> None:
        try:
            await self.stream.run()
        except LoginRefused as refusal:
            self.refused = refusal
            async with self.changed:
                self.changed.notify_all()

    async def until(self, holds: Callable[[], bool], within_s: float = 400.0) -> None:
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(holds)

    async def watched(self, times: int = 1) -> None:
        await self.until(lambda: [str(c.state) for c in self.coverage].count("watched") >= times)

    def count(self, name: str, **labels: str) -> float:
        return self.counters.value(name, account="main", stream="private", **labels)

    def told(self) -> list[tuple[str, str, str]]:
        return [(str(c.state), str(c.cause), c.code) for c in self.coverage]

    def numbers(self) -> list[int]:
        return [int(event.event_id) for event in self.events]

    def began(self, account: str, stream: str) -> None:
        """The stream's desk needs no more than what it is told."""

    def noticed(self, account: str, stream: str) -> None:
        self.noticed_times += 1

    async def tell(self, coverage: Coverage) -> None:
        await self._deliver([coverage])

    async def _measure(self) -> None:
        self.measured += 1
        self.offset_s = 40.0

    async def _deliver(self, events: Sequence[Event]) -> None:
        await self.let_through.wait()
        for event in events:
            (self.coverage if isinstance(event, Coverage) else self.events).append(event)  # type: ignore[arg-type]
        async with self.changed:
            self.changed.notify_all()


@asynccontextmanager
async def running(url: str, timing: StreamTiming | None = None) -> AsyncIterator[Rig]:
    async with open_session() as session:
        rig = Rig(session, url, timing)
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(rig.run())
            yield rig
            task.cancel()
