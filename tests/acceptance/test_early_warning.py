"""It warns while there is time to act, says nothing where nothing is, and ends nothing by old figures."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import (
    Hook,
    House,
    LoopClock,
    account_table,
    house,
    running,
    settings,
    sinks_of,
    stored,
    until,
)
from tests.acceptance.leaping import leaping

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
TWO_HOURS_S = 7200.0
# What OKX does, looked at once a second.
REGULAR = Limits(regular_push_s=5.0, tick_s=1.0)


def loop_s() -> float:
    return asyncio.get_running_loop().time()


class Told(NamedTuple):
    """When a notification was made, by the loop; `subject` and `rule` of its alert."""

    at_s: float
    rule: str
    subject: str
    severity: str
    reason: str


def notifications(home: House, folder: Path) -> list[Told]:
    """All that were stored, by the loop's time."""
    clock = home.app.clock
    epoch_s = loop_s() - clock.now().timestamp()
    query = """
        select created_us / 1e6, fingerprint, json_extract(body, '$.alert.severity'),
               json_extract(body, '$.reason')
        from deliveries order by delivery_id
    """
    rows = []
    for created_s, fingerprint, severity, reason in stored(folder, query):
        _, _, rule, subject = fingerprint.split("|", 3)
        rows.append(Told(created_s + epoch_s, rule, subject, severity, reason))
    return rows


@leaping
async def test_two_hours_of_a_quiet_market_are_watched_and_raise_no_alert(tmp_path: Path) -> None:
    """Isolated and cross, long and short, in a market that moves a little."""
    dice = random.Random(11)
    started = {"started": {"enabled": True}}
    account = Account(role_type="1", cash={"USDT": Decimal(100_000), "BTC": Decimal(2)})
    async with house(tmp_path, limits=REGULAR, account=account, rules=started) as home:
        await until(lambda: home.hook.texts, home.standing)  # the start message proves the sink
        home.okx.open_position(BTC, size=10, lever=5)
        home.okx.open_position(ETH, "short", size=50, lever=5, mgn_mode="cross")
        home.okx.open_position("BTC-USD-SWAP", size=20, lever=3, mgn_mode="cross")
        watched = lambda: home.app.counters.value("account_watched", account="main")  # noqa: E731
        await until(watched, home.standing)
        begun = home.app.clock.now() + timedelta(seconds=5)
        await asyncio.sleep(5)
        ends_s = loop_s() + TWO_HOURS_S
        unwatched = 0
        while loop_s() < ends_s:
            for name, price in ((BTC, 100_000), (ETH, 4_000), ("BTC-USD-SWAP", 100_000)):
                home.okx.set_price(name, f"{price * dice.uniform(0.998, 1.002):.2f}")
            unwatched += not watched()
            await asyncio.sleep(60)
        assert unwatched == 0
        assert len(home.hook.texts) == 1, home.hook.texts
        assert notifications(home, tmp_path)[1:] == []
        assert home.counted("connects_total") == 2  # one for each stream: nothing was dialled anew
    begun_us = int(begun.timestamp() * 1e6)
    after = f"select cause, began_us from coverage_gaps where ended_us is null or ended_us > {begun_us}"
    assert stored(tmp_path, after) == []


CRASHES = [
    # How long the fall takes, how long before the exchange's own push and before the end people must know.
    ("isolated", 1800.0, 1000.0, 540.0),
    ("isolated", 600.0, 360.0, 360.0),
    ("cross", 1800.0, 1000.0, 540.0),
    ("cross", 600.0, 360.0, 360.0),
]


