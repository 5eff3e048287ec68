"""alertd/summaries.py, on a real store"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from alertd.coverage.outage import Reach
from alertd.coverage.settings import CoverageSettings
from alertd.covering import Around, Covering
from alertd.domain.coverage import BlindSpot, Gap, KeptRecord, Sight, Unseen
from alertd.domain.events import CoverageCause, CoverageState
from alertd.domain.finding import Finding, Grade
from alertd.domain.presence import OpenPosition, SinkQueue
from alertd.presence.schedule import Due
from alertd.proofs import SinkProofs
from alertd.reports import CoverageReports
from alertd.store.database import Database
from alertd.summaries import Sources, Summaries
from alertd.telemetry import Counters
from tests.alerts.nouns import alert_of, margin
from tests.coverage.evidence import START, at, evidence, stream
from tests.doubles.set_clock import SetClock
from tests.store.samples import NOW, make_alert, to, told

LONG = OpenPosition(account="main", instrument="BTC", distance_to_liquidation=Decimal("0.04"))
FAR = OpenPosition(account="main", instrument="ETH", distance_to_liquidation=Decimal("0.4"))
NOBODY = Finding(code="no_watcher", severity=Grade.INFO)


async def _nowhere(_: object) -> None:
    raise AssertionError("a summary is only made here")


def covering(database: Database, clock: SetClock) -> Covering:
    around = Around(
        sinks=lambda: (),
        critical_sinks=lambda _: (),
        is_alarmed=lambda _: False,
        reach=lambda _: Reach(failing=False, gap_s=0.35),
        deliver=_nowhere,
    )
    return Covering(
        settings=CoverageSettings(),
        database=database,
        clock=clock,
        counters=Counters(),
        proofs=SinkProofs(),
        records=(),
        told=(),
        around=around,
    )


async def test_it_holds_how_everything_stands(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    clock = SetClock(START)
    desk = covering(database, clock)
    sights: dict[str, Sight] = {
        "main": evidence(positions=2, unseen=(BlindSpot(Unseen.SPOT_COPY, "BTC"),)).sight,
        "dark": evidence(stream(state=CoverageState.BLIND, cause=CoverageCause.CONNECTION)).sight,
    }
    for name in sights:
        desk.watch(name, "okx", lambda name=name: sights[name])
    gap = Gap(
        account="main",
        number=1,
        state=CoverageState.BLIND,
        cause=CoverageCause.CONNECTION,
        began_at=at(-86400 - 3600),  # half of it was before the day that is told of
        ended_at=at(-86400 + 864),
    )
    records = [KeptRecord(account="main", since=at(-10 * 86400), seen_at=START)]
    await database.write_coverage([gap], records)
    await database.commit([], [(told(make_alert()), to("phone"))], NOW)
    sources = Sources(
        covering=desk,
        reports=CoverageReports(desk, database, clock),
        database=database,
        alerts=lambda: [alert_of(margin())],
        positions=lambda names: [FAR, LONG] if list(names) == ["main", "dark"] else [],
        findings=lambda: [NOBODY, Finding(code="key_unbound", severity=Grade.INFO)],
        sinks=lambda: ["phone", "mail"],
    )
    summary = await Summaries(sources, clock).event(Due(at(-300), 300, is_wanted=True))
    await database.close()
    assert (summary.due_at, summary.late_s, summary.received_at) == (at(-300), 300, START)
    assert (summary.since, summary.until) == (START - timedelta(days=1), START)
    assert (summary.accounts, summary.blind, summary.positions) == (("main", "dark"), ("dark",), 2)
    assert summary.nearest == (LONG, FAR)
    assert (summary.alert_count, [one.account for one in summary.alerts]) == (1, ["main"])
    assert summary.queues == (SinkQueue(sink="phone", queued=1), SinkQueue(sink="mail"))
    assert summary.findings == (NOBODY,)
    watched = {line.account: (line.watched_percent, line.unseen) for line in summary.lines}
    assert watched["main"] == (Decimal("99.00"), ("spot_copy:BTC",))
