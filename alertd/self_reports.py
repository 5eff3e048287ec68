"""What alertd tells of itself: what it found, that it comes and goes, how everything stands by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alertd.actions.readiness import awaited
from alertd.alerts.lifecycle import Lifecycle
from alertd.clock import Clock
from alertd.config import Settings
from alertd.covering import Covering
from alertd.digests import DIGESTED, Digests
from alertd.digests import Sources as DigestSources
from alertd.domain.events import Event
from alertd.domain.finding import Finding
from alertd.drilling import Doors as DrillDoors
from alertd.drilling import DrillReminders
from alertd.holdings import Holdings
from alertd.homecoming import Homecoming, Household
from alertd.hygiene import Hygiene
from alertd.pipeline import Pipeline
from alertd.presence.schedule import Due
from alertd.reports import REPORTED, CoverageReports
from alertd.scheduled import Report, ScheduledReports, Told
from alertd.store.database import Database
from alertd.summaries import SUMMARISED, TOLD_WITHIN, Sources, Summaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom it asks, and through whom it tells. `settings` gives those in force; `watchers` what there is to
    say about who looks after this daemon from outside.
    """

    settings: Callable[[], Settings]
    clock: Clock
    database: Database
    pipeline: Pipeline
    lifecycle: Lifecycle
    covering: Covering
    holdings: Holdings
    watchers: Callable[[], Sequence[Finding]]


class SelfReports:
    """All of it, built once for a process."""

    def __init__(self, ask: Asked, *, is_first_start: bool) -> None:
        deliver = ask.pipeline.put
        self._ask = ask
        self.holdings = ask.holdings
        self.coverage = CoverageReports(ask.covering, ask.database, ask.clock)
        self.hygiene = Hygiene(
            lambda: ask.settings().accounts,
            ask.clock,
            deliver,
            ask.watchers,
            lambda: awaited(ask.pipeline.acts.plans),
        )
        self.home = Homecoming(self._household(), is_first_start=is_first_start)
        self.scheduled = ScheduledReports(
            (self._summary(), self._copy_digest(), self._weekly()),
            ask.database,
            ask.clock,
            lambda: ask.settings().timezone,
            Told(deliver, ask.pipeline.handled),
        )
        self.drills = DrillReminders(
            DrillDoors(
                database=ask.database,
                clock=ask.clock,
                timezone=lambda: ask.settings().timezone,
                answered_at=ask.lifecycle.drills.answered_at,
                deliver=deliver,
                handled=ask.pipeline.handled,
            )
        )

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[Any]]:
        """Begin to tell: streams connect. `home.begin` comes before."""
        return [
            tasks.create_task(self.hygiene.run(), name="hygiene"),
            tasks.create_task(self.home.run(), name="homecoming"),
            tasks.create_task(self.scheduled.run(self.home.settled), name="reports"),
            tasks.create_task(self.drills.run(self.home.settled), name="drill-reminders"),
        ]

    def _household(self) -> Household:
        ask = self._ask
        return Household(
            database=ask.database,
            clock=ask.clock,
            covering=ask.covering,
            hygiene=self.hygiene,
            accounts=lambda: ask.settings().accounts,
            alerts=ask.lifecycle.open_alerts,
            deliver=ask.pipeline.put,
            handled=ask.pipeline.handled,
        )

    def _summary(self) -> Report:
        ask = self._ask
        sources = Sources(
            covering=ask.covering,
            reports=self.coverage,
            database=ask.database,
            alerts=ask.lifecycle.open_alerts,
            positions=self.holdings.of,
            findings=self.hygiene.found,
            sinks=lambda: ask.settings().sinks,
        )
        summaries = Summaries(sources, ask.clock)

        async def events(due: Due) -> Sequence[Event]:
            return [await summaries.event(due)]

        return Report(
            fact=SUMMARISED,
            appointment=lambda: ask.settings().summary.daily,
            events=events,
            within=TOLD_WITHIN,
        )

    def _copy_digest(self) -> Report:
        ask = self._ask
        sources = DigestSources(
            accounts=lambda: ask.covering.accounts,
            figures=self.holdings.figures_of,
            database=ask.database,
        )
        digests = Digests(sources, ask.clock)
        return Report(
            fact=DIGESTED,
            appointment=lambda: ask.settings().summary.daily,
            events=digests.events,
            within=TOLD_WITHIN,
            noted=digests.noted,
            is_ready=digests.is_ready,
        )

    def _weekly(self) -> Report:
        coverage = self.coverage

        async def events(_: Due) -> Sequence[Event]:
            return [await coverage.event()]

        return Report(fact=REPORTED, appointment=lambda: coverage.appointment, events=events)
