"""What is told within `batch_s` leaves in one message, also where the daemon is restarted meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import Hook, account_table, running, settings, sinks_of, stored
from tests.acceptance.leaping import leaping
from tests.acceptance.test_quiet_night import EVENING, PATIENT, RULES, SLOW, UNHURRIED, Evening, Night

TEN_MINUTES = timedelta(minutes=10)


@leaping
async def test_what_is_told_in_one_window_is_one_message_also_over_a_restart(tmp_path: Path) -> None:
    clock = Evening()
    async with OkxSimulator(clock=clock.unix_s, limits=SLOW) as okx, Hook() as hook:
        owner = Account()
        owner.set_cash("BTC", owner.cash["USDT"], 0)
        wanted = settings(
            tmp_path,
            {"main": account_table(okx, okx.add_account(owner), **PATIENT)},
            sinks_of({"phone": hook}, timeout_s=60),
            rules=RULES,
            routes=[{"sinks": ["phone"], "batch_s": TEN_MINUTES.total_seconds(), "remind_s": []}],
            coverage=UNHURRIED,
            summary={"at": ""},
        )
        night = Night(okx, hook, clock)
        ends = EVENING + 2 * TEN_MINUTES - timedelta(minutes=EVENING.minute % 10)
        async with running(wanted, clock):
            await clock.sleep_until(EVENING + TEN_MINUTES)
            night.warn("BTC-USDT-SWAP")
            night.warn("SOL-USDT-SWAP")
            await night.hears_of("SOL-USDT-SWAP")  # it is critical, and waits for nobody
            assert not hook.about("BTC-USDT-SWAP")
        query = "select next_attempt_us from deliveries where state = 'queued'"
        assert {datetime.fromtimestamp(us / 1e6, UTC) for (us,) in stored(tmp_path, query)} == {ends}
        async with running(wanted, clock):
            await asyncio.sleep(60)
            night.warn("ETH-USDT-SWAP")
            await clock.sleep_until(ends - timedelta(seconds=5))
            assert not hook.about("BTC-USDT-SWAP")
            await night.hears_of("BTC-USDT-SWAP")
            assert hook.about("BTC-USDT-SWAP", "ETH-USDT-SWAP")
            assert len(hook.about("BTC-USDT-SWAP")) == len(hook.about("ETH-USDT-SWAP")) == 1
