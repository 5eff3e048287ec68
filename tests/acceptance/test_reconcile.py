"""What happened while nobody watched is learned from the exchange's records: each once, and how late."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    House,
    LoopClock,
    account_table,
    house,
    hurried,
    hurry,
    running,
    settings,
    sinks_of,
    until,
)

BTC = "BTC-USDT-SWAP"
PATIENT = {"stale_after_s": 120.0}


def loop_s() -> float:
    return asyncio.get_running_loop().time()


def liquidations(hook: Hook) -> list[str]:
    """Titles of what the liquidation rule told."""
    return [text.splitlines()[0] for text in hook.texts if "Rule: liquidation\n" in text]


def compared(home: House, outcome: str = "done") -> float:
    return home.app.counters.value("reconciles_total", account="main", outcome=outcome)


async def compares(home: House, times: int, outcome: str = "done") -> None:
    wanted = compared(home, outcome) + times
    await until(lambda: compared(home, outcome) >= wanted, home.standing, 40)


def go_dark(okx: OkxSimulator) -> None:
    """Nothing of the exchange can be reached."""
    okx.refuse_connects(503)
    okx.fail_rest(502, body="<html>Bad Gateway</html>")
    okx.drop()


async def pass_time(seconds: float) -> None:
    ends_s = loop_s() + seconds
    await until(lambda: loop_s() >= ends_s, real_s=60)


@hurried(10)
async def test_a_liquidation_while_the_stream_was_cut_is_told_once_and_how_late(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        await compares(home, 2)
        hurry(20)
        go_dark(home.okx)
        home.okx.set_price(BTC, "89000")
        happened_s = loop_s()
        await pass_time(75)
        home.okx.heal()
        await until(lambda: liquidations(home.hook), home.standing, 40)
        learned_s = loop_s()
        hurry(10)
        await home.complete(40)
        [title] = liquidations(home.hook)
        found = re.search(r"CRITICAL .*liquidated, learned (\d+) s late", title)
        assert found, title
        assert abs(int(found[1]) - (learned_s - happened_s)) < 10
        assert int(found[1]) >= 75

        # Neither the next comparisons nor a push that tells the same tell it again.
        await compares(home, 2)
        home.okx.open_position(BTC, size=1, lever=5)
        await home.alert_arrives()
        assert len(liquidations(home.hook)) == 1
        assert home.hook.about("CLOSED") == []


@hurried(10)
async def test_the_alert_of_a_position_that_was_liquidated_unseen_does_not_end_as_closed(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        home.okx.set_price(BTC, "91500")
        home.okx.push_regular()
        await until(lambda: home.hook.about("CRITICAL", BTC), home.standing)
        go_dark(home.okx)
        home.okx.set_price(BTC, "89000")
        await pass_time(20)
        home.okx.heal()
        home.okx.fail_rest()  # the stream is back before the records are
        await home.complete(40)
        await pass_time(6)
        assert home.hook.about("CLOSED") == []
        home.okx.heal()
        await until(lambda: home.hook.about("LIQUIDATED", BTC), home.standing, 40)
        await until(lambda: liquidations(home.hook), home.standing)
        assert home.hook.about("CLOSED") == []


@hurried(10)
async def test_a_position_its_owner_closed_unseen_is_told_as_closed(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        home.okx.set_price(BTC, "91500")
        home.okx.push_regular()
        await until(lambda: home.hook.about("CRITICAL", BTC), home.standing)
        go_dark(home.okx)
        home.okx.close_position(BTC)
        await pass_time(20)
        home.okx.heal()
        await until(lambda: home.hook.about("CLOSED", BTC), home.standing, 40)
        assert liquidations(home.hook) == []


@hurried(10)
async def test_where_only_the_records_can_be_read_they_tell_it(tmp_path: Path) -> None:
    async with house(tmp_path, reconcile_interval_s=15, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        await compares(home, 1)
        home.okx.refuse_connects(503)
        home.okx.drop()
        home.okx.set_price(BTC, "89000")
        await until(lambda: liquidations(home.hook), home.standing, 40)
        assert not home.is_live("private")
        home.okx.heal()
        await home.complete(40)
        await compares(home, 2)
        assert len(liquidations(home.hook)) == 1


@hurried(10)
async def test_a_liquidation_that_was_pushed_is_not_told_again_from_the_records(tmp_path: Path) -> None:
    async with house(tmp_path, reconcile_interval_s=15, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        home.okx.set_price(BTC, "89000")
        await until(lambda: liquidations(home.hook), home.standing)
        assert "late" not in liquidations(home.hook)[0]
        await compares(home, 3)
        assert len(liquidations(home.hook)) == 1
        assert home.app.counters.value("reconcile_missed_total", account="main") == 0


@pytest.mark.parametrize(
    "fail",
    [
        lambda okx: okx.fail_rest(0, "50011"),
        lambda okx: okx.fail_rest(0, "50026"),
        lambda okx: okx.fail_rest(502, body="<html>Bad Gateway</html>"),
        lambda okx: okx.fail_rest(200, body=""),
        lambda okx: okx.fail_rest(0, "50001", path="positions-history"),
        lambda okx: okx.hang_rest(),
    ],
    ids=["50011", "50026", "HTML", "empty", "history alone", "no answer"],
)
@hurried(10)
async def test_records_that_fail_are_asked_again_and_nobody_is_alarmed(tmp_path: Path, fail) -> None:
    async with house(tmp_path, reconcile_interval_s=15, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        await compares(home, 1)
        fail(home.okx)
        await compares(home, 2, "failed")
        home.okx.heal()
        await compares(home, 1)
        assert home.hook.texts == []
        await home.alert_arrives()


@hurried(10)
async def test_a_part_liquidated_unseen_is_told_although_its_owner_closed_the_rest(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.open_position(BTC, size=10, lever=10)
        await compares(home, 2)
        go_dark(home.okx)
        home.okx.close_position(BTC, share="0.5", event="liquidation")
        await pass_time(5)
        home.okx.close_position(BTC)
        await pass_time(15)
        home.okx.heal()
        await until(lambda: liquidations(home.hook), home.standing, 40)
        [title] = liquidations(home.hook)
        assert re.search(r"CRITICAL BTC.* long: liquidated, learned \d+ s late", title), title
        assert home.hook.about("this was a part of the position")
        await compares(home, 2)
        assert len(liquidations(home.hook)) == 1
        assert home.app.counters.value("reconcile_missed_total", account="main") == 1


@hurried(10)
async def test_a_claw_back_that_nobody_saw_is_told_once(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        await compares(home, 2)
        go_dark(home.okx)
        home.okx.set_balance("USDT", "9000", event="claw_back")
        await pass_time(15)
        home.okx.heal()
        await until(lambda: home.hook.about("claw-back", "-1,000 USDT"), home.standing, 40)
        await home.complete(40)
        await compares(home, 2)
        assert len(liquidations(home.hook)) == 1


@hurried(10)
async def test_a_claw_back_that_was_pushed_is_not_told_again_from_the_bills(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.set_balance("USDT", "9000", event="claw_back")
        await until(lambda: liquidations(home.hook), home.standing)
        home.okx.drop()
        await compares(home, 3)
        assert len(liquidations(home.hook)) == 1
        await pass_time(61)
        home.okx.set_balance("USDT", "8000", event="claw_back")  # that is another one
        await until(lambda: len(liquidations(home.hook)) == 2, home.standing)
        assert home.app.counters.value("reconcile_missed_total", account="main") == 0


# --- over a restart -----------------------------------------------------------------------------------


class Exchange(AsyncExitStack):
    """An exchange and a sink that outlive the daemon."""

    async def begin(self, folder: Path, account: Account | None = None, **more: Any) -> None:
        self.clock = LoopClock()
        self.okx = await self.enter_async_context(OkxSimulator(clock=self.clock.unix_s, limits=LIMITS))
        self.hook = await self.enter_async_context(Hook())
        owner = self.okx.add_account(account or Account(**more))
        role = "auto" if owner.role_type == "2" else "trader"
        table = account_table(self.okx, owner, role=role, reconcile_interval_s=15, **PATIENT)
        self.settings = settings(folder, {"main": table}, sinks_of({"hook": self.hook}))

    @asynccontextmanager
    async def daemon(self, compared: int):
        async with running(self.settings, self.clock) as app:
            value = app.counters.value
            await until(
                lambda: value("reconciles_total", account="main", outcome="done") >= compared, real_s=40
            )
            yield app


@hurried(10)
async def test_a_liquidation_while_alertd_was_down_is_told_at_the_next_start_once(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        await exchange.begin(tmp_path)
        exchange.okx.open_position("ETH-USDT-SWAP", size=10, lever=10)
        exchange.okx.set_price("ETH-USDT-SWAP", "3500")  # before alertd was ever started: old history
        exchange.okx.open_position(BTC, size=10, lever=10)
        async with exchange.daemon(2):
            assert liquidations(exchange.hook) == []
        exchange.okx.set_price(BTC, "89000")
        await pass_time(30)
        async with exchange.daemon(1):
            await until(lambda: liquidations(exchange.hook), lambda: exchange.hook.texts)
        async with exchange.daemon(2):
            pass
        [title] = liquidations(exchange.hook)
        assert re.search(r"BTC.*learned \d+ s late", title)


# --- whom the account copies --------------------------------------------------------------------------

ANNA, BEN = "25CD5A80241D6FE6", "123456789012345678"


@hurried(10)
async def test_who_is_copied_and_who_no_more_is_told_from_the_records_also_over_a_restart(
    tmp_path: Path,
) -> None:
    async with Exchange() as exchange:
        await exchange.begin(tmp_path, role_type="2", lead_traders=(LeadTrader(ANNA),))
        hook, account = exchange.hook, exchange.okx.account()
        async with exchange.daemon(2):
            assert hook.texts == []  # who was copied all along is no news
            account.lead_traders = (LeadTrader(ANNA), LeadTrader(BEN, "ben"))
            await until(lambda: hook.about("INFO copying ben: began", BEN), lambda: hook.texts, 40)
        account.lead_traders = (LeadTrader(BEN, "ben", copy_total_amt="900"),)
        async with exchange.daemon(2):
            await until(lambda: hook.about("WARNING copying Trader9527: ended"), lambda: hook.texts, 40)
            await until(lambda: hook.about("ben", "900 USDT, before: 500"), lambda: hook.texts)
        async with exchange.daemon(3):
            pass
        assert len(hook.texts) == 3, hook.texts


@hurried(10)
async def test_copying_that_cannot_be_asked_for_is_named_and_costs_no_comparison(tmp_path: Path) -> None:
    async with Exchange() as exchange:
        smart = Account(role_type="2", smart_sync_equity=Decimal(50))
        await exchange.begin(tmp_path, smart)
        exchange.okx.fail_rest(0, "50030", path="current-lead-traders")
        async with exchange.daemon(2) as app, ClientSession() as session:
            response = await session.get(f"http://127.0.0.1:{app.web_port}/api/v1/status")
            [row] = (await response.json())["accounts"]
        named = {(spot["what"], spot["where"]) for spot in row["cannot_see"]}
        assert named == {("smart_sync", "USDT"), ("copied_traders", "50030")}
