"""alertd/digests.py, on a real store"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alertd.coverage.account import AccountCoverage
from alertd.coverage.judging import Bounds
from alertd.digests import PATIENCE_S, Digests, Sources
from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, CopyFigures, LedFigures, LedResult
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.presence.schedule import Due
from alertd.store.database import Database
from tests.coverage.evidence import START, evidence
from tests.doubles.set_clock import SetClock

A_DAY = timedelta(days=1)
ANNA = CopiedLeader(trader="1", name="anna", equity=Decimal(100), net_profit=Decimal(2))


class Bench:
    """Accounts and what they show; `digests` is as another process would have it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock(START)
        self.figures: dict[str, CopyFigures | None] = {}
        self.accounts: dict[str, AccountCoverage] = {}

    def enter(self, name: str, figures: CopyFigures | None) -> None:
        account, _ = AccountCoverage.entered(name, "toobit", None, None, START)
        sight = evidence(unseen=(BlindSpot(Unseen.MARGIN, "led orders"),)).sight
        account.judge(sight, (), (), Bounds(), START)
        self.accounts[name] = account
        self.figures[name] = figures

    def digests(self) -> Digests:
        sources = Sources(
            accounts=lambda: self.accounts, figures=self.figures.__getitem__, database=self.database
        )
        return Digests(sources, self.clock)

    def due(self, *, is_wanted: bool = True) -> Due:
        return Due(self.clock.at - timedelta(seconds=90), 90, is_wanted)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    yield Bench(database)
    await database.close()


async def test_each_account_that_leads_or_copies_has_one(bench: Bench) -> None:
    bench.enter("copier", CopyFigures(copied=CopiedFigures(leaders=(ANNA,), positions=0)))
    bench.enter("leader", CopyFigures(led=LedFigures(leads=True)))
    bench.enter("trader", None)
    due = bench.due()
    copier, leader = await bench.digests().events(due)
    assert (copier.account, copier.exchange, copier.copied) == (
        "copier", "toobit", CopiedFigures(leaders=(ANNA,), positions=0)
    )  # fmt: skip
    assert (copier.due_at, copier.late_s, copier.received_at) == (due.at, 90, START)
    assert (copier.since, copier.closed_since) == (None, START - A_DAY)
    assert (copier.state, copier.unseen) == (
        str(bench.accounts["copier"].verdict.state),
        ("margin:led orders",),
    )
    assert (leader.account, leader.led, leader.copied) == ("leader", LedFigures(leads=True), None)


async def test_the_next_day_is_compared_with_this_one_also_by_another_process(bench: Bench) -> None:
    bench.enter("copier", CopyFigures(copied=CopiedFigures(leaders=(ANNA,))))
    first = bench.digests()
    await first.events(bench.due())
    await first.noted(bench.due())
    bench.clock.at += A_DAY
    more = CopiedLeader(trader="1", name="anna", equity=Decimal(110))
    bench.figures["copier"] = CopyFigures(copied=CopiedFigures(leaders=(more,)))
    [digest] = await bench.digests().events(bench.due())
    assert digest.since == START
    [leader] = (digest.copied or CopiedFigures()).leaders or ()
    assert (leader.equity_before, leader.equity_change, leader.net_profit_before) == (100, Decimal("0.1"), 2)


async def test_what_was_not_told_yet_is_compared_as_before(bench: Bench) -> None:
    """A process that dies between the two tells the same again."""
    bench.enter("leader", CopyFigures(led=LedFigures(followers=5)))
    first = bench.digests()
    await first.events(bench.due())
    await first.noted(bench.due())
    bench.clock.at += A_DAY
    closed = LedResult(closed_at=START + A_DAY / 2)
    bench.figures["leader"] = CopyFigures(led=LedFigures(followers=7, closed=(closed,)))
    told = await bench.digests().events(bench.due())
    again = await bench.digests().events(bench.due())
    assert again == told
    assert told[0].led == LedFigures(followers=7, followers_before=5, closed=(closed,))


async def test_what_is_only_noted_is_what_the_next_is_compared_with(bench: Bench) -> None:
    bench.enter("leader", CopyFigures(led=LedFigures(followers=5)))
    await bench.digests().noted(bench.due(is_wanted=False))
    bench.clock.at += A_DAY
    [digest] = await bench.digests().events(bench.due())
    assert digest.led == LedFigures(followers=5, followers_before=5)


async def test_who_was_told_of_and_shows_nothing_now_is_told_of_as_unknown(bench: Bench) -> None:
    bench.enter("copier", CopyFigures(copied=CopiedFigures(leaders=(ANNA,), positions=1)))
    first = bench.digests()
    await first.events(bench.due())
    await first.noted(bench.due())
    bench.clock.at += A_DAY
    bench.figures["copier"] = None
    for _ in range(2):  # and so it stays
        second = bench.digests()
        [digest] = await second.events(bench.due())
        await second.noted(bench.due())
        assert (digest.led, digest.copied) == (None, CopiedFigures())
        bench.clock.at += A_DAY


async def test_just_after_a_start_it_waits_for_figures_but_not_for_ever(bench: Bench) -> None:
    bench.enter("trader", None)
    digests = bench.digests()
    assert digests.is_ready()
    bench.enter("copier", CopyFigures(copied=CopiedFigures()))
    assert not digests.is_ready()
    bench.clock.at += timedelta(seconds=PATIENCE_S)
    assert digests.is_ready()
    again = bench.digests()
    assert not again.is_ready()
    bench.figures["copier"] = CopyFigures(copied=CopiedFigures(leaders=(), positions=0))
    assert again.is_ready()
