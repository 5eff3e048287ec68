"""The one thread that talks to the database: group commit.

It takes everything that waits, does it in one transaction and completes all callers at once, so the cost
of a durable commit is shared by all that asked meanwhile. The event loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection, Engine

from alertd.clock import Clock
from alertd.domain.errors import StoreError
from alertd.store.failure import concerns_all, store_error
from alertd.store.jobs import Almost, Job, Jobs, T, Work


class Writer:
    """Runs jobs in the order they are given, those in no hurry behind the others. A job may run twice (alone,
    after a neighbour failed): it must do its whole effect through the connection.
    """

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self._engine = engine
        self._clock = clock or Clock()
        self._loop = asyncio.get_running_loop()
        self._jobs = Jobs(self._clock)
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
            self._jobs.put(Job(work, future, almost, is_patient=is_patient))
        return future

    async def close(self) -> None:
        """Do what is queued, then end the thread and the connection."""
        if not self._closed:
            self._closed = True
            self._jobs.end()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._jobs.take()
            if jobs:
                self._do(jobs)
                with suppress(RuntimeError):  # the loop is gone, and with it all who waited
                    self._loop.call_soon_threadsafe(_settle_all, jobs)
        self._let_go()
        self._engine.dispose()

    def _do(self, jobs: Sequence[Job]) -> None:
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

    def _in_one_transaction(self, jobs: Sequence[Job]) -> Exception | None:
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

    def _tell_almost(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.almost is not None:
                with suppress(RuntimeError):  # the loop is gone
                    self._loop.call_soon_threadsafe(job.almost, job.result)

    def _let_go(self) -> None:
        """Whatever state a failure has left the connection in: the pool clears it up, or makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _settle_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.settle()
