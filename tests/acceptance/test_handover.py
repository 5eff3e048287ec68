"""Make before break: an announced close is no gap, no outage, and no second notification.

One second here is ten of the daemon's; the exchange pushes regularly every two of those.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from alertd.simulators.okx.session import Session
from tests.acceptance.house import BUSINESS, PRIVATE, House, house, hurried, until

BTC, ETH, SOL = "BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP"
CARRIERS = ("account", "positions")
STEP_S = 0.1


def loop_s() -> float:
    return asyncio.get_running_loop().time()


class Market:
    """Runs: prices move, margins are changed, and SOL is warned of again and again."""

    def __init__(self, home: House) -> None:
        self.home = home
        self.unfed: list[str] = []
        self.blind_steps = 0
        self.overlaps = 0

    async def run(self) -> None:
        okx = self.home.okx
        step = 0
        while True:
            step += 1
            okx.set_price(BTC, Decimal(99_000) - step % 7)
            okx.adjust_margin(BTC, 1 if step % 2 else -1)
            okx.push_liquidation_warning(SOL, mgn_ratio="2.1")
            self._look()
            await asyncio.sleep(STEP_S)

    def _look(self) -> None:
        home = self.home
        for service, wanted in (("private", PRIVATE), ("business", BUSINESS)):
            fed = home.subscribed(service)
            self.unfed += [name for name in wanted if name not in fed]
            self.blind_steps += not home.is_live(service)
        if len(home.okx.chosen("private")) == 2:
            self.overlaps += 1
            if self.overlaps == 1:  # a danger that begins while both stand
                home.okx.push_liquidation_warning(ETH, mgn_ratio="1.7")


@asynccontextmanager
async def running_market(home: House) -> AsyncIterator[Market]:
    for instrument in (BTC, ETH, SOL):
        home.okx.open_position(instrument, size=1, lever=5)
    market = Market(home)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(market.run())
        await until(lambda: len(home.hook.about(SOL)) == 1, home.standing)
        yield market
        task.cancel()


def gap_s(old: Session, new: Session, channel: str) -> float:
    """From the last push of the old connection to the first of the new one; below 0 they overlap."""
    return new.first_push_at_s[channel] - old.last_push_at_s[channel]


@pytest.mark.parametrize("close_after_s", [20.0, 60.0])
@hurried(10)
async def test_an_announced_close_under_a_running_market_is_no_gap(
    tmp_path: Path, close_after_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path) as home, running_market(home) as market:
        old = list(home.okx.sessions)
        [private] = home.okx.chosen("private")
        began_s = loop_s()
        home.okx.notice(close_after_s=close_after_s)
        await home.without(old)
        took_s = loop_s() - began_s
        await home.complete()
        [successor] = home.okx.chosen("private")
        await asyncio.sleep(5)

        gaps = {channel: gap_s(private, successor, channel) for channel in CARRIERS}
        with capsys.disabled():
            told = ", ".join(f"{name} {gap:+.2f} s" for name, gap in gaps.items())
            print(f"\n64008: old closed after {took_s:.1f} s; its last push to the first of the new: {told}")  # noqa: T201
        assert took_s < 10
        assert max(gaps.values()) <= STEP_S  # the market pushes no more often
        assert market.unfed == []
        assert market.blind_steps == 0
        if market.overlaps:
            await until(lambda: home.hook.about(ETH, "170 %"), home.standing)
            assert len(home.hook.about(ETH)) == 1
        assert len(home.hook.about(SOL)) == 1
        assert len(home.hook.texts) == 1 + bool(market.overlaps)
        assert (home.connects("private"), home.connects("business")) == (2, 2)
        assert home.counted("replacements_total") == 2
        assert home.counted("reconnects_total") == 0


@hurried(10)
async def test_where_no_replacement_can_be_made_the_old_one_serves_until_it_is_cut(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        old = list(home.okx.sessions)
        home.okx.refuse_connects(503)
        began_s = loop_s()
        home.okx.notice(close_after_s=30.0, service="private")
        await until(lambda: home.connects("private") >= 4, home.standing)
        assert home.is_live("private")
        await home.alert_arrives()
        await until(lambda: not home.is_live("private"), home.standing)

        assert loop_s() - began_s >= 30
        assert 4 <= home.connects("private") <= 9
        # All but the first, and the usual dial after the cut where that has begun.
        assert home.connects("private") - home.counted("replacements_total") in (1, 2)
        home.okx.heal()
        await home.complete()
        await home.alert_arrives()
        assert [one in home.okx.sessions for one in old].count(True) == 1  # business
        assert home.connects("business") == 1
        assert home.gate.keeps_the_limit()


@hurried(10)
async def test_business_cut_without_a_notice_goes_the_usual_way(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        old = home.okx.chosen("business")
        home.okx.close_all(1001, service="business")
        await home.without(old)
        await home.complete()
        await home.alert_arrives()
        assert (home.connects("private"), home.connects("business")) == (1, 2)
        assert home.counted("replacements_total") == 0
