"""Sinks that stand in for others: in time, at once where those are dead, and not where something arrived."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.house import hurried, running, stored, until
from tests.acceptance.test_escalation import street
from tests.acceptance.test_people import warned

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ROUTE = {
    "match": {"severity": ["critical"]},
    "sinks": ["phone"],
    "remind_s": [],
    "fallback": ["boss"],
    "fallback_after_s": 20,
}
OTHER = {**ROUTE, "match": {"kind": "liquidation_warning"}, "fallback": ["boss", "call"]}


def rows_of(folder: Path, sink: str) -> list[str]:
    """The states of its deliveries of a warning."""
    query = "select state from deliveries where sink = '{}' and fingerprint like '%liquidation_warning%'"
    return [state for (state,) in stored(folder, query.format(sink))]


@hurried(10)
async def test_what_arrives_needs_nobody_to_stand_in(tmp_path: Path) -> None:
    async with street(tmp_path) as at, running(at.settings(ROUTE, OTHER), at.clock):
        await warned(at.okx, at.hooks["phone"], BTC)
        assert sorted(rows_of(tmp_path, "boss") + rows_of(tmp_path, "call")) == ["queued", "queued"]
        await until(lambda: not rows_of(tmp_path, "boss") + rows_of(tmp_path, "call"))
        assert at.heard(BTC) == {"phone": 1}


@hurried(10)
async def test_who_hangs_is_stood_in_for_in_time_and_once_for_two_routes(tmp_path: Path) -> None:
    async with street(tmp_path) as at, running(at.settings(ROUTE, OTHER), at.clock):
        at.hooks["phone"].hangs = True
        at.okx.open_position(BTC, size=1, lever=5)
        began = at.clock.unix_s()
        await until(lambda: at.okx.push_liquidation_warning(BTC, mgn_ratio="1.4") == 1)
        await at.hears({"boss": 1, "call": 1}, BTC, "140 %")
        assert at.clock.unix_s() - began >= 20
        assert at.heard(BTC, "140 %") == {"boss": 1, "call": 1}


@hurried(10)
async def test_a_dead_sink_is_stood_in_for_at_once(tmp_path: Path) -> None:
    slow = {**ROUTE, "fallback_after_s": 36_000}
    async with street(tmp_path) as at, running(at.settings(slow), at.clock):
        at.hooks["phone"].status = 410
        at.okx.open_position(BTC, size=1, lever=5)
        await until(lambda: at.okx.push_liquidation_warning(BTC, mgn_ratio="1.4") == 1)
        await at.hears({"boss": 1}, BTC, "140 %")
        # and by now it is known to be sick: the next one does not wait for its refusal
        at.okx.open_position(ETH, size=1, lever=5)
        await until(lambda: at.okx.push_liquidation_warning(ETH, mgn_ratio="1.4") == 1)
        await at.hears({"boss": 1}, ETH, "140 %")


@hurried(10)
async def test_a_restart_before_its_time_neither_loses_nor_repeats_it(tmp_path: Path) -> None:
    async with street(tmp_path) as at:
        at.hooks["phone"].status = 503
        async with running(at.settings(ROUTE), at.clock):
            at.okx.open_position(BTC, size=1, lever=5)
            await until(lambda: at.okx.push_liquidation_warning(BTC, mgn_ratio="1.4") == 1)
            await until(lambda: rows_of(tmp_path, "boss") == ["queued"])
        async with running(at.settings(ROUTE), at.clock):
            await at.hears({"boss": 1}, BTC, "140 %")
            await until(lambda: rows_of(tmp_path, "boss") == ["sent"])
        assert at.heard(BTC, "140 %") == {"boss": 1}


@hurried(10)
async def test_who_stood_in_hears_of_the_end(tmp_path: Path) -> None:
    """The phone takes the end: it would need nobody to stand in."""
    async with street(tmp_path) as at, running(at.settings(ROUTE), at.clock):
        at.hooks["phone"].status = 503
        at.okx.open_position(BTC, size=1, lever=5)
        await until(lambda: at.okx.push_liquidation_warning(BTC, mgn_ratio="1.4") == 1)
        await at.hears({"boss": 1}, BTC, "140 %")
        at.hooks["phone"].status = 200
        await at.hears({"phone": 1}, BTC, "140 %")
        at.okx.close_position(BTC)
        await at.hears({"phone": 1, "boss": 1}, BTC, "CLOSED")
        assert at.heard("CLOSED") == {"phone": 1, "boss": 1}
