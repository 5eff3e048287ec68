"""How much was watched, from the record in the store: for whoever asks, and once a week by itself."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from alertd.clock import Clock
from alertd.coverage.reporting import Figures, figures
from alertd.coverage.schedule import last_due
from alertd.covering import Covering
from alertd.domain.coverage import Gap
from alertd.domain.events import CoverageLine, CoverageReport, Event
from alertd.store.database import Database

LOOK_S = 30.0
WEEK = timedelta(days=7)

_REPORTED = "coverage_reported_at"


class CoverageReports:
    """`timezone` gives the one that "mon 08:00" is meant in."""

    def __init__(
        self,
        covering: Covering,
        database: Database,
        clock: Clock,
        timezone: Callable[[], ZoneInfo],
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
    ) -> None:
        self._covering = covering
        self._database = database
        self._clock = clock
        self._timezone = timezone
        self._deliver = deliver

    async def figures(self, since: datetime | None = None) -> list[Figures]:
        """Of every account that is watched, by name, from `since` (a week ago) or the record's own beginning.

        Raises: StoreError.
        """
        now = self._clock.now()
        wanted = now - WEEK if since is None else since
        complete_from = {record.account: record.since for record in await self._database.coverage_records()}
        gaps: defaultdict[str, list[Gap]] = defaultdict(list)
        for gap in await self._database.gaps_since(wanted):
            gaps[gap.account].append(gap)
        return [
            figures(name, gaps[name], max(wanted, complete_from.get(name, now)), now)
            for name in sorted(self._covering.accounts)
        ]

    async def run(self) -> NoReturn:
        """Tell the weekly report when it is due. Raises: StoreError."""
        while True:
            await self.tell_if_due()
            await asyncio.sleep(LOOK_S)

    async def tell_if_due(self) -> None:
        """One that fell into a stop is told after the next start; a first start has no week to tell of."""
        if (weekly := self._covering.settings.weekly) is None:
            return
        due = last_due(weekly, self._timezone(), self._clock.now())
        told = await self._database.read_fact(_REPORTED)
        if told is not None and datetime.fromisoformat(told) >= due:
            return
        if told is not None:
            await self._deliver([await self.event()])
        await self._database.write_fact(_REPORTED, due.isoformat())

    async def event(self) -> CoverageReport:
        """The report on the last week, the account first that was watched least."""
        found = sorted(await self.figures(), key=lambda one: (one.watched_percent, one.account))
        now = self._clock.now()
        return CoverageReport(
            event_id=f"coverage_report:{now.timestamp():.0f}",
            exchange="",
            account="",
            received_at=now,
            since=min((one.since for one in found), default=now),
            until=now,
            watched_percent=found[0].watched_percent if found else None,
            lines=tuple(self._line(one) for one in found),
        )

    def _line(self, one: Figures) -> CoverageLine:
        watched = self._covering.accounts.get(one.account)
        spots = () if watched is None else watched.sight.unseen
        return CoverageLine(
            account=one.account,
            watched_percent=one.watched_percent,
            gaps=len(one.outages),
            longest_s=round(one.longest_s),
            unreconciled=one.unreconciled,
            missed=one.missed,
            unseen=tuple(f"{spot.what}:{spot.where}" for spot in spots),
        )
