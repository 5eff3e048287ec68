"""The messages of one sink that are under way: begun a few at a time, each with an outcome at its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol, cast

import structlog

from alertd.clock import Clock
from alertd.domain.notification import Delivery, Outcome, SendResult, Width

log = structlog.get_logger(__name__)

BEGUN_AT_ONCE = 16  # deliveries: others on the loop get their turn between so many renderings

Bundle = Sequence[Delivery]


class Sink(Protocol):
    """Where deliveries go."""

    @property
    def name(self) -> str: ...
    @property
    def width(self) -> Width: ...
    @property
    def names_at_most(self) -> int:
        """How many deliveries one message can name."""

    def prepare(self, delivery: Delivery, now: datetime) -> None:
        """Its message may be made now: it is being stored, and is sent soon if that succeeds."""

    async def send(self, deliveries: Sequence[Delivery], now: datetime) -> SendResult:
        """One attempt at one message for all of them, at least one; its outcome is that of each.

        Raises nothing but CancelledError.
        """

    async def close(self) -> None:
        """Let go of connections and threads."""


class Flight:
    """What one sink is being sent. `landed` is told the outcome of each message."""

    def __init__(
        self, sink: Sink, clock: Clock, longest_send_s: float, landed: Callable[[Bundle, SendResult], None]
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._longest_send_s = longest_send_s
        self._landed = landed
        self._sends: asyncio.TaskGroup | None = None
        self._in_flight: dict[asyncio.Task[None], float] = {}  # until when; the first due first
        self._overdue: set[asyncio.Task[None]] = set()
        self._watch: asyncio.TimerHandle | None = None  # one for all: a timer each costs more than it guards
        self._leased: deque[Bundle] = deque()  # to be begun in the loop's next turns

    @property
    def is_open(self) -> bool:
        """Whether messages can be begun."""
        return self._sends is not None

    @property
    def under_way(self) -> int:
        """How many messages have no outcome yet."""
        return len(self._in_flight) + len(self._leased)

    def open(self, sends: asyncio.TaskGroup) -> None:
        """From now on messages can be begun, as tasks of this group."""
        self._sends = sends

    def close(self) -> list[Bundle]:
        """Begin nothing more. Returns what was leased and never begun."""
        self._sends = None
        grounded = list(self._leased)
        self._leased.clear()
        return grounded

    def prepare(self, delivery: Delivery) -> None:
        """It is being stored, and `begin` follows if that succeeds."""
        with suppress(Exception):  # a sink's bug: `send` meets it again, and tells of it
            self._sink.prepare(delivery, self._clock.now())

    def begin(self, leased: Sequence[Bundle]) -> None:
        """Send these, one message each."""
        if leased:
            is_starting = bool(self._leased)
            self._leased.extend(leased)
            if not is_starting:
                self._start_some()

    async def land(self, timeout_s: float) -> None:
        """Wait a bounded time for what is in flight."""
        waited_for: set[asyncio.Future[object]] = {*self._in_flight}  # type: ignore[arg-type]
        if waited_for:
            await asyncio.wait(waited_for, timeout=timeout_s)

    def _start_some(self) -> None:
        """Begin a few, and the others in the loop's next turn."""
        if self._sends is None:  # closed meanwhile, and what is left was given back
            return
        loop = asyncio.get_running_loop()
        due_s = loop.time() + self._longest_send_s
        begun = 0
        while self._leased and begun < BEGUN_AT_ONCE:
            bundle = self._leased.popleft()
            begun += len(bundle)
            name = f"send:{self._sink.name}:{bundle[0].delivery_id}"
            self._in_flight[self._sends.create_task(self._send(bundle), name=name)] = due_s
        if self._watch is None:
            self._watch = loop.call_at(due_s, self._end_overdue)
        if self._leased:
            loop.call_soon(self._start_some)

    def _end_overdue(self) -> None:
        """What has no end by now gets none: its slot is free for others."""
        loop = asyncio.get_running_loop()
        self._watch = None
        for task, due_s in self._in_flight.items():
            if due_s > loop.time():
                self._watch = loop.call_at(due_s, self._end_overdue)
                return
            if task not in self._overdue:
                self._overdue.add(task)
                task.cancel()

    def _let_go(self) -> None:
        """Once the last has landed nothing is watched."""
        if self._watch is not None and not self._in_flight:
            self._watch.cancel()
            self._watch = None

    async def _send(self, bundle: Bundle) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        try:
            result = await self._attempt(bundle, task)
        finally:
            self._in_flight.pop(task, None)
            self._overdue.discard(task)
            self._let_go()
        self._landed(bundle, result)

    async def _attempt(self, bundle: Bundle, task: asyncio.Task[None]) -> SendResult:
        try:
            return await self._sink.send(bundle, self._clock.now())
        except asyncio.CancelledError:
            is_overdue = task in self._overdue
            if is_overdue:
                task.uncancel()
            if task.cancelling():
                raise
            if not is_overdue:
                return SendResult(Outcome.UNKNOWN, "cancelled within the sink")
            log.warning("sink had no end", sink=self._sink.name, after_s=self._longest_send_s)
            return SendResult(Outcome.UNKNOWN, f"no end within {self._longest_send_s:g} s")
        except Exception as exc:  # a sink's bug must not stop the deliveries behind it
            log.warning("sink raised", sink=self._sink.name, error=type(exc).__name__, exc_info=True)
            return SendResult(Outcome.UNKNOWN, type(exc).__name__)
