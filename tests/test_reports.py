"""alertd/reports.py, on a real store"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time
from pathlib import Path

from alertd.coverage.outage import Reach
from alertd.coverage.settings import CoverageSettings
from alertd.covering import Around, Covering
from alertd.domain.coverage import BlindSpot, Gap, KeptRecord, Sight, Unseen
from alertd.domain.events import CoverageCause, CoverageState, Event
from alertd.presence.schedule import Appointment
from alertd.proofs import SinkProofs
from alertd.reports import CoverageReports
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.coverage.evidence import START, at, evidence
from tests.doubles.set_clock import SetClock


class Bench:
    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.clock = SetClock(now)
        self.told: list[Event] = []
        around = Around(
            sinks=lambda: (),
            critical_sinks=lambda _: (),
            is_alarmed=lambda _: False,
            reach=lambda _: Reach(failing=False, gap_s=0.35),
            deliver=self._deliver,
        )
        self.covering = Covering(
            settings=CoverageSettings(),
            database=database,
            clock=self.clock,
            counters=Counters(),
            proofs=SinkProofs(),
            records=(),
            told=(),
            around=around,
        )
        self.reports = CoverageReports(self.covering, database, self.clock)

    async def _deliver(self, events: Sequence[Event]) -> None:
        self.told += events


@asynccontextmanager
async def bench(folder: Path, now: datetime) -> AsyncIterator[Bench]:
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    await database.load()
    yield Bench(database, now)
    await database.close()


def gap(account: str, number: int, began_s: float, ended_s: float | None) -> Gap:
    return Gap(
        account=account,
        number=number,
        state=CoverageState.BLIND,
        cause=CoverageCause.CONNECTION,
        began_at=at(began_s),
        ended_at=None if ended_s is None else at(ended_s),
    )


def shown() -> Sight:
    return evidence(unseen=(BlindSpot(Unseen.SPOT_COPY, "BTC"),)).sight


async def test_figures_come_from_the_store_and_begin_with_the_record(tmp_path: Path) -> None:
    async with bench(tmp_path, at(1000)) as one:
        for name in ("main", "desk"):
            one.covering.watch(name, "okx", shown)
        records = [KeptRecord(account="main", since=START, seen_at=at(900))]
        await one.database.write_coverage([gap("main", 7, 100, 150), gap("gone", 1, 0, 50)], records)
        desk, main = await one.reports.figures()
        assert (desk.account, desk.since, desk.outages) == ("desk", at(1000), ())
        assert (main.since, main.until, main.unwatched_s) == (START, at(1000), 50)
        [_, main] = await one.reports.figures(at(120))
        assert main.unwatched_s == 30


async def test_the_report_names_the_least_watched_first_and_what_cannot_be_seen(tmp_path: Path) -> None:
    async with bench(tmp_path, at(1000)) as one:
        for name in ("a", "b"):
            one.covering.watch(name, "okx", shown)
        records = [KeptRecord(account=name, since=START, seen_at=at(900)) for name in ("a", "b")]
        await one.database.write_coverage([gap("b", 7, 100, 141)], records)
        report = await one.reports.event()
        assert [(line.account, str(line.watched_percent)) for line in report.lines] == [
            ("b", "95.90"),
            ("a", "100.00"),
        ]
        assert (str(report.watched_percent), report.since) == ("95.90", START)
        assert (report.lines[0].gaps, report.lines[0].longest_s, report.lines[0].unreconciled) == (1, 41, 1)
        assert report.lines[0].unseen == ("spot_copy:BTC",)


async def test_when_it_is_due_is_what_the_settings_in_force_say(tmp_path: Path) -> None:
    async with bench(tmp_path, at(0)) as one:
        assert one.reports.appointment == Appointment(time(8, 0), day=0)
        one.covering.settings = CoverageSettings(weekly_report="")
        assert one.reports.appointment is None
