"""Gathers what the daily summary tells; what belongs into it, and in which order, stands in `presence/`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.clock import Clock
from alertd.covering import Covering
from alertd.domain.alert import Alert
from alertd.domain.events import CoverageState, Summary
from alertd.domain.finding import Finding
from alertd.domain.presence import OpenPosition, SinkQueue
from alertd.presence.schedule import Due
from alertd.presence.summary import (
    MOST_ALERTS,
    nearest,
    open_alerts,
    open_positions,
    queues,
    to_remember,
)
from alertd.reports import CoverageReports, by_coverage
from alertd.store.database import Database

A_DAY = timedelta(days=1)
# Later than so the next one is nearer than the one that was missed, and the start message has come.
TOLD_WITHIN = timedelta(hours=6)
SUMMARISED = "summary_told_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom the summary asks. `positions`: what is open in the accounts that are watched."""

    covering: Covering
    reports: CoverageReports
    database: Database
    alerts: Callable[[], Iterable[Alert]]
    positions: Callable[[Iterable[str]], Sequence[OpenPosition]]
    findings: Callable[[], Sequence[Finding]]
    sinks: Callable[[], Iterable[str]]


class Summaries:
    """Makes one when asked."""

    def __init__(self, sources: Sources, clock: Clock) -> None:
        self._sources = sources
        self._clock = clock

    async def event(self, due: Due) -> Summary:
        """How everything stands now. Raises: StoreError."""
        ask, now = self._sources, self._clock.now()
        accounts = ask.covering.accounts
        alerts = open_alerts(ask.alerts())
        since = now - A_DAY
        return Summary(
            event_id=f"summary:{due.at.timestamp():.0f}",
            exchange="",
            account="",
            received_at=now,
            due_at=due.at,
            late_s=due.late_s,
            since=since,
            until=now,
            accounts=tuple(accounts),
            positions=open_positions(one.sight.positions for one in accounts.values()),
            nearest=tuple(nearest(ask.positions(accounts))),
            alert_count=len(alerts),
            alerts=tuple(alerts[:MOST_ALERTS]),
            blind=tuple(name for name, one in accounts.items() if one.verdict.state is CoverageState.BLIND),
            lines=tuple(ask.reports.line(one) for one in by_coverage(await ask.reports.figures(since))),
            queues=await self._queues(since),
            findings=tuple(to_remember(ask.findings())),
        )

    async def _queues(self, since: datetime) -> tuple[SinkQueue, ...]:
        counts = await self._sources.database.counts_by_sink(since)
        return tuple(queues(counts, list(self._sources.sinks())))
