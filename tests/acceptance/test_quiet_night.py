"""A short night of quiet hours, in which the clocks are put back and the daemon is restarted.

The house's clock leaps over what nobody waits for: hours pass in seconds.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import Hook, LoopClock, account_table, running, settings, sinks_of, stored
from tests.acceptance.leaping import leaping

# On Lord Howe Island: 01:15, and 02:05 after the clocks were put back from 02:00 to 01:30.
EVENING = datetime(2026, 4, 4, 14, 15, tzinfo=UTC)
MORNING = datetime(2026, 4, 4, 15, 35, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Well within the 300 s in which a stream must give its first figures: else it is dialled anew, and what is
# pushed just then is lost.
SLOW = Limits(regular_push_s=220.0, tick_s=20.0)
PATIENT = {"stale_after_s": 20_000.0, "role": "trader", "reconcile_interval_s": 3600}
RULES = {
    "exchange_warning": {"enabled": False},
    "mild": {
        "type": "match",
        "event": "liquidation_warning",
        "match": {"instrument": ["BTC-*", "ETH-*"]},
        "severity": "warning",
    },
    "bad": {
        "type": "match",
        "event": "liquidation_warning",
        "match": {"instrument": "SOL-*"},
        "severity": "critical",
    },
}
QUIET = {"from": "01:20", "to": "02:05", "timezone": "Australia/Lord_Howe"}
# A hiccup of this machine is minutes there: no reason to tell anybody.
UNHURRIED = {
    "info_after_s": 90_000,
    "warning_after_s": 90_000,
    "critical_after_s": 90_000,
    "weekly_report": "",
}


class Evening(LoopClock):
    """It is that evening when it is made."""

    def __init__(self) -> None:
        super().__init__()
        self._began = EVENING

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds()))


class Night:
    """What happens, and what arrives when."""

    def __init__(self, okx: OkxSimulator, hook: Hook, clock: Evening) -> None:
        self.okx, self.hook, self.clock = okx, hook, clock

    def warn(self, instrument: str) -> None:
        self.okx.open_position(instrument, size=1, lever=5)
        assert self.okx.push_liquidation_warning(instrument, mgn_ratio="1.4") == 1

    async def hears_of(self, instrument: str, within: timedelta = MINUTE) -> None:
        ends = self.clock.now() + within
        while not self.hook.about(instrument):
            assert self.clock.now() < ends, (instrument, self.hook.texts)
            await asyncio.sleep(1)


@leaping
async def test_what_is_not_urgent_waits_for_the_morning_also_over_a_restart(tmp_path: Path) -> None:
    clock = Evening()
    async with OkxSimulator(clock=clock.unix_s, limits=SLOW) as okx, Hook() as hook:
        owner = Account()
        owner.set_cash("BTC", owner.cash["USDT"], 0)
        account = account_table(okx, okx.add_account(owner), **PATIENT)
        wanted = settings(
            tmp_path,
            {"main": account},
            sinks_of({"phone": hook}, timeout_s=60),
            rules=RULES,
            routes=[{"sinks": ["phone"], "quiet_hours": QUIET, "remind_s": []}],
            coverage=UNHURRIED,
            summary={"at": ""},
        )
        night = Night(okx, hook, clock)
        async with running(wanted, clock):
            await asyncio.sleep(60)
            night.warn("ETH-USDT-SWAP")
            await night.hears_of("ETH-USDT-SWAP")
            await clock.sleep_until(EVENING + 10 * MINUTE)
            night.warn("BTC-USDT-SWAP")
            night.warn("BTC-USD-SWAP")
            night.warn("SOL-USDT-SWAP")
            await night.hears_of("SOL-USDT-SWAP")
            await clock.sleep_until(EVENING + 30 * MINUTE)
        due = stored(tmp_path, "select next_attempt_us from deliveries where state = 'queued'")
        assert [datetime.fromtimestamp(us / 1e6, UTC) for (us,) in due] == [MORNING, MORNING]
        async with running(wanted, clock):
            await clock.sleep_until(MORNING - MINUTE)
            assert not hook.about("BTC-USDT-SWAP")
            await night.hears_of("BTC-USDT-SWAP", 3 * MINUTE)
    told = [text for text in hook.texts if "SWAP" in text]
    assert len(told) == 3, told  # the two that waited are one message
    assert "BTC-USD-SWAP" in told[2]
    assert "Over meanwhile" not in told[2]  # the end of what was critical was told when it was over
