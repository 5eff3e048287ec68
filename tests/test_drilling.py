"""Covers alertd/drilling.py, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alertd.domain.events import DrillDue, Event
from alertd.drilling import REMINDED, Doors, DrillReminders
from alertd.store.database import Database
from tests.doubles.set_clock import SetClock

NOON = datetime.fromisoformat("2026-11-02T12:00:00+00:00")


class Bench:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock(NOON)
        self.answered_at: datetime | None = None
        self.told: list[Event] = []
        self.noted_when_stored: list[str | None] = []

    async def deliver(self, events: Sequence[Event]) -> None:
        self.told += events

    async def stored(self) -> None:
        self.noted_when_stored.append(await self.database.read_fact(REMINDED))

    def reminders(self) -> DrillReminders:
        """As another process would have them."""
        return DrillReminders(
            Doors(
                database=self.database,
                clock=self.clock,
                timezone=lambda: ZoneInfo("UTC"),
                answered_at=lambda: self.answered_at,
                deliver=self.deliver,
                handled=self.stored,
            )
        )

    async def look(self, days: float) -> int:
        """How many were told by then."""
        self.clock.at = NOON + timedelta(days=days)
        await self.reminders().remind_if_due()
        return len(self.told)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    yield Bench(database)
    await database.close()


async def test_the_first_is_told_a_week_after_the_first_start_and_then_one_a_month(tmp_path: Path) -> None:
    async with bench(tmp_path) as here:
        counts = [await here.look(days) for days in (0, 6, 7, 7.1, 36, 37)]
    assert counts == [0, 0, 1, 1, 1, 2]
    assert all(isinstance(event, DrillDue) and event.last_at is None for event in here.told)


async def test_one_that_was_answered_is_named_and_puts_it_off(tmp_path: Path) -> None:
    async with bench(tmp_path) as here:
        await here.look(0)
        here.answered_at = NOON + timedelta(days=5)
        counts = [await here.look(days) for days in (7, 34, 35)]
    assert counts == [0, 0, 1]
    (told,) = here.told
    assert isinstance(told, DrillDue)
    assert told.last_at == here.answered_at


async def test_it_counts_as_told_only_once_it_stands_in_the_store(tmp_path: Path) -> None:
    async with bench(tmp_path) as here:
        await here.look(0)
        await here.look(8)
    assert here.noted_when_stored == [None]


async def test_it_begins_when_it_is_let(tmp_path: Path) -> None:
    async with bench(tmp_path) as here:
        begin = asyncio.Event()
        running = asyncio.create_task(here.reminders().run(begin))
        await asyncio.sleep(0)
        begin.set()
        while await here.database.read_fact("first_start_at") is None:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert here.told == []
