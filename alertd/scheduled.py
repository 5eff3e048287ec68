"""Tells reports at their times of day or week: each once, also over restarts and reloads.

What was told last is a fact of the store, written once the report stands there: a process that dies between
tells it again, and the alert of the report knows the moment it was due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

import structlog

from alertd.clock import Clock
from alertd.domain.events import Event
from alertd.presence.schedule import Appointment, Due, due_now
from alertd.store.database import Database

log = structlog.get_logger(__name__)

LOOK_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One that comes again and again. `fact`: under which name it is noted. `appointment` None: not wanted.

    `within`: later than so it is not told any more; None: however late. `noted` is called once the events
    stand in the store, or it is decided that they are not told. `is_ready` False: not yet.
    """

    fact: str
    appointment: Callable[[], Appointment | None]
    events: Callable[[Due], Awaitable[Sequence[Event]]]
    within: timedelta | None = None
    noted: Callable[[Due], Awaitable[None]] | None = None
    is_ready: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Told:
    """`deliver` takes events in order; `handled` returns once they stand in the store."""

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]


class ScheduledReports:
    """`timezone` gives the one that times of day are meant in."""

    def __init__(
        self,
        reports: Sequence[Report],
        database: Database,
        clock: Clock,
        timezone: Callable[[], ZoneInfo],
        told: Told,
    ) -> None:
        self._reports = reports
        self._database = database
        self._clock = clock
        self._timezone = timezone
        self._told = told

    async def run(self, begin: asyncio.Event) -> NoReturn:
        """Tell what is due, once `begin` is set: there is something to tell by then. Raises: StoreError."""
        await begin.wait()
        while True:
            await self.tell_if_due()
            await asyncio.sleep(LOOK_S)

    async def tell_if_due(self) -> None:
        """One that fell into a stop is told after the next start; before a first start there was nothing."""
        for report in self._reports:
            appointment = report.appointment()
            if appointment is None:
                continue
            noted = await self._database.read_fact(report.fact)
            due = due_now(
                appointment,
                self._timezone(),
                self._clock.now(),
                datetime.fromisoformat(noted) if noted else None,
                report.within,
            )
            if due is not None and report.is_ready():
                await self._keep(report, due)

    async def _keep(self, report: Report, due: Due) -> None:
        if due.is_wanted:
            await self._told.deliver(await report.events(due))
            await self._told.handled()
        else:
            log.info("report not told", report=report.fact, due=due.at.isoformat(), late_s=due.late_s)
        if report.noted is not None:
            await report.noted(due)
        await self._database.write_fact(report.fact, due.at.isoformat())
