"""A follower's account at Toobit is watched by polling: what falls, what ends, and bans are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.simulator import ToobitSimulator
from tests.acceptance.house import Hook, LoopClock, running, settings, sinks_of, stored, until
from tests.acceptance.leaping import leaping

BTC = "BTC-SWAP-USDT"


@dataclass
class Home:
    toobit: ToobitSimulator
    hook: Hook
    app: App
    folder: Path

    def is_watched(self, account: str = "copier") -> bool:
        return bool(self.app.counters.value("account_watched", account=account))

    def told(self, *words: str) -> bool:
        return any(all(word in text for word in words) for text in self.hook.texts)

    async def hears(self, *words: str) -> None:
        await until(lambda: self.told(*words), lambda: (words, self.hook.texts))


@asynccontextmanager
async def copying(folder: Path, **more: Any) -> AsyncIterator[tuple[ToobitSimulator, LoopClock, Any]]:
    """A simulator with one account that copies a whale, and what `[accounts.copier]` says of it."""
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit:
        owner = toobit.add_account(Account("copier"))
        toobit.lead("9007199254740993101", "whale")
        toobit.join("whale", owner.user_id, 1000)
        yield toobit, clock, table_of(toobit, owner, **more)


def table_of(toobit: ToobitSimulator, owner: Account, **more: Any) -> dict[str, Any]:
    return {
        "exchange": "toobit",
        "rest_url": toobit.rest_url,
        "api_key": owner.api_key,
        "api_secret": owner.api_secret,
        **more,
    }


@asynccontextmanager
async def home(folder: Path, **more: Any) -> AsyncIterator[Home]:
    async with copying(folder) as (toobit, clock, table), Hook() as hook:
        rules = {"started": {"enabled": True}}
        wanted = settings(folder, {"copier": table}, sinks_of({"hook": hook}), rules=rules, **more)
        async with running(wanted, clock) as app:
            found = Home(toobit, hook, app, folder)
            await until(found.is_watched, lambda: hook.texts)
            yield found


def leaders_polled(app: App) -> bool:
    return bool(app.counters.value("polls_total", account="copier", stream="leaders", outcome="good"))


@leaping
async def test_a_copied_position_that_falls_is_told_twice_and_its_end_once(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.toobit.open_position("whale", BTC, size="1", leverage=10, margin="isolated")
        start = one.toobit.market.marks[BTC]
        await asyncio.sleep(30)
        assert len(one.hook.texts) == 1, one.hook.texts  # the start message: a position alone is no danger
        one.toobit.set_price(BTC, start * Decimal("0.945"))
        await one.hears(BTC, "buffer")
        one.toobit.set_price(BTC, start * Decimal("0.92"))
        await asyncio.sleep(30)
        one.toobit.close_position("whale", BTC)
        await one.hears(BTC, "closed")
        await asyncio.sleep(60)
    reasons = stored(
        tmp_path,
        """select json_extract(body, '$.reason'), json_extract(body, '$.alert.severity'), fingerprint
           from deliveries where fingerprint like '%buffer_used%' order by delivery_id""",
    )
    assert [row[:2] for row in reasons] == [
        ("new", "warning"),
        ("worsened", "critical"),
        ("closed", "critical"),
    ]
    assert reasons[0][2].endswith(f"buffer_used|{BTC}/long/isolated/9007199254740993101")


@leaping
async def test_a_copied_position_that_is_liquidated_is_told_as_that(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.toobit.open_position("whale", BTC, size="1", leverage=10, margin="isolated")
        start = one.toobit.market.marks[BTC]
        await asyncio.sleep(30)
        one.toobit.set_price(BTC, start * Decimal("0.92"))
        await asyncio.sleep(20)
        one.toobit.set_price(BTC, start * Decimal("0.90"))  # beyond its liquidation price
        await one.hears(BTC, "liquidat")
        await asyncio.sleep(60)
    rows = stored(tmp_path, "select fingerprint from deliveries where fingerprint like '%|liquidation|%'")
    assert len(rows) == 1, rows


@leaping
async def test_a_ban_is_told_as_critical_and_ends_by_itself(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.toobit.open_position("whale", BTC, size="1", leverage=10, margin="isolated")
        await asyncio.sleep(30)
        asked = len(one.toobit.calls)
        one.toobit.ban(150)
        await one.hears("copier", "ask nothing")
        assert not one.is_watched()
        during = len(one.toobit.calls)
        assert during - asked <= 2  # those that were answered with the ban
        await until(one.is_watched, lambda: one.hook.texts)
        assert len(one.toobit.calls) > during
        await one.hears("copier", "again")
    told = stored(
        tmp_path,
        """select json_extract(body, '$.alert.severity'), json_extract(body, '$.reason')
           from deliveries where fingerprint like '%|coverage|coverage|%' order by delivery_id""",
    )
    assert told[0][0] == "critical", told
    assert told[-1][1] == "recovered", told


@leaping
async def test_refused_credentials_park_the_account_once(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.toobit.refuse_keys("-2015")
        await one.hears("copier", "parked")
        await asyncio.sleep(5)
        asked = len(one.toobit.calls)
        await asyncio.sleep(300)
        assert len(one.toobit.calls) - asked <= 1  # the clock of the host goes on being measured
    rows = stored(tmp_path, "select fingerprint from deliveries where fingerprint like '%account_parked%'")
    assert len(rows) == 1


@leaping
async def test_a_leader_that_is_not_copied_any_more_is_told_also_over_a_restart(tmp_path: Path) -> None:
    async with copying(tmp_path) as (toobit, clock, table), Hook() as hook:
        wanted = settings(tmp_path, {"copier": table}, sinks_of({"hook": hook}))
        async with running(wanted, clock) as app:
            await until(lambda: leaders_polled(app))
            await asyncio.sleep(30)
        toobit.leave("whale", toobit.account("copier").user_id)
        async with running(wanted, clock) as app:
            again = Home(toobit, hook, app, tmp_path)
            await again.hears("whale")
            await asyncio.sleep(60)
        async with running(wanted, clock) as app:
            await until(lambda: leaders_polled(app))
            await asyncio.sleep(60)
    rows = stored(tmp_path, "select fingerprint from deliveries where fingerprint like '%copied_trader%'")
    assert [row[0].rpartition("|")[2] for row in rows] == ["trader/9007199254740993101"]


@leaping
async def test_a_leaders_orders_are_told_by_rules_once_each_also_over_a_restart(tmp_path: Path) -> None:
    rule = {
        "type": "match",
        "event": "leader_change",
        "match": {"change": ["order_opened", "order_closed"]},  # a built-in rule tells the end
        "severity": "info",
        "resolve_after_s": 3600,
    }
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit, Hook() as hook:
        owner = toobit.add_account(Account("leader"))
        toobit.lead(owner.user_id, "leader")
        table = table_of(toobit, owner, role="lead")
        wanted = settings(tmp_path, {"leader": table}, sinks_of({"hook": hook}), rules={"led": rule})
        async with running(wanted, clock) as app:
            await until(lambda: led_polled(app))
            toobit.open_position("leader", BTC, size="1", leverage=10)
            await until(lambda: len(hook.texts) == 1, lambda: hook.texts)
            await asyncio.sleep(60)
        toobit.close_position("leader", BTC)
        async with running(wanted, clock) as app:
            await until(lambda: len(hook.texts) == 2, lambda: hook.texts)
            await asyncio.sleep(60)
            toobit.stop_leading("leader")
            await until(lambda: len(hook.texts) == 3, lambda: hook.texts)
            await asyncio.sleep(60)
        async with running(wanted, clock) as app:
            await until(lambda: led_polled(app))
            await asyncio.sleep(60)
        assert len(hook.texts) == 3, hook.texts


def led_polled(app: App) -> bool:
    return bool(app.counters.value("polls_total", account="leader", stream="lead_orders", outcome="good"))
