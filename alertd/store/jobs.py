"""What waits for the writer's thread, and what of it is done together."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection

from alertd.clock import Clock
from alertd.domain.errors import StoreError

T = TypeVar("T")
Work = Callable[[Connection], T]
Almost = Callable[[T], None]

LARGEST_GROUP = 512  # jobs in one transaction
PATIENT_S = 0.02  # so long what is in no hurry waits for a transaction that is made anyway


class Job:
    """Work to do, and what came of it. Only the writer thread touches it until it is settled."""

    __slots__ = ("almost", "error", "future", "is_patient", "result", "work")

    def __init__(
        self, work: Work[Any], future: asyncio.Future[Any], almost: Almost[Any] | None, *, is_patient: bool
    ) -> None:
        self.work = work
        self.future = future
        self.almost = almost
        self.is_patient = is_patient
        self.result: Any = None
        self.error: StoreError | None = None

    def settle(self) -> None:
        """On the event loop: tell the caller, unless it no longer waits."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Jobs:
    """In the order they are given, those in no hurry behind the others. The loop gives, one thread takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._held: list[Job] = []  # in no hurry; the thread's, and so is the next
        self._held_until_s: float | None = None

    def put(self, job: Job) -> None:
        """Give one."""
        self._given.put(job)

    def end(self) -> None:
        """Nothing is given after this."""
        self._given.put(None)

    def take(self) -> tuple[list[Job], bool]:
        """What is done next, at least one; False once the end was asked for.

        What is patient stands last. Where something is sent as soon as the others are done, it waits for the
        next transaction: this one would take longer.
        """
        jobs: list[Job] = []
        while len(jobs) + len(self._held) < LARGEST_GROUP:
            try:
                job = self._next(is_waited_for=not jobs)
            except queue.Empty:
                break
            if job is None:
                return jobs + self._let_held(), False
            if not job.is_patient:
                jobs.append(job)
                continue
            self._held.append(job)
            if self._held_until_s is None:
                self._held_until_s = self._clock.monotonic_s() + PATIENT_S
        is_sent_next = any(job.almost is not None for job in jobs)
        if is_sent_next and self._held_s() > 0:
            return jobs, True
        return jobs + self._let_held(), True

    def _next(self, *, is_waited_for: bool) -> Job | None:
        """Raises: queue.Empty: there is none, or what is patient has waited long enough for one."""
        if not is_waited_for:
            return self._given.get_nowait()
        if self._held_until_s is None:
            return self._given.get()
        held_s = self._held_s()
        return self._given.get(timeout=held_s) if held_s > 0 else self._given.get_nowait()

    def _held_s(self) -> float:
        """How long what is patient may wait yet."""
        return 0.0 if self._held_until_s is None else self._held_until_s - self._clock.monotonic_s()

    def _let_held(self) -> list[Job]:
        held, self._held, self._held_until_s = self._held, [], None
        return held
