"""Rules that look back, from the exchange's socket to a phone, over restarts, reloads and gaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Gate,
    Hook,
    LoopClock,
    account_table,
    hurried,
    port_of,
    sinks_of,
    stored,
    until,
)
from tests.acceptance.test_reload import Office, open_office

ETH, SOL = "ETH-USDT-SWAP", "SOL-USDT-SWAP"
# The built-in rules would tell of the same things.
SILENT = {
    name: {"enabled": False}
    for name in (
        "lead_position_limit",
        "lead_daily_limit",
        "lead_equity",
        "lead_trade_unknown",
        "buffer_used",
    )
}
BURST = {"type": "count", "event": "lead_trade_failed", "severity": "critical", "count": 3, "within_s": 3600}
FALLING = {
    "type": "drawdown",
    "event": "margin_state",
    "severity": "critical",
    "field": "margin_ratio",
    "fall": "30%",
    "window_s": 3600,
    "hold_better_s": 0,
}
QUIET = {"type": "absence", "event": "lead_trade_failed", "severity": "warning", "absent_for_s": 60}


@asynccontextmanager
async def premises(
    folder: Path, **rules: dict[str, Any]
) -> AsyncIterator[tuple[dict[str, Any], OkxSimulator, Hook, Gate]]:
    """The tables of a configuration, and what stands outside the daemon."""
    limits = replace(LIMITS, regular_push_s=1.0)
    async with OkxSimulator(clock=LoopClock().unix_s, limits=limits) as okx, Hook() as hook:
        owner = okx.add_account(Account(role_type="1"))
        async with Gate(port_of(okx)) as gate:
            tables = {
                "accounts": {"main": account_table(okx, owner, gate)},
                "sinks": sinks_of({"hook": hook}),
                "rules": {**SILENT, **rules},
            }
            yield tables, okx, hook, gate


async def judged(office: Office) -> None:
    """What was pushed before has passed the rules: a reload takes its place among the events."""
    await asyncio.sleep(3)
    await office.reload()


def failures(okx: OkxSimulator, *numbers: int) -> None:
    for number in numbers:
        assert okx.push_lead_notification("3", uniqueCode=f"{number:016}") == 1


@hurried(10)
async def test_a_count_goes_on_over_reload_and_restart(tmp_path: Path) -> None:
    async with premises(tmp_path, burst=BURST) as (tables, okx, hook, _):
        async with open_office(tmp_path, tables) as office:
            failures(okx, 1, 1)  # the same twice is one
            await until(lambda: stored(tmp_path, "select * from facts where key like 'rule_memory%'"))
            office.tables["rules"]["burst"] = {**BURST, "severity": "warning"}
            await office.reload()
            failures(okx, 2)
            await judged(office)
        assert hook.texts == []
        async with open_office(tmp_path, office.tables):
            failures(okx, 3)
            await until(
                lambda: hook.about("WARNING 3x failed lead trade", "within 1 h 0 min"), lambda: hook.texts
            )
            failures(okx, 3, 4)
            await asyncio.sleep(3)
        assert len(hook.texts) == 1


@hurried(10)
async def test_a_changed_count_starts_afresh(tmp_path: Path) -> None:
    async with (
        premises(tmp_path, burst=BURST) as (tables, okx, hook, _),
        open_office(tmp_path, tables) as office,
    ):
        failures(okx, 1, 2)
        await judged(office)
        office.tables["rules"]["burst"] = {**BURST, "within_s": 1800}
        await office.reload()
        failures(okx, 3)
        await judged(office)
        assert hook.texts == []
        failures(okx, 4, 5)
        await until(lambda: hook.about("3x failed lead trade"), lambda: hook.texts)


@hurried(10)
async def test_a_fall_is_measured_from_a_peak_before_the_restart(tmp_path: Path) -> None:
    async with premises(tmp_path, falling=FALLING) as (tables, okx, hook, _):
        okx.open_position(ETH, lever=5)
        before = okx.market.mark(ETH)
        async with open_office(tmp_path, tables) as office:
            await judged(office)
        okx.set_price(ETH, before * 9 / 10)  # while nobody looks: half of the margin is lost
        async with open_office(tmp_path, tables):
            await until(
                lambda: hook.about("CRITICAL ETH-USDT-SWAP long: margin ratio down", "Peak:"),
                lambda: hook.texts,
            )
            okx.set_price(ETH, before)
            await until(lambda: hook.about("RECOVERED", "no longer 30 % below its peak"), lambda: hook.texts)
        assert len(hook.about("Rule: falling")) == 2


@hurried(10)
async def test_another_position_of_the_same_name_has_not_fallen(tmp_path: Path) -> None:
    async with (
        premises(tmp_path, falling=FALLING) as (tables, okx, hook, _),
        open_office(tmp_path, tables) as office,
    ):
        okx.open_position(ETH, lever=3)
        await judged(office)
        okx.close_position(ETH)
        await judged(office)
        okx.open_position(ETH, lever=8)
        await judged(office)
        assert hook.texts == []


@hurried(15)
async def test_an_absence_is_told_when_it_was_watched_and_ends_with_the_event(tmp_path: Path) -> None:
    async with (
        premises(tmp_path, quiet=QUIET) as (tables, okx, hook, _),
        open_office(tmp_path, tables) as office,
    ):
        await until(lambda: hook.about("WARNING no failed lead trade: for 2 min"), lambda: hook.texts, 60)
        assert hook.about("Never seen since the rule began to look")
        failures(okx, 1)
        await until(lambda: hook.about("RECOVERED", "Seen again: failed lead trade."), lambda: hook.texts)
        assert len(hook.texts) == 2
        await judged(office)


@hurried(15)
async def test_an_absence_waits_while_alertd_is_blind_or_down(tmp_path: Path) -> None:
    """Watched for 90 s, blind for a minute, down, and watched again: only what was watched counts."""
    async with premises(tmp_path, quiet=QUIET) as (tables, _, hook, gate):
        async with open_office(tmp_path, tables) as office:
            await asyncio.sleep(90)
            gate.shut()
            gate.reset()
            await until(lambda: not office.is_live())
            await asyncio.sleep(60)
            assert not hook.about("Rule: quiet")
        await gate.open()
        async with open_office(tmp_path, tables):
            began = asyncio.get_running_loop().time()
            await until(lambda: hook.about("Rule: quiet"), lambda: hook.texts, 60)
            # Some 30 s were proven before; 60 more are proven 60 s after they passed.
            assert asyncio.get_running_loop().time() - began >= 75
