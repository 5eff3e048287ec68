"""`instruments` narrows the two channels: what is asked for, that it is acknowledged, and what then comes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from alertd.simulators.okx.market import Contract, Instrument, Market, Tier, small_market
from tests.acceptance.house import LIMITS, PRIVATE, House, house, hurried, hurry, until

# Pushes come when a test says so, and the exchange warns of nothing by itself.
QUIET = replace(LIMITS, regular_push_s=100_000.0, warning_ratio=Decimal(0))
PATIENT = {"limits": QUIET, "stale_after_s": 100_000.0}
OPTION = "BTC-USD-271231-100000-C"


def market() -> Market:
    """The usual one, and something of the type OPTION."""
    usual = small_market()
    tiers = (Tier(Decimal(1000), Decimal("0.004")),)
    option = Instrument(OPTION, "OPTION", Contract.INVERSE, Decimal(100), tiers)
    marks = {**usual.marks(), OPTION: Decimal(100_000)}
    return Market([*usual.instruments.values(), option], marks)


# What is configured; the narrowing part of both requests; an instrument that is in it, and one that is not.
FORMS: dict[str, tuple[dict[str, str], dict[str, str], str, str | None]] = {
    "MARGIN": ({"inst_type": "MARGIN"}, {"instType": "MARGIN"}, "BTC-USDT", "BTC-USDT-SWAP"),
    "SWAP": ({"inst_type": "SWAP"}, {"instType": "SWAP"}, "BTC-USDT-SWAP", "ETH-USD-271231"),
    "FUTURES": ({"inst_type": "FUTURES"}, {"instType": "FUTURES"}, "ETH-USD-271231", "BTC-USDT-SWAP"),
    "OPTION": ({"inst_type": "OPTION"}, {"instType": "OPTION"}, OPTION, "BTC-USDT-SWAP"),
    "ANY": ({"inst_type": "ANY"}, {"instType": "ANY"}, "BTC-USDT-SWAP", None),
    "nothing said": ({}, {"instType": "ANY"}, "ETH-USD-271231", None),
    "a family of swaps": (
        {"inst_type": "SWAP", "inst_family": "BTC-USDT"},
        {"instType": "SWAP", "instFamily": "BTC-USDT"},
        "BTC-USDT-SWAP",
        "ETH-USDT-SWAP",
    ),
    "a family of futures": (
        {"inst_type": "FUTURES", "inst_family": "ETH-USD"},
        {"instType": "FUTURES", "instFamily": "ETH-USD"},
        "ETH-USD-271231",
        "BTC-USD-SWAP",
    ),
    "a family of options": (
        {"inst_type": "OPTION", "inst_family": "BTC-USD"},
        {"instType": "OPTION", "instFamily": "BTC-USD"},
        OPTION,
        "BTC-USD-SWAP",
    ),
    "one instrument": (
        {"inst_type": "SWAP", "inst_id": "SOL-USDT-SWAP"},
        {"instType": "SWAP", "instId": "SOL-USDT-SWAP"},
        "SOL-USDT-SWAP",
        "ETH-USDT-SWAP",
    ),
    "one instrument of any type": (
        {"inst_id": "BTC-USDT"},
        {"instType": "ANY", "instId": "BTC-USDT"},
        "BTC-USDT",
        "BTC-USDT-SWAP",
    ),
    "one instrument beside its family": (
        {"inst_type": "SWAP", "inst_family": "BTC-USDT", "inst_id": "BTC-USDT-SWAP"},
        {"instType": "SWAP", "instId": "BTC-USDT-SWAP"},
        "BTC-USDT-SWAP",
        "ETH-USDT-SWAP",
    ),
}


def asked(home: House, channel: str) -> list[dict[str, str]]:
    """The arguments of the channel as the exchange got them."""
    sessions = home.okx.chosen("private", "main")
    return [dict(one.arg) for session in sessions for one in session.subscriptions if one.channel == channel]


def hold(home: House, instrument: str) -> None:
    for currency in ("USDT", "BTC", "ETH"):
        home.okx.set_balance(currency, 1_000_000)
    home.okx.open_position(instrument, size="0.1" if instrument == "BTC-USDT" else 1, lever=10)


@pytest.mark.parametrize(("configured", "narrowed", "within", "outside"), FORMS.values(), ids=FORMS.keys())
@hurried(10)
async def test_each_form_is_asked_for_acknowledged_and_fed(
    tmp_path: Path, configured: dict[str, str], narrowed: dict[str, str], within: str, outside: str | None
) -> None:
    async with house(tmp_path, market=market(), instruments=[configured], **PATIENT) as home:
        for channel in ("liquidation-warning", "positions"):
            assert asked(home, channel) == [{"channel": channel, **narrowed}]
        assert asked(home, "account") == [{"channel": "account"}]
        assert home.is_complete()  # live: each request has its acknowledgement
        hold(home, within)
        if outside is not None:
            hold(home, outside)
            assert home.okx.push_liquidation_warning(outside, mgn_ratio="1.4") == 0
        assert home.okx.push_liquidation_warning(within, mgn_ratio="1.4") == 1
        await until(lambda: home.hook.about("Rule: exchange_warning", within), home.standing)
        home.okx.set_price(within, home.okx.market.mark(within) * Decimal("0.94"))
        home.okx.push_regular()
        await until(lambda: home.hook.about("Rule: buffer_used", within), home.standing)
        if outside is not None:
            assert not home.hook.about(outside)
        assert home.counted("frames_unreadable_total") == 0


@hurried(10)
async def test_several_entries_are_subscribed_each_by_itself(tmp_path: Path) -> None:
    entries = [{"inst_type": "FUTURES"}, {"inst_type": "SWAP", "inst_id": "SOL-USDT-SWAP"}]
    wanted = [*PRIVATE, "liquidation-warning", "positions"]
    async with house(tmp_path, instruments=entries, private=wanted, **PATIENT) as home:
        for instrument in ("ETH-USD-271231", "SOL-USDT-SWAP"):
            hold(home, instrument)
            assert home.okx.push_liquidation_warning(instrument, mgn_ratio="1.4") == 1
            await until(lambda name=instrument: home.hook.about(name), home.standing)
            home.okx.set_price(instrument, home.okx.market.mark(instrument) * Decimal("0.94"))
        home.okx.push_regular()
        for instrument in ("ETH-USD-271231", "SOL-USDT-SWAP"):
            await until(lambda name=instrument: home.hook.about("Rule: buffer_used", name), home.standing)
        # Each scope has a snapshot of its own: neither ends what only the other shows.
        home.okx.push_regular()
        home.okx.close_position("SOL-USDT-SWAP")
        await until(lambda: home.hook.about("CLOSED SOL-USDT-SWAP"), home.standing)
        assert not home.hook.about("CLOSED ETH-USD-271231")


@hurried(10)
async def test_an_instrument_the_exchange_does_not_know_is_told_and_costs_no_other(tmp_path: Path) -> None:
    more: dict[str, Any] = {**PATIENT, "instruments": [{"inst_type": "SWAP"}, {"inst_id": "NO-SUCH-SWAP"}]}
    async with house(tmp_path, **more) as home:
        hold(home, "SOL-USDT-SWAP")
        home.okx.push_liquidation_warning("SOL-USDT-SWAP", mgn_ratio="1.4")
        await until(lambda: home.hook.about("SOL-USDT-SWAP"), home.standing)
        hurry(50)
        await until(lambda: home.hook.about("WARNING", "60018"), home.standing)
        assert home.hook.about("WARNING", "liquidation-warning", "positions")
        hurry(10)
        await home.alert_arrives()
        assert home.connects("private") == 1
