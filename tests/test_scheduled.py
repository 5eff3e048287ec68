"""alertd/scheduled.py, on a real store"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alertd.domain.events import Event, Summary
from alertd.presence.schedule import Appointment, Due
from alertd.scheduled import Report, ScheduledReports, Told
from alertd.store.database import Database
from tests.doubles.set_clock import SetClock

MONDAY = datetime.fromisoformat("2026-11-23T08:00:00+00:00")
WEEKLY = Appointment(time(8, 0), day=0)


class Bench:
    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.clock = SetClock(now)
        self.appointment: Appointment | None = WEEKLY
        self.within: timedelta | None = None
        self.told: list[Event] = []
        self.noted_when_told: list[str | None] = []
        self.is_ready = True
        self.decided: list[tuple[bool, int, str | None]] = []

    async def events(self, due: Due) -> Sequence[Event]:
        made = Summary(event_id="s", exchange="", account="", received_at=self.clock.at, late_s=due.late_s)
        return [made]

    async def noted(self, due: Due) -> None:
        self.decided.append((due.is_wanted, len(self.told), await self.database.read_fact("told")))

    async def deliver(self, events: Sequence[Event]) -> None:
        self.told += events

    async def store(self) -> None:
        self.noted_when_told.append(await self.database.read_fact("told"))

    def reports(self) -> ScheduledReports:
        """As another process would have it."""
        report = Report(
            fact="told",
            appointment=lambda: self.appointment,
            events=self.events,
            within=self.within,
            noted=self.noted,
            is_ready=lambda: self.is_ready,
        )
        told = Told(self.deliver, self.store)
        return ScheduledReports([report], self.database, self.clock, lambda: ZoneInfo("UTC"), told)


@asynccontextmanager
async def bench(folder: Path, now: datetime = MONDAY + timedelta(hours=3)) -> AsyncIterator[Bench]:
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    yield Bench(database, now)
    await database.close()


@pytest.mark.parametrize(
    ("last_told", "reports"),
    [
        (None, 0),  # a first start: there is no week to tell of
        (MONDAY - timedelta(days=7), 1),
        (MONDAY - timedelta(days=30), 1),  # what fell into a stop is told once
        (MONDAY, 0),
    ],
)
async def test_it_is_told_once_a_week(tmp_path: Path, last_told: datetime | None, reports: int) -> None:
    async with bench(tmp_path) as one:
        if last_told is not None:
            await one.database.write_fact("told", last_told.isoformat())
        for _ in range(2):
            await one.reports().tell_if_due()
        assert len(one.told) == reports
        assert await one.database.read_fact("told") == MONDAY.isoformat()


async def test_it_is_noted_only_once_it_stands_in_the_store(tmp_path: Path) -> None:
    before = (MONDAY - timedelta(days=7)).isoformat()
    async with bench(tmp_path) as one:
        await one.database.write_fact("told", before)
        await one.reports().tell_if_due()
        assert one.noted_when_told == [before]
        assert one.decided == [(True, 1, before)]  # told, in the store, and not noted yet


async def test_what_is_too_late_is_noted_and_not_told(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.within = timedelta(hours=2)
        await one.database.write_fact("told", (MONDAY - timedelta(days=7)).isoformat())
        await one.reports().tell_if_due()
        assert one.told == []
        assert [is_wanted for is_wanted, *_ in one.decided] == [False]
        assert await one.database.read_fact("told") == MONDAY.isoformat()


async def test_what_is_not_ready_is_told_later(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.database.write_fact("told", (MONDAY - timedelta(days=7)).isoformat())
        reports, one.is_ready = one.reports(), False
        await reports.tell_if_due()
        assert (one.told, one.decided) == ([], [])
        one.is_ready = True
        await reports.tell_if_due()
        assert len(one.told) == 1


async def test_what_is_not_wanted_is_not_looked_at(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.appointment = None
        await one.reports().tell_if_due()
        assert await one.database.read_fact("told") is None
        one.appointment = WEEKLY  # by a reload
        await one.reports().tell_if_due()
        assert await one.database.read_fact("told") == MONDAY.isoformat()


async def test_it_waits_until_there_is_something_to_tell(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.database.write_fact("told", (MONDAY - timedelta(days=7)).isoformat())
        begin = asyncio.Event()
        running = asyncio.get_running_loop().create_task(one.reports().run(begin))
        for _ in range(50):
            await asyncio.sleep(0)
        assert one.told == []
        begin.set()
        async with asyncio.timeout(10):
            while not one.told:
                await asyncio.sleep(0.01)
        running.cancel()
