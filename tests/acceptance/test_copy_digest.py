"""Once a day each account at Toobit that leads or copies tells how it stands: once, also over a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.simulators.toobit.scenario import set_cast
from alertd.simulators.toobit.simulator import ToobitSimulator
from tests.acceptance.house import (
    Hook,
    LoopClock,
    account_table,
    hurried,
    hurry,
    running,
    settings,
    sinks_of,
    until,
)
from tests.acceptance.leaping import leaping
from tests.acceptance.test_leaders import ANNA, scene
from tests.acceptance.test_leaders import BTC as BTC_OKX
from tests.acceptance.test_toobit import table_of

BTC, SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"
QUICK = {"reconcile_interval_s": 15.0, "stale_after_s": 120.0}
ON = {"copy_digest": {"enabled": True}}
ENDPOINTS = {"follower": ("orders", "leaders"), "leader": ("lead_orders", "followers", "figures")}


class LeapClock(LoopClock):
    """As the loop counts, and `ahead` of that: a night in which nobody runs need not be polled through."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Home:
    folder: Path
    toobit: ToobitSimulator
    hook: Hook
    clock: LeapClock
    at: str

    @asynccontextmanager
    async def daemon(self, *, is_answered: bool = True) -> AsyncIterator[App]:
        """As soon as all that a digest holds was answered once; `is_answered` False: nothing will be."""
        tables = {
            name: table_of(self.toobit, self.toobit.account(name), role=role, poll_interval_s=15)
            for name, role in (("follower", "copier"), ("leader", "lead"))
        }
        sinks = sinks_of({"hook": self.hook})
        more: dict[str, Any] = {"summary": {"at": self.at}, "rules": ON}
        async with running(settings(self.folder, tables, sinks, **more), self.clock) as app:
            if is_answered:
                await until(lambda: all(answered(app, *one) for one in wanted()), lambda: self.hook.texts)
            yield app

    def digests(self, account: str) -> list[str]:
        return [text for text in self.hook.about("daily digest") if f"Account: {account} " in text]


def wanted() -> list[tuple[str, str]]:
    return [(account, stream) for account, streams in ENDPOINTS.items() for stream in streams]


def answered(app: App, account: str, stream: str) -> bool:
    return bool(app.counters.value("polls_total", account=account, stream=stream, outcome="good"))


@asynccontextmanager
async def home(folder: Path) -> AsyncIterator[Home]:
    """A leader with a follower; a digest is due in a minute or two."""
    clock = LeapClock()
    at = f"{clock.now() + timedelta(minutes=2):%H:%M}"
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit, Hook() as hook:
        set_cast(toobit)
        await asyncio.sleep(1)  # what tells an order from a former one is when it was opened
        toobit.open_position("leader", BTC, size="1", leverage=10, margin="isolated")
        yield Home(folder, toobit, hook, clock, at)


def line(text: str, begins: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(begins))


@leaping
async def test_a_leader_and_a_follower_hear_each_day_how_they_stand(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.daemon():
            for account in ENDPOINTS:
                await until(lambda account=account: one.digests(account), lambda: one.hook.texts, 40)
            first = one.digests("follower")[0]
            assert "no former digest" in first or "the last digest" in first
            assert line(first, "Positions open:") == "Positions open: 1"
            assert "- north_star: equity 800 USDT" in first
            # What happens in a day: a price, a result, somebody who leaves, a settlement.
            one.toobit.open_position("leader", SOL, size="2", leverage=10, margin="isolated")
            await asyncio.sleep(20)
            one.toobit.set_price(SOL, "153")
            one.toobit.set_price(BTC, "87750")
            one.toobit.close_position("leader", SOL)
            one.toobit.leave("leader", "7001")
            one.toobit.settle("leader", "2026-11-23")
            await asyncio.sleep(40)
        one.hook.messages.clear()
        async with one.daemon():  # a restart between tells nothing twice
            await asyncio.sleep(60)
            assert one.digests("leader") == []
        one.clock.ahead += timedelta(days=1, minutes=-3)
        async with one.daemon():
            for account in ENDPOINTS:
                await until(lambda account=account: one.digests(account), lambda: one.hook.texts, 40)
            await asyncio.sleep(40)
            [follower], [leader] = one.digests("follower"), one.digests("leader")
    assert "nearest" in follower.splitlines()[0]
    assert "Changes are since the last digest" in follower
    assert "- north_star: equity " in follower
    assert "(no change" not in line(follower, "- north_star")
    assert line(leader, "Orders it leads:") == "Orders it leads: 1"
    assert line(leader, "- BTC-SWAP-USDT long: -25 % of its margin")
    assert line(leader, "Closed since ").endswith(": 1 (1 won, 0 lost)")
    assert line(leader, "- SOL-SWAP-USDT long: +")
    assert line(leader, "Followers:") == "Followers: 11 (-1)"
    assert line(leader, "Latest profit sharing: 2026-11-23, ")
    assert line(leader, "Last 7 days: profit ")
    assert leader.splitlines()[1].startswith("Nearest to liquidation: BTC-SWAP-USDT long: ")


@leaping
async def test_also_where_nothing_is_known_the_digest_comes(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        async with one.daemon():
            await until(lambda: one.digests("leader"), lambda: one.hook.texts, 40)
        one.hook.messages.clear()
        one.clock.ahead += timedelta(days=1, minutes=-3)
        one.toobit.cut()
        async with one.daemon(is_answered=False):
            await until(lambda: one.digests("leader") and one.digests("follower"), lambda: one.hook.texts, 40)
        [leader], [follower] = one.digests("leader"), one.digests("follower")
    for text in (leader, follower):
        assert "NOT watched" in text.splitlines()[0]
    for words in ("Orders it leads: unknown", "Followers: unknown", "Last 7 days: unknown"):
        assert words in leader
    for words in ("Leaders it copies: unknown", "Positions open: unknown"):
        assert words in follower


@hurried(10)
async def test_at_okx_a_copier_and_a_lead_trader_hear_what_is_known_there(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        tables = {
            name: account_table(stage.okx, stage.okx.account(owner), role=role, **QUICK)
            for name, owner, role in (("copies", "main", "copier"), ("leads", "leader", "lead"))
        }
        at = f"{datetime.now(UTC) + timedelta(minutes=2):%H:%M}"
        wanted = settings(tmp_path, tables, sinks_of({"hook": stage.hook}), summary={"at": at}, rules=ON)
        async with running(wanted) as app:
            stage.okx.open_position(BTC_OKX, size=4, lever=10, account="main", lead_trader=ANNA)
            looks = app.counters
            await until(
                lambda: all(
                    looks.value("reconciles_total", account=name, outcome="done") >= 2 for name in tables
                )
            )
            hurry(60)
            await until(lambda: len(stage.hook.about("daily digest")) == 2, lambda: stage.hook.texts, 60)
    copier, leader = sorted(stage.hook.about("daily digest"), key=lambda text: "Account: leads" in text)
    assert line(copier, "Nearest to liquidation: BTC-USDT-SWAP long: ")
    assert line(copier, "- anna: ") == "- anna: equity 500 USDT (no change), net profit 0 USDT (no change)"
    assert line(copier, "Positions open:") == "Positions open: 1"
    assert line(leader, "Orders it leads:") == "Orders it leads: 1"
    assert line(leader, "- BTC-USDT-SWAP long: 0 % of its margin")
    assert line(leader, "Followers:") == "Followers: 1 (no change)"
    assert line(leader, "Not asked of OKX: profit sharing")
