"""A sink that does what the test says, and a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from alertd.clock import Clock
from alertd.domain.notification import Delivery, Outcome, SendResult, Width
from alertd.outbox.delivery import SinkWorker
from tests.store.samples import NOW

DEADLINE_S = 10.0

SENT = SendResult(Outcome.SENT)
FAILED = SendResult(Outcome.TRANSIENT, "503")
LOST = SendResult(Outcome.UNKNOWN, "timeout")
REFUSED = SendResult(Outcome.PERMANENT, "401")


class FrozenClock(Clock):
    """Moves only by `forward`. `reads`: how often it was asked, which tells a busy loop."""

    def __init__(self) -> None:
        self._passed_s = 0.0
        self.reads = 0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._passed_s)

    def monotonic_s(self) -> float:
        self.reads += 1
        return 1000.0 + self._passed_s

    def forward(self, seconds: float) -> None:
        self._passed_s += seconds


class ScriptedSink:
    """Answers in the order of `answers`, then `SENT`. An Event is awaited first: a send that hangs."""

    def __init__(self, name: str = "phone", concurrency: int = 4) -> None:
        self.name = name
        self.names_at_most = 1
        self.width = Width(first=concurrency, proven=concurrency, most=concurrency, work_s=0.001)
        self.answers: deque[SendResult | BaseException | asyncio.Event] = deque()
        self.asked: list[Delivery] = []
        self.messages: list[Sequence[Delivery]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.is_closed = False
        self.before_answer: Callable[[Delivery], None] = lambda _: None

    def prepare(self, delivery: Delivery, now: datetime) -> None:
        """Nothing is written."""

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        self.asked.extend(deliveries)
        self.messages.append(deliveries)
        answer = self.answers.popleft() if self.answers else SENT
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if isinstance(answer, asyncio.Event):
                await answer.wait()
                return SENT
            self.before_answer(deliveries[0])
            if isinstance(answer, BaseException):
                raise answer
            return answer
        finally:
            self.in_flight -= 1

    async def close(self) -> None:
        self.is_closed = True

    @property
    def instruments(self) -> list[str]:
        """What was asked for, in order."""
        return [str(delivery.notification.alert.event.event_id) for delivery in self.asked]


async def eventually(holds: Callable[[], bool]) -> None:
    """Return as soon as `holds`. Raises: TimeoutError after `DEADLINE_S`."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(*workers: SinkWorker) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The workers run, and are cancelled at the end."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(worker.run()) for worker in workers]
        try:
            yield tasks
        finally:
            for task in tasks:
                if not task.cancelling():
                    task.cancel()
