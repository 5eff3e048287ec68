"""The one thread that talks to the database: group commit.

It takes everything that waits, does it in one transaction and completes all callers at once, so the cost
of a durable commit is shared by all that asked meanwhile. The event loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from alertd.clock import Clock
from alertd.domain.errors import StoreError
from alertd.store.failure import concerns_all, store_error

T = TypeVar("T")
Work = Callable[[Connection], T]
Almost = Callable[[T], None]

LARGEST_GROUP = 512  # jobs in one transaction
PATIENT_S = 0.02  # so long what is in no hurry waits for a transaction that is made anyway


class _Job:
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


class Writer:
    """Runs jobs in the order they are given, those in no hurry behind the others. A job may run twice (alone,
    after a neighbour failed): it must do its whole effect through the connection.
    """

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self._engine = engine
        self._clock = clock or Clock()
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._connection: Connection | None = None  # the thread's; taken from the pool once, not each time
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(
        self, work: Work[T], almost: Almost[T] | None = None, *, is_patient: bool = False
    ) -> asyncio.Future[T]:
        """Queue `work` now; the future completes once it is durable. `is_patient`: it may wait `PATIENT_S`
        for a transaction of others, so that it needs none of its own.

        `almost` is called on the loop with its result while the disk works: that may still fail, and `work`
        be done again. The future raises: StoreError. Cancelling it does not undo the work.
        """
        future: asyncio.Future[T] = self._loop.create_future()
        if self._closed:
            future.set_exception(StoreError("the store is closed"))
        else:
            self._jobs.put(_Job(work, future, almost, is_patient=is_patient))
        return future

    async def close(self) -> None:
        """Do what is queued, then end the thread and the connection."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._take()
            if jobs:
                self._do(jobs)
                with suppress(RuntimeError):  # the loop is gone, and with it all who waited
                    self._loop.call_soon_threadsafe(_settle_all, jobs)
        self._let_go()
        self._engine.dispose()

    def _take(self) -> tuple[list[_Job], bool]:
        """Everything that waits, at least one, what is patient last; False once the end was asked for."""
        hurried: list[_Job] = []
        patient: list[_Job] = []
        until_s: float | None = None
        waiting = self._jobs.get()
        while waiting is not None:
            (patient if waiting.is_patient else hurried).append(waiting)
            if until_s is None:
                until_s = self._clock.monotonic_s() + PATIENT_S
            wait_s = 0.0 if hurried else until_s - self._clock.monotonic_s()
            if len(hurried) + len(patient) == LARGEST_GROUP:
                return hurried + patient, True
            try:
                waiting = self._jobs.get(block=wait_s > 0, timeout=wait_s if wait_s > 0 else None)
            except queue.Empty:
                return hurried + patient, True
        return hurried + patient, False

    def _do(self, jobs: Sequence[_Job]) -> None:
        failure = self._in_one_transaction(jobs)
        if failure is None:
            return
        if len(jobs) == 1 or concerns_all(failure):
            for job in jobs:
                job.error = store_error(failure)
            return
        # One job's data were refused: each alone, so that it costs no neighbour.
        for job in jobs:
            self._do([job])

    def _in_one_transaction(self, jobs: Sequence[_Job]) -> Exception | None:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                for job in jobs:
                    job.result = job.work(self._connection)
                self._tell_almost(jobs)
        except Exception as exc:  # noqa: BLE001 - handed to the callers: a dead thread would leave them waiting
            self._let_go()
            return exc
        return None

    def _tell_almost(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            if job.almost is not None:
                with suppress(RuntimeError):  # the loop is gone
                    self._loop.call_soon_threadsafe(job.almost, job.result)

    def _let_go(self) -> None:
        """Whatever state a failure has left the connection in: the pool clears it up, or makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _settle_all(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.settle()
