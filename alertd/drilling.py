"""Reminds people once a month to try whether an alert reaches somebody, until somebody answered a drill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from alertd.clock import Clock
from alertd.domain.events import DrillDue, Event
from alertd.presence.drills import is_due
from alertd.store.database import Database

LOOK_S = 60.0
FIRST_START = "first_start_at"
REMINDED = "drill_reminded_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """`answered_at`: of the newest drill that was acknowledged; `handled` returns once what was delivered
    stands in the store.
    """

    database: Database
    clock: Clock
    timezone: Callable[[], ZoneInfo]
    answered_at: Callable[[], datetime | None]
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]


class DrillReminders:
    """What was told last is a fact of the store: neither a restart nor a reload repeats it."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def run(self, begin: asyncio.Event) -> NoReturn:
        """Look again and again, once `begin` is set. Raises: StoreError."""
        await begin.wait()
        while True:
            await self.remind_if_due()
            await asyncio.sleep(LOOK_S)

    async def remind_if_due(self) -> None:
        """A store of an earlier version counts as new: its first start is not known."""
        doors, now = self._doors, self._doors.clock.now()
        first_start = await self._fact(FIRST_START)
        if first_start is None:
            await doors.database.write_fact(FIRST_START, now.isoformat())
            return
        answered_at, reminded_at = doors.answered_at(), await self._fact(REMINDED)
        if not is_due(
            now, doors.timezone(), first_start=first_start, answered_at=answered_at, reminded_at=reminded_at
        ):
            return
        name = f"drill_due:{now.timestamp():.0f}"
        event = DrillDue(event_id=name, exchange="", account="", received_at=now, last_at=answered_at)
        await doors.deliver([event])
        await doors.handled()
        await doors.database.write_fact(REMINDED, now.isoformat())

    async def _fact(self, name: str) -> datetime | None:
        noted = await self._doors.database.read_fact(name)
        return datetime.fromisoformat(noted) if noted else None
