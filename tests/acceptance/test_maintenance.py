"""Maintenance of the exchange: announced, survived as a warning, and compared before what waited goes out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    hurry,
    running,
    settings,
    sinks_of,
    stored,
    until,
)

BTC = "BTC-USDT-SWAP"
DAY_S, HOUR_S = 86_400.0, 3600.0
COVERAGE = {"alarmed_after_s": 5, "info_after_s": 10, "warning_after_s": 10, "critical_after_s": 30}


class SetClock(LoopClock):
    """One that can be set forward, while no daemon runs."""

    skipped = timedelta()

    def now(self) -> datetime:
        return super().now() + self.skipped

    def skip(self, seconds: float) -> None:
        self.skipped += timedelta(seconds=seconds)


class Exchange(AsyncExitStack):
    """An exchange and two sinks that outlive the daemon. `accounts`: names."""

    async def begin(self, folder: Path, accounts: tuple[str, ...] = ("main",), **more: Any) -> None:
        self.clock = SetClock()
        self.okx = await self.enter_async_context(OkxSimulator(clock=self.clock.unix_s, limits=LIMITS))
        self.hook, self.late = [await self.enter_async_context(Hook()) for _ in range(2)]
        tables = {}
        for number, name in enumerate(accounts):
            account = Account(name=name, api_key=f"{number:08d}-key", uid=f"90210{number}")
            tables[name] = account_table(self.okx, self.okx.add_account(account), role="trader", **more)
        sinks = sinks_of({"hook": self.hook, "late": self.late})
        self.settings = settings(folder, tables, sinks, coverage=COVERAGE)

    def announce(self, in_s: float, lasts_s: float, **more: Any) -> None:
        begin_ms = self.okx.now_ms() + int(1000 * in_s)
        options = {"follows": True, "is_down": True, **more}
        end_ms = begin_ms + int(1000 * lasts_s)
        self.okx.announce_maintenance("Trading system upgrade", begin_ms, end_ms, **options)

    @asynccontextmanager
    async def daemon(self) -> AsyncIterator[App]:
        async with running(self.settings, self.clock) as app:
            names = list(self.settings.accounts)
            value = app.counters.value
            await until(
                lambda: (
                    all(value("reconciles_total", account=one, outcome="done") for one in names)
                    and asked(app)
                ),
                lambda: self.hook.texts,
                real_s=40,
            )
            yield app


def asked(app: App) -> float:
    return sum(cell.value for cell in app.counters.cells("maintenance_asked_total").values())


def loop_s() -> float:
    return asyncio.get_running_loop().time()


async def pass_time(seconds: float) -> None:
    ends_s = loop_s() + seconds
    await until(lambda: loop_s() >= ends_s, real_s=60)


def waiting(folder: Path) -> int:
    [(count,)] = stored(folder, "SELECT count(*) FROM deliveries WHERE next_attempt_us IS NOT NULL")
    return int(count)


@hurried(10)
async def test_announced_survived_and_compared_at_its_end_before_what_waited(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        await exchange.begin(tmp_path, stale_after_s=120.0, reconcile_interval_s=15)
        okx, hook, late = exchange.okx, exchange.hook, exchange.late
        okx.open_position(BTC, size=10, lever=10)
        exchange.announce(in_s=23.5 * HOUR_S, lasts_s=300)

        async with exchange.daemon():
            await until(lambda: hook.about("OKX maintenance", "in 23 h"), lambda: hook.texts)
            [first] = hook.about("OKX maintenance")
            assert first.startswith("INFO")
            assert f"- main: {BTC} long" in first
            assert "You cannot trade or close positions then." in first
            assert re.search(r"from 20\d\d-.* \(UTC\) to 20\d\d-.* \(UTC\) \(5 min\)", first), first
        async with exchange.daemon():  # a restart repeats nothing
            await pass_time(10)
            assert hook.about("OKX maintenance") == [first]

        exchange.clock.skip(23.5 * HOUR_S - 100)
        async with exchange.daemon() as app:
            await until(lambda: len(hook.about("OKX maintenance")) == 2, lambda: hook.texts)
            soon = hook.about("OKX maintenance")[1]
            assert soon.startswith("WARNING")
            assert f"- main: {BTC} long" in soon

            # A danger of before that one sink does not take.
            late.status = 503
            okx.set_price(BTC, "91500")
            okx.push_regular()
            await until(lambda: hook.about("CRITICAL", BTC), lambda: hook.texts)
            before = [
                text.splitlines()[-2] for text in hook.about("CRITICAL", BTC)
            ]  # by the ids of the alerts
            assert before
            assert all(line.startswith("Alert: ") for line in before), before

            hurry(20)
            await until(lambda: okx.is_down and not okx.sessions, real_s=40)
            okx.set_price(BTC, "89000")
            await until(lambda: hook.about("main not watched"), lambda: hook.texts, 40)
            await pass_time(120)
            [blind] = hook.about("main not watched")
            assert blind.startswith("WARNING")
            assert re.search(r"This is planned maintenance of OKX, announced until 20\d\d", blind), blind
            assert hook.about("CRITICAL", "not watched") == []

            # It is a while before the records can be read, longer than between two tries of what waits.
            okx.refuse_connects()
            okx.fail_rest()
            await until(lambda: not okx.is_down, real_s=40)
            late.status = 200
            del late.messages[:]
            await pass_time(62)
            assert [line for line in before if late.about(line)] == []
            assert waiting(tmp_path) > 0
            okx.heal()
            await until(lambda: late.about("Rule: liquidation\n"), lambda: late.texts, 40)
            await until(lambda: any(late.about(line) for line in before), lambda: late.texts, 40)
            liquidated = next(n for n, text in enumerate(late.texts) if "Rule: liquidation\n" in text)
            held = [n for n, text in enumerate(late.texts) if any(line in text for line in before)]
            assert liquidated < held[0], late.texts
            title = late.texts[liquidated].splitlines()[0]
            assert re.search(r"CRITICAL .*liquidated, learned \d+ s late|learned \d+ min late", title)
            assert "still so" not in late.texts[held[0]]
            assert re.search(r"CRITICAL \(now (gone|LIQUIDATED), \d+ min late\)", late.texts[held[0]])
            await until(lambda: hook.about("maintenance over"), lambda: hook.texts, 40)
            await until(lambda: app.counters.value("account_watched", account="main") == 1, real_s=40)


@hurried(20)
async def test_one_message_for_all_accounts_also_where_it_is_moved_and_cancelled(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        await exchange.begin(tmp_path, ("main", "other"))
        okx, hook = exchange.okx, exchange.hook
        okx.open_position(BTC, size=1, lever=5, account="other")
        exchange.announce(in_s=10 * HOUR_S, lasts_s=HOUR_S)
        async with exchange.daemon() as app:
            await until(lambda: hook.about("OKX maintenance"), lambda: hook.texts, 40)
            [first] = hook.about("OKX maintenance")
            assert "Accounts: main, other" in first
            assert f"- other: {BTC} long" in first
            exchange.announce(in_s=12 * HOUR_S, lasts_s=HOUR_S)
            await until(lambda: hook.about("OKX maintenance moved"), lambda: hook.texts, 40)
            [moved] = hook.about("OKX maintenance moved")
            assert moved.startswith("INFO")
            assert re.search(r"now from .* to .* \(1 h 0 min\)\. Before it was from", moved), moved
            okx.fail_rest(path="system/status")
            failed = lambda: cells(app, "maintenance_asked_total", "failed")  # noqa: E731
            await until(failed, real_s=40)
            okx.heal()
            exchange.announce(in_s=12 * HOUR_S, lasts_s=HOUR_S, state="canceled")
            await until(lambda: hook.about("OKX maintenance cancelled"), lambda: hook.texts, 40)
            await pass_time(130)
        assert len(hook.texts) == 3, hook.texts


@hurried(20)
async def test_one_that_lasts_longer_is_told_and_blindness_counts_in_full_again(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        await exchange.begin(tmp_path)
        okx, hook = exchange.okx, exchange.hook
        okx.open_position(BTC, size=1, lever=5)
        exchange.announce(in_s=30, lasts_s=60, overrun_ms=400_000)
        async with exchange.daemon() as app:
            await until(lambda: hook.about("main not watched"), lambda: hook.texts, 40)
            assert [text[:7] for text in hook.about("main not watched")] == ["WARNING"]
            assert app.counters.cells("maintenance_running")
            await until(lambda: hook.about("CRITICAL", "main not watched"), lambda: hook.texts, 40)
            [critical] = hook.about("CRITICAL", "main not watched")
            assert "planned maintenance" not in critical
            await until(lambda: hook.about("OKX maintenance overruns"), lambda: hook.texts, 40)
            await until(lambda: hook.about("OKX maintenance over\n"), lambda: hook.texts, 60)
            assert len(hook.about("OKX maintenance overruns")) == 1


def cells(app: App, name: str, outcome: str) -> float:
    found = app.counters.cells(name).items()
    return sum(cell.value for labels, cell in found if ("outcome", outcome) in labels)
