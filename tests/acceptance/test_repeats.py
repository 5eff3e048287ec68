"""One danger is told once, however often, in whatever order and on however many pages it comes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.house import LIMITS, House, house, hurried, until

BTC = "BTC-USDT-SWAP"
# Pushes come when a test says so; positions are far from what the exchange itself warns of.
BY_HAND = replace(LIMITS, regular_push_s=100_000.0, warning_ratio=Decimal(0))
PATIENT = {"limits": BY_HAND, "stale_after_s": 100_000.0}


def told(home: House, instrument: str = BTC) -> Counter[str]:
    """How often each rule told of an instrument, with the word that begins the title."""
    found: Counter[str] = Counter()
    for text in home.hook.about(instrument):
        rule = re.search(r"^Rule: (\w+)", text, re.MULTILINE)
        assert rule
        found[f"{text.split()[0]} {rule[1]}"] += 1
    return found


async def into_danger(home: House, price: str = "91800") -> Counter[str]:
    """A long that falls past two levels of the ladder, and has been told of."""
    home.okx.open_position(BTC, lever=10)
    home.okx.set_price(BTC, price)
    home.okx.push_regular()
    await until(lambda: told(home)["CRITICAL buffer_used"] == 1 and len(told(home)) > 1, home.standing)
    await taken(home)
    return told(home)


def with_ends(first: Counter[str]) -> int:
    """How many are told in all once the position has ended: one word for each severity that was told."""
    return first.total() + len({name.split()[0] for name in first})


async def taken(home: House) -> None:
    """What was pushed before has been judged, and what was to be told has been sent."""
    await home.alert_arrives()
    await until(lambda: home.counted("notifications_total") == len(home.hook.texts), home.standing)


def dropped(home: House) -> None:
    home.okx.drop()


def closed(home: House) -> None:
    home.okx.close_all(4006)


def announced(home: House) -> None:
    home.okx.notice()


@hurried(10)
async def test_duplicated_pushes_are_one_danger(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.duplicate_pushes()
        first = await into_danger(home)
        assert set(first.values()) == {1}
        for _ in range(5):
            home.okx.push_regular()
        await taken(home)
        assert told(home) == first


@hurried(10)
async def test_duplicated_warnings_and_notifications_are_one_each(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        home.okx.duplicate_pushes()
        home.okx.open_position(BTC)
        home.okx.push_liquidation_warning(BTC, mgn_ratio="2.1")
        for info_type in ("1", "2", "3"):
            home.okx.push_lead_notification(info_type)
        await taken(home)
        assert told(home) == {"CRITICAL exchange_warning": 1}
        # Title by title: three notifications, the warning, and the one of `taken`.
        await until(lambda: len(home.hook.texts) == 5, home.standing)
        assert len(set(home.hook.texts)) == 5


@pytest.mark.parametrize("cut", [dropped, closed, announced])
@hurried(10)
async def test_the_snapshot_after_a_reconnect_tells_nothing_again(
    tmp_path: Path, cut: Callable[[House], None]
) -> None:
    async with house(tmp_path, **PATIENT) as home:
        first = await into_danger(home)
        for times in (2, 3):
            old = list(home.okx.sessions)
            cut(home)
            await home.without(old)
            await home.complete()
            assert home.connects("private") == times
        await taken(home)
        assert told(home) == first


@hurried(10)
async def test_reordered_pushes_end_a_position_once(tmp_path: Path) -> None:
    """An older push overtakes the one that closes; the next snapshot has the last word."""
    async with house(tmp_path, **PATIENT) as home:
        first = await into_danger(home)
        home.okx.reorder_pushes()
        home.okx.push_regular()
        home.okx.close_position(BTC)
        for _ in range(4):
            home.okx.push_regular()
        home.okx.reorder_pushes(on=False)
        home.okx.push_regular()
        await until(lambda: told(home).total() == with_ends(first), home.standing)
        await asyncio.sleep(5)
        ends = told(home) - first
        assert set(ends.values()) == {1}
        assert {name.split()[0] for name in ends} == {"CLOSED"}


@hurried(10)
async def test_a_snapshot_on_many_pages_is_one_snapshot(tmp_path: Path) -> None:
    limits = replace(BY_HAND, page_rows=1)
    async with house(tmp_path, limits=limits, stale_after_s=100_000.0) as home:
        instruments = (BTC, "BTC-USD-SWAP", "SOL-USDT-SWAP", "ETH-USD-271231")
        home.okx.set_balance("ETH", 100)
        for instrument in instruments:
            home.okx.open_position(instrument, lever=10)
            home.okx.set_price(instrument, home.okx.market.mark(instrument) * Decimal("0.925"))
        home.okx.push_regular()
        await until(
            lambda: all(told(home, one)["CRITICAL buffer_used"] for one in instruments), home.standing
        )
        await taken(home)
        before = Counter(home.hook.texts)
        for times in (2, 3):
            home.okx.drop()
            await until(lambda times=times: home.connects("private") == times)
            await home.complete()
            home.okx.push_regular()
        # One of them goes while nobody looks: exactly that one is told as gone.
        home.okx.refuse_connects()
        home.okx.drop()
        home.okx.close_position("SOL-USDT-SWAP")
        home.okx.heal()
        await home.complete()
        await until(lambda: home.hook.about("CLOSED SOL-USDT-SWAP"), home.standing)
        await asyncio.sleep(5)
        # Cut after cut may last long enough to be told as "not watched", on a busy machine.
        later = [text for text in Counter(home.hook.texts) - before if "Rule: coverage" not in text]
        assert {text.split(":")[0].split(" long")[0] for text in later} == {"CLOSED SOL-USDT-SWAP"}


@hurried(10)
async def test_a_position_closed_while_nobody_looked_is_told_as_closed(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        first = await into_danger(home)
        home.okx.refuse_connects()
        home.okx.drop()
        await until(lambda: not home.is_live("private"))
        home.okx.close_position(BTC)
        home.okx.heal()
        await home.complete()
        await until(lambda: told(home).total() == with_ends(first), home.standing)
        assert {name.split()[0] for name in told(home) - first} == {"CLOSED"}


@hurried(10)
async def test_a_liquidation_is_told_as_what_it_is(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        first = await into_danger(home)
        home.okx.set_price(BTC, "90000")
        assert f"liquidation {BTC} main" in home.okx.happened
        await until(lambda: told(home)["CRITICAL liquidation"] == 1, home.standing)
        await until(lambda: told(home).total() == with_ends(first) + 1, home.standing)
        ends = told(home) - first
        assert {name.split()[0] for name in ends} == {"CRITICAL", "LIQUIDATED"}
        assert not home.hook.about("CLOSED")


@hurried(10)
async def test_a_position_that_is_deleveraged_is_told_as_reduced(tmp_path: Path) -> None:
    async with house(tmp_path, **PATIENT) as home:
        await into_danger(home)
        home.okx.close_position(BTC, event="adl")
        await until(lambda: told(home)["CRITICAL liquidation"] == 1, home.standing)
        await until(lambda: home.hook.about("REDUCED", BTC), home.standing)
        assert not home.hook.about("CLOSED")