@pytest.mark.parametrize(("mode", "over_s", "before_exchange_s", "before_end_s"), CRASHES)
@leaping
async def test_a_crash_is_told_before_the_exchange_says_a_word_and_critical_before_the_end(
    tmp_path: Path, mode: str, over_s: float, before_exchange_s: float, before_end_s: float
) -> None:
    account = Account(role_type="1", cash={"USDT": Decimal(10_000)})
    async with house(tmp_path, limits=REGULAR, account=account) as home:
        home.okx.open_position(BTC, size=90, lever=10, mgn_mode=mode)
        subject = "cross/USDT" if mode == "cross" else f"{BTC}/long/isolated"
        await asyncio.sleep(300)
        assert notifications(home, tmp_path) == []  # opened like that is no danger yet
        home.okx.glide(BTC, "88000", over_s)
        ends_s = loop_s() + over_s
        happened = {"liquidation-warning": 0.0, "liquidation": 0.0}
        while not happened["liquidation"]:
            assert loop_s() < ends_s, home.standing()
            for kind, at_s in happened.items():
                if not at_s and f"{kind} {BTC} main" in home.okx.happened:
                    happened[kind] = loop_s()
            await asyncio.sleep(1)
        await until(lambda: home.hook.about("Rule: liquidation\n"), home.standing)
        own = [
            one
            for one in notifications(home, tmp_path)
            if one.subject == subject
            and one.rule in ("buffer_used", "margin_ratio", "minutes_to_liquidation")
        ]
        first = min(one.at_s for one in own if one.severity in ("warning", "critical"))
        critical = min(one.at_s for one in own if one.severity == "critical")
        assert happened["liquidation-warning"] - first >= before_exchange_s, (happened, own)
        assert happened["liquidation"] - critical >= before_end_s, (happened, own)


@leaping
async def test_figures_of_a_channel_that_went_silent_end_no_alert(tmp_path: Path) -> None:
    """`account` goes on, `positions` does not: the distance of long ago looks as it was."""
    account = Account(role_type="1", cash={"USDT": Decimal(10_000)})
    patient = {"stale_after_s": 900.0}
    async with house(tmp_path, limits=REGULAR, account=account, **patient) as home:
        home.okx.open_position(BTC, size=90, lever=10, mgn_mode="cross")
        await asyncio.sleep(60)
        home.okx.set_price(BTC, "93500")
        home.okx.push_regular()
        await until(lambda: home.hook.about("buffer used", "Rule: buffer_used"), home.standing)
        home.okx.fail_rest(502)  # or the records would tell
        home.okx.set_price(BTC, "99000")
        home.okx.push_regular()  # better: it must hold for five minutes
        home.okx.mute("positions")
        await asyncio.sleep(700)
        assert (
            home.app.counters.value("pushes_total", account="main", stream="private", channel="account") > 100
        )
        ended = [one for one in notifications(home, tmp_path) if one.rule == "buffer_used"]
        assert [one.reason for one in ended] == ["new"]


@pytest.mark.parametrize("grown", [False, True], ids=["opened just now", "grown at a better price"])
@leaping
async def test_a_restart_takes_no_danger_for_over(tmp_path: Path, grown: bool) -> None:
    """What is left of the room is not what the position was opened with, nor is it at its mean price."""
    clock = LoopClock()
    async with OkxSimulator(clock=clock.unix_s, limits=REGULAR) as okx, Hook() as hook:
        owner = Account(role_type="1", cash={"USDT": Decimal(100_000)})
        table = account_table(okx, okx.add_account(owner))
        wanted = settings(tmp_path, {"main": table}, sinks_of({"phone": hook}))
        async with running(wanted, clock):
            await asyncio.sleep(10)
            okx.open_position(BTC, size=10, lever=10)
            await asyncio.sleep(6)
            if grown:
                okx.set_price(BTC, "110000")
                okx.open_position(BTC, size=10, lever=10)
                await asyncio.sleep(6)
            okx.set_price(BTC, "101000" if grown else "92500")
            await until(lambda: hook.about("Rule: buffer_used"), hook.texts)
        async with running(wanted, clock):
            await asyncio.sleep(420)
            assert not [text for text in hook.about("Rule: buffer_used") if "RECOVERED" in text]
            okx.set_price(BTC, "125000")
            await asyncio.sleep(420)
            assert [text for text in hook.about("Rule: buffer_used") if "RECOVERED" in text]
