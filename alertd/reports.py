"""How much was watched, from the record in the store: for whoever asks, and once a week by itself.

When it is told is decided in `scheduled.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from alertd.clock import Clock
from alertd.coverage.reporting import Figures, figures
from alertd.covering import Covering
from alertd.domain.coverage import Gap
from alertd.domain.events import CoverageLine, CoverageReport
from alertd.presence.schedule import Appointment
from alertd.store.database import Database

WEEK = timedelta(days=7)
REPORTED = "coverage_reported_at"


class CoverageReports:
    """Of the accounts that are watched."""

    def __init__(self, covering: Covering, database: Database, clock: Clock) -> None:
        self._covering = covering
        self._database = database
        self._clock = clock

    @property
    def appointment(self) -> Appointment | None:
        """When the weekly report is due, by the settings in force."""
        weekly = self._covering.settings.weekly
        return None if weekly is None else Appointment(at=weekly[1], day=weekly[0])

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

    async def event(self) -> CoverageReport:
        """The report on the last week, the account first that was watched least."""
        found = by_coverage(await self.figures())
        now = self._clock.now()
        return CoverageReport(
            event_id=f"coverage_report:{now.timestamp():.0f}",
            exchange="",
            account="",
            received_at=now,
            since=min((one.since for one in found), default=now),
            until=now,
            watched_percent=found[0].watched_percent if found else None,
            lines=tuple(self.line(one) for one in found),
        )

    def line(self, one: Figures) -> CoverageLine:
        """One account's, with what cannot be seen there now."""
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


def by_coverage(found: Iterable[Figures]) -> list[Figures]:
    """The account first that was watched least."""
    return sorted(found, key=lambda one: (one.watched_percent, one.account))
