"""A follower's account at Toobit is watched by polling: what falls, what ends, and bans are told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
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
        await comes(one.is_watched)
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
async def test_refused_credentials_park_the_account_once_and_it_comes_back(tmp_path: Path) -> None:
    async with home(tmp_path) as one:
        one.toobit.refuse_keys("-2015")
        await one.hears("copier", "parked this account", "every 10 minutes")
        await asyncio.sleep(5)
        asked = len(one.toobit.calls)
        await asyncio.sleep(300)
        assert len(one.toobit.calls) - asked <= 1  # the clock of the host goes on being measured
        assert parked(tmp_path) == ["new"]
        one.toobit.heal()
        await asyncio.sleep(700)
        assert one.is_watched()
        await one.hears("RECOVERED", "It was not watched for", "Compared with the exchange's records")
        back = next(text for text in one.hook.texts if "RECOVERED" in text)
        # From the refusal to the first try after it was healed.
        assert re.search(r"It was not watched for \d+ min", back), back
        await asyncio.sleep(700)
    assert parked(tmp_path) == ["new", "recovered"]


def parked(folder: Path) -> list[str]:
    """The reasons of what was told of it, without reminders."""
    rows = stored(
        folder,
        """select json_extract(body, '$.reason') from deliveries
           where fingerprint like '%account_parked%' order by delivery_id""",
    )
    return [row[0] for row in rows if row[0] != "reminder"]


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


MOVES = (
    "order_opened", "order_grown", "order_reduced", "order_closed", "leverage_changed", "followers_joined",
    "followers_left", "symbols_changed", "config_changed", "profit_shared", "inactive",
)  # fmt: skip


def rule_for(move: str) -> dict[str, Any]:
    when = {"type": "match", "event": "leader_change", "match": {"change": [move]}}
    return {**when, "severity": "warning", "resolve_after_s": 86_400}


def told_of(folder: Path) -> Counter[str]:
    """How many messages each kind of change brought."""
    rows = stored(folder, "select fingerprint from deliveries where fingerprint like '%|on_%'")
    return Counter(row[0].partition("|on_")[2].partition("|")[0] for row in rows)


async def comes(condition: Callable[[], object], within_s: int = 800) -> None:
    """Looked at every 5 s: what is polled once in ten minutes would be waited for too busily otherwise."""
    for _ in range(within_s // 5):
        if condition():
            return
        await asyncio.sleep(5)
    raise AssertionError(f"not within {within_s} s")


@leaping
async def test_every_change_of_a_leader_is_told_exactly_once_over_restarts(tmp_path: Path) -> None:
    """Some happen while the daemon runs, some while it does not; then it starts twice more."""
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit, Hook() as hook:
        owner = toobit.add_account(Account("leader"))
        toobit.lead(owner.user_id, "leader")
        for number in range(3):
            toobit.join("leader", str(7001 + number))
        rules = {f"on_{move}": rule_for(move) for move in MOVES}
        table = table_of(toobit, owner, role="lead")
        wanted = settings(tmp_path, {"leader": table}, sinks_of({"hook": hook}), rules=rules)
        async with running(wanted, clock) as app:
            await until(lambda: all_polled(app))
            toobit.open_position("leader", BTC, size="1", leverage=10)
            await comes(lambda: told_of(tmp_path)["order_opened"])
            toobit.open_position("leader", BTC, size="1", leverage=10)
            toobit.join("leader", "8001")
            await comes(lambda: told_of(tmp_path)["order_grown"] and told_of(tmp_path)["followers_joined"])
        toobit.close_position("leader", BTC, share="0.5")
        toobit.set_leverage("leader", BTC, 20)
        toobit.leave("leader", "7002")
        toobit.leader("leader").config |= {"profitRate": "0.07", "symbolIds": [BTC]}
        toobit.settle("leader", "2026-11-16")
        async with running(wanted, clock) as app:
            await until(lambda: all_polled(app))
            await comes(lambda: len(told_of(tmp_path)) == 9)
            toobit.close_position("leader", BTC)
            await comes(lambda: told_of(tmp_path)["order_closed"])
            toobit.stop_leading("leader")
        for _ in range(2):
            async with running(wanted, clock):
                await comes(lambda: told_of(tmp_path)["inactive"])
                await asyncio.sleep(700)  # each of the polls has come around
    assert told_of(tmp_path) == dict.fromkeys(MOVES, 1)


@leaping
async def test_a_ban_while_a_leader_is_watched_stops_all_and_tells_later_what_changed(
    tmp_path: Path,
) -> None:
    clock = LoopClock()
    async with ToobitSimulator(clock=clock.unix_s, now_s=clock.monotonic_s) as toobit, Hook() as hook:
        owner = toobit.add_account(Account("leader"))
        toobit.lead(owner.user_id, "leader")
        for number in range(150):  # two pages
            toobit.join("leader", str(7001 + number))
        rules = {f"on_{move}": rule_for(move) for move in MOVES}
        table = table_of(toobit, owner, role="lead")
        wanted = settings(tmp_path, {"leader": table}, sinks_of({"hook": hook}), rules=rules)
        async with running(wanted, clock) as app:
            await until(lambda: all_polled(app))
            toobit.ban(150)
            asked = len(toobit.calls)
            toobit.open_position("leader", BTC, size="1", leverage=10)
            toobit.leave("leader", "7002")
            await asyncio.sleep(140)
            assert len(toobit.calls) - asked <= 5  # one of each poll at the most, answered with the ban
            assert not told_of(tmp_path)
            moves = ("order_opened", "followers_left")
            await comes(lambda: all(told_of(tmp_path)[move] for move in moves))
            await asyncio.sleep(700)
    assert told_of(tmp_path) == dict.fromkeys(moves, 1)


def all_polled(app: App) -> bool:
    names = ("lead_orders", "followers", "figures", "settings")
    return all(
        app.counters.value("polls_total", account="leader", stream=name, outcome="good") for name in names
    )


SOL = "SOL-SWAP-USDT"


@leaping
async def test_a_leaders_own_position_and_its_copies_are_told_apart_also_over_a_restart(
    tmp_path: Path,
) -> None:
    """One account copies and leads: two lists, of which neither ends what only the other shows."""
    async with copying(tmp_path) as (toobit, clock, table), Hook() as hook:
        toobit.lead(toobit.account("copier").user_id, "copier")
        wanted = settings(tmp_path, {"copier": table}, sinks_of({"hook": hook}))
        toobit.open_position("copier", BTC, size="0.01", leverage=10, margin="isolated")
        toobit.open_position("whale", SOL, size="10", leverage=10, margin="isolated")
        async with running(wanted, clock) as app:
            await until(lambda: margin_polled(app))
            await asyncio.sleep(30)
            for symbol in (BTC, SOL):
                toobit.set_price(symbol, toobit.market.marks[symbol] * Decimal("0.945"))
            await asyncio.sleep(60)
        assert ends_of(tmp_path) == {OWN: ["new"], COPIED: ["new"]}
        toobit.fail(status=400, code=-1001, path="/futures/positions")
        async with running(wanted, clock) as app:  # only the copies can be seen
            await until(lambda: leaders_polled(app))
            await asyncio.sleep(60)
        assert ends_of(tmp_path) == {OWN: ["new"], COPIED: ["new"]}
        toobit.heal()
        toobit.close_position("copier", BTC)
        async with running(wanted, clock) as app:
            await until(lambda: margin_polled(app))
            await asyncio.sleep(60)
            assert ends_of(tmp_path) == {OWN: ["new", "unknown"], COPIED: ["new"]}  # nobody saw how
            toobit.close_position("whale", SOL)
            await asyncio.sleep(60)
        async with running(wanted, clock) as app:
            await until(lambda: margin_polled(app))
            await asyncio.sleep(60)
    assert ends_of(tmp_path) == {OWN: ["new", "unknown"], COPIED: ["new", "closed"]}


@leaping
async def test_a_leaders_own_position_that_falls_beyond_its_price_is_told_as_liquidated(
    tmp_path: Path,
) -> None:
    async with copying(tmp_path) as (toobit, clock, table), Hook() as hook:
        toobit.lead(toobit.account("copier").user_id, "copier")
        wanted = settings(tmp_path, {"copier": table | {"role": "lead"}}, sinks_of({"hook": hook}))
        async with running(wanted, clock) as app:
            await until(lambda: margin_polled(app))
            toobit.open_position("copier", BTC, size="0.01", leverage=10, margin="isolated")
            await asyncio.sleep(30)
            start = toobit.market.marks[BTC]
            for share in ("0.945", "0.92", "0.90"):
                toobit.set_price(BTC, start * Decimal(share))
                await asyncio.sleep(20)
            toobit.close_position("copier", BTC)
            await asyncio.sleep(60)
    assert ends_of(tmp_path)[OWN][:2] == ["new", "worsened"]
    rows = stored(tmp_path, "select fingerprint from deliveries where fingerprint like '%|liquidation|%'")
    assert [row[0].rpartition("|")[2] for row in rows] == [OWN]


OWN = f"{BTC}/long/isolated"
COPIED = f"{SOL}/long/isolated/9007199254740993101"


def ends_of(folder: Path) -> dict[str, list[str]]:
    """The reasons of what was told of each position's room, without reminders."""
    rows = stored(
        folder,
        """select fingerprint, json_extract(body, '$.reason') from deliveries
           where fingerprint like '%|buffer_used|%' order by delivery_id""",
    )
    told: dict[str, list[str]] = {}
    for fingerprint, reason in rows:
        if reason != "reminder":
            told.setdefault(fingerprint.rpartition("|")[2], []).append(reason)
    return told


def margin_polled(app: App) -> bool:
    return bool(app.counters.value("polls_total", account="copier", stream="margin", outcome="good"))
