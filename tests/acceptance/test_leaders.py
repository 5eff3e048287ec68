"""What a copied lead trader does reaches a phone: each once, also over a restart of the daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    LIMITS,
    Hook,
    LoopClock,
    account_table,
    hurried,
    running,
    settings,
    sinks_of,
    stored,
    until,
)

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ANNA = "25CD5A80241D6FE6"
QUICK = {"role": "auto", "reconcile_interval_s": 15.0, "stale_after_s": 120.0}


class Scene:
    """A lead trader with a past, who always took 5x, and an account that copies it."""

    def __init__(self, folder: Path, okx: OkxSimulator, hook: Hook) -> None:
        self.folder, self.okx, self.hook = folder, okx, hook
        who = {"name": "leader", "api_key": "lead-key", "uid": "7" * 18, "unique_code": ANNA}
        okx.add_account(Account(role_type="1", **who))
        self.mine = okx.add_account(Account(role_type="2", lead_traders=(LeadTrader(ANNA, "anna"),)))
        for _ in range(5):
            okx.open_position(BTC, size=1, lever=5, account="leader")
            okx.close_position(BTC, account="leader")
        okx.open_position(BTC, size=1, lever=5, account="leader")

    @asynccontextmanager
    async def daemon(self, **more: Any) -> AsyncIterator[Any]:
        table = account_table(self.okx, self.mine, **{**QUICK, **more})
        async with running(settings(self.folder, {"main": table}, sinks_of({"phone": self.hook}))) as app:
            looks = app.counters
            await until(
                lambda: looks.value("reconciles_total", account="main", outcome="done") >= 2, real_s=40
            )
            yield app

    def titles(self, rule: str) -> list[str]:
        return [text.splitlines()[0] for text in self.hook.texts if f"Rule: {rule}" in text]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        clock = LoopClock()
        okx = await stack.enter_async_context(OkxSimulator(limits=LIMITS, clock=clock.unix_s))
        yield Scene(folder, okx, await stack.enter_async_context(Hook()))


@hurried(10)
async def test_a_jump_of_leverage_is_told_once_also_over_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.daemon():
            await until(lambda: "leader:main" in str(_facts(tmp_path)), real_s=40)
        stage.okx.open_position(ETH, "short", lever=20, account="leader")
        async with stage.daemon():
            await until(lambda: stage.titles("leader_leverage"), stage.hook.texts, 40)
            [title] = stage.titles("leader_leverage")
            assert "anna" in title
        async with stage.daemon():
            stage.okx.open_position("SOL-USDT-SWAP", "short", lever=50, account="leader")
            await until(lambda: len(stage.titles("leader_leverage")) == 2, stage.hook.texts, 40)
        assert not stage.titles("leader_adds_to_loser")


@hurried(10)
async def test_adding_to_a_loser_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage, stage.daemon():
        await until(lambda: "leader:main" in str(_facts(tmp_path)), real_s=40)
        stage.okx.set_price(BTC, "95000")
        stage.okx.open_position(BTC, size=1, lever=5, account="leader")
        await until(lambda: stage.titles("leader_adds_to_loser"), stage.hook.texts, 40)
        assert "while it loses" in "".join(stage.hook.texts)


@hurried(10)
async def test_what_copying_loses_is_told_as_a_drawdown_and_its_doubt(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage, stage.daemon():
        stage.okx.open_position(BTC, size=4, lever=10, account="main", lead_trader=ANNA)
        await until(lambda: "leader:main" in str(_facts(tmp_path)), real_s=40)
        stage.okx.set_price(BTC, "96500")  # 140 of the 500 that are for copying
        await until(lambda: stage.titles("leader_drawdown"), stage.hook.texts, 40)
        text = next(text for text in stage.hook.texts if "Rule: leader_drawdown" in text)
        assert "Uncertain" in text
        assert not stage.titles("leader_drawdown_deep")


def _facts(folder: Path) -> list[tuple[Any, ...]]:
    return stored(folder, "select key from facts")
