"""Thirty accounts lose the exchange and find it again: one notification each way, paced, criticals first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alertd.app import App
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Gate,
    Hook,
    LoopClock,
    account_table,
    hurried,
    hurry,
    port_of,
    running,
    settings,
    sinks_of,
    until,
)

NAMES = [f"account{number}" for number in range(30)]
STREAMS = 2 * len(NAMES)
# Where dials are counted a late loop must not look like haste; where nothing is dialled it may fly.
CAREFULLY, FAST = 4, 20
IN_DANGER, HOLDING = "account17", "account5"
BTC = "BTC-USDT-SWAP"


@dataclass(frozen=True)
class Fleet:
    okx: OkxSimulator
    gate: Gate
    hook: Hook
    app: App

    def live(self) -> float:
        return sum(cell.value for cell in self.app.counters.cells("stream_live").values())

    def dialled(self) -> list[str]:
        """The accounts whose connections stand, in the order they were made."""
        return [session.account.name for session in self.okx.sessions if session.account is not None]

    async def whole(self) -> None:
        await until(lambda: self.live() == STREAMS, self.standing, 60)

    async def goes_away(self) -> None:
        hurry(FAST)
        self.gate.shut()
        self.gate.reset()

    async def comes_back(self) -> None:
        hurry(CAREFULLY)
        await self.gate.open()

    def standing(self) -> str:
        return f"{self.live()} live, {self.hook.texts}"


@asynccontextmanager
async def thirty(folder: Path, *, dark: bool = False, **more: Any) -> AsyncIterator[Fleet]:
    """`dark`: nobody answers when the daemon starts."""
    clock = LoopClock()
    limits = replace(LIMITS, regular_push_s=10.0, tick_s=0.5)
    async with OkxSimulator(clock=clock.unix_s, limits=limits) as okx, Hook() as hook:
        owners = {
            name: okx.add_account(Account(name=name, api_key=f"key-{name}", uid=f"4470{number:04}"))
            for number, name in enumerate(NAMES)
        }
        async with Gate(port_of(okx)) as gate:
            if dark:
                gate.shut()
            tables = {
                name: account_table(okx, owner, gate, stale_after_s=120.0, **more)
                for name, owner in owners.items()
            }
            wanted = settings(folder, tables, sinks_of({"hook": hook}))
            async with running(wanted, clock) as app:
                yield Fleet(okx, gate, hook, app)


@hurried(CAREFULLY)
async def test_an_outage_of_all_accounts_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    async with thirty(tmp_path) as fleet:
        await fleet.whole()
        assert fleet.hook.texts == []
        fleet.okx.open_position(BTC, account=HOLDING)
        fleet.okx.push_regular()
        fleet.okx.open_position(BTC, account=IN_DANGER)
        fleet.okx.push_liquidation_warning(BTC, mgn_ratio="1.4", account=IN_DANGER)
        await until(lambda: fleet.hook.about(IN_DANGER, "140 %"), fleet.standing)
        fleet.hook.messages.clear()

        await fleet.goes_away()
        await until(lambda: fleet.hook.texts, fleet.standing, 40)
        [told] = fleet.hook.texts
        assert "OKX unreachable since" in told
        assert "30 accounts: account" in told
        assert "and 27 more" in told
        assert all(name in told for name in NAMES)
        assert told.startswith("CRITICAL")  # a critical alert is open among them, so it was told at once
        await asyncio.sleep(45)  # nothing more is told while it lasts
        assert len(fleet.hook.texts) == 1
        fleet.hook.messages.clear()

        await fleet.comes_back()
        await fleet.whole()
        await until(lambda: fleet.hook.texts, fleet.standing)
        [told] = fleet.hook.texts
        assert "RECOVERED OKX: watched again" in told
        assert "30 accounts" in told
        assert "after 1 min" in told
        # Whoever finds the exchange back may be anyone; from then on the order holds.
        finder, *others = fleet.dialled()
        wanted = [IN_DANGER, IN_DANGER, HOLDING, HOLDING]
        if finder in wanted:
            wanted.remove(finder)
        assert others[: len(wanted)] == wanted
        assert fleet.gate.keeps_the_limit()
        hurry(FAST)
        await asyncio.sleep(70)  # nothing is told by itself later on
        assert len(fleet.hook.texts) == 1


@hurried(CAREFULLY)
async def test_an_exchange_that_is_away_at_the_start_is_one_notification(tmp_path: Path) -> None:
    async with thirty(tmp_path, dark=True) as fleet:
        hurry(FAST)
        await until(lambda: fleet.hook.texts, fleet.standing, 40)
        assert "OKX unreachable since" in fleet.hook.texts[0]
        await fleet.comes_back()
        await fleet.whole()
        await until(lambda: len(fleet.hook.texts) == 2, fleet.standing)
        assert "RECOVERED OKX: watched again" in fleet.hook.texts[1]
        assert fleet.gate.keeps_the_limit()


@hurried(CAREFULLY)
async def test_a_refused_login_is_told_by_itself_in_the_midst_of_an_outage(tmp_path: Path) -> None:
    async with thirty(tmp_path) as fleet:
        await fleet.whole()
        fleet.okx.accounts["account3"].passphrase = "changed"
        await fleet.goes_away()
        await until(lambda: fleet.hook.about("unreachable"), fleet.standing, 40)
        await fleet.comes_back()
        await until(lambda: fleet.live() == STREAMS - 2, fleet.standing, 60)
        await until(lambda: fleet.hook.about("account3 not watched", "login refused"), fleet.standing)
        await until(lambda: fleet.hook.about("RECOVERED OKX"), fleet.standing)
        assert len(fleet.hook.about("account3 not watched")) == 1  # an account, whatever its streams
        assert len(fleet.hook.texts) == 3
        [ended] = fleet.hook.about("RECOVERED")
        assert "29 accounts" in ended
        assert "told by itself from now on: account3." in ended
