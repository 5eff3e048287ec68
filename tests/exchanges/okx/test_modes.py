"""Early warning in every mode of account, position and instrument: what is told, of what, how urgently.

One row of the table is one way OKX shows the same danger; its pushes go through the reader and the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from alertd.domain.coverage import Unseen
from alertd.domain.events import Event, MarginState
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from tests.exchanges.okx.frames import NOW, compact, new_stream

ENGINE = RuleEngine(BUILTIN_RULES, {"main": {}})
A_DAY_AGO = str(int((NOW - timedelta(days=1)).timestamp() * 1000))
MS_NOW = str(int(NOW.timestamp() * 1000))
# An account that has neither a ratio of its own nor one of a currency.
NOTHING: dict[str, Any] = {"mgnRatio": "", "mmr": ""}


def row(**changes: str) -> dict[str, str]:
    """A long of 10 contracts, opened a day ago at 100, now at 94, liquidated at 90: three fifths are used."""
    usual = {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "mgnMode": "isolated", "posId": "7", "posSide": "net",
        "pos": "10", "posCcy": "", "ccy": "USDT", "lever": "10", "avgPx": "100", "markPx": "94",
        "liqPx": "90",
        "margin": "100", "mgnRatio": "4.5", "mmr": "8", "upl": "-60", "notionalUsd": "940", "adl": "1",
        "cTime": A_DAY_AGO, "uTime": A_DAY_AGO, "pTime": MS_NOW,
    }  # fmt: skip
    return usual | changes


CROSS = {"mgnMode": "cross", "margin": ""}
SHORT = {"pos": "-10", "markPx": "106", "liqPx": "110"}
OPTION = {"instType": "OPTION", "instId": "BTC-USD-270326-80000-C", "ccy": "BTC", "liqPx": "", "lever": ""}
MARGIN = {"instType": "MARGIN", "instId": "BTC-USDT"}

BUFFER = ("buffer_used", "warning")
RATIO = ("margin_ratio", "warning")


class Case(NamedTuple):
    """`told`: by subject, the rules that fire. `unseen`: instruments without a liquidation price."""

    name: str
    rows: list[dict[str, str]]
    account: dict[str, Any]
    told: dict[str, set[tuple[str, str]]]
    unseen: Sequence[str] = ()


def of(currency: str, ratio: str) -> dict[str, Any]:
    """Futures mode: the ratio stands in the currency."""
    return {
        **NOTHING,
        "details": [{"ccy": currency, "mgnRatio": ratio, "mmr": "8"}, {"ccy": "ETH", **NOTHING}],
    }


def whole(ratio: str) -> dict[str, Any]:
    """The other modes: it stands in the account."""
    return {"mgnRatio": ratio, "mmr": "8", "details": [{"ccy": "USDT", **NOTHING}]}


ISOLATED_LONG, ISOLATED_SHORT = "BTC-USDT-SWAP/long/isolated", "BTC-USDT-SWAP/short/isolated"

CASES = [
    # account mode 2 (futures): isolated, each position by itself
    Case("2 isolated net long", [row()], NOTHING, {ISOLATED_LONG: {BUFFER, RATIO}}),
    Case("2 isolated net short", [row(**SHORT)], NOTHING, {ISOLATED_SHORT: {BUFFER, RATIO}}),
    Case(
        "2 isolated long and short",
        [row(posSide="long"), row(**{**SHORT, "pos": "10"}, posSide="short", posId="8")],
        NOTHING,
        {ISOLATED_LONG: {BUFFER, RATIO}, ISOLATED_SHORT: {BUFFER, RATIO}},
    ),
    Case(
        "2 isolated, one of two in danger",
        [row(), row(instId="ETH-USDT-SWAP", posId="8", markPx="110", mgnRatio="20", upl="100")],
        NOTHING,
        {ISOLATED_LONG: {BUFFER, RATIO}},
    ),
    Case("2 isolated inverse", [row(instId="BTC-USD-SWAP", ccy="BTC")], NOTHING,
         {"BTC-USD-SWAP/long/isolated": {BUFFER, RATIO}}),
    Case("2 isolated future", [row(instType="FUTURES", instId="BTC-USDT-270326")], NOTHING,
         {"BTC-USDT-270326/long/isolated": {BUFFER, RATIO}}),
    # account mode 2: cross, by currency
    Case("2 cross net long", [row(**CROSS)], of("USDT", "4.5"), {"cross/USDT": {BUFFER, RATIO}}),
    Case("2 cross net short", [row(**CROSS, **SHORT)], of("USDT", "4.5"), {"cross/USDT": {BUFFER, RATIO}}),
    Case(
        "2 cross long/short", [row(**CROSS, **{**SHORT, "pos": "10"}, posSide="short")], of("USDT", "4.5"),
        {"cross/USDT": {BUFFER, RATIO}},
    ),
    Case(
        "2 cross, two currencies",
        [row(**CROSS), row(**CROSS, instId="BTC-USD-SWAP", ccy="BTC", posId="8", mgnRatio="2.5")],
        {**NOTHING, "details": [*of("USDT", "4.5")["details"], *of("BTC", "2.5")["details"]]},
        {"cross/USDT": {BUFFER, RATIO}, "cross/BTC": {BUFFER, ("margin_ratio", "critical")}},
    ),
    Case(
        "2 cross, two positions of one currency are one danger",
        [row(**CROSS), row(**CROSS, instId="ETH-USDT-SWAP", posId="8", markPx="99")],
        of("USDT", "4.5"),
        {"cross/USDT": {BUFFER, RATIO}},
    ),
    Case("2 cross, well covered: no liquidation price", [row(**CROSS, liqPx="", mgnRatio="40")],
         of("USDT", "40"), {}, ["BTC-USDT-SWAP"]),
    Case("2 cross, ratio in the account only", [row(**CROSS, mgnRatio="", liqPx="")], of("USDT", "4.5"),
         {"cross/USDT": {RATIO}}, ["BTC-USDT-SWAP"]),
    # account mode 1 (spot): margin trading
    Case("1 isolated margin long", [row(**MARGIN, posCcy="BTC", liab="-940")], whole(""),
         {"BTC-USDT/long/isolated": {BUFFER, RATIO}}),
    Case(
        "1 isolated margin short",
        [row(**MARGIN, **{**SHORT, "pos": "10"}, posCcy="USDT", ccy="BTC")],
        whole(""),
        {"BTC-USDT/short/isolated": {BUFFER, RATIO}},
    ),
    Case("1 the account borrows", [], whole("2.5"), {"cross/*": {("margin_ratio", "critical")}}),
    # account mode 3 (multi-currency): one ratio for all
    Case("3 cross", [row(**CROSS)], whole("4.5"),
         {"cross/USDT": {BUFFER, RATIO}, "cross/*": {BUFFER, RATIO}}),
    Case("3 isolated", [row()], whole(""), {ISOLATED_LONG: {BUFFER, RATIO}}),
    # account mode 4 (portfolio): no leverage, and often no liquidation price
    Case("4 cross", [row(**CROSS, lever="", liqPx="")], whole("4.5"),
         {"cross/USDT": {RATIO}, "cross/*": {RATIO}}, ["BTC-USDT-SWAP"]),
    Case("4 cross, a ratio in the account only", [row(**CROSS, lever="", liqPx="", mgnRatio="")],
         whole("4.5"), {"cross/*": {RATIO}}, ["BTC-USDT-SWAP"]),
    # options have no liquidation price
    Case("option seller, isolated", [row(**OPTION, pos="-10")], NOTHING,
         {"BTC-USD-270326-80000-C/short/isolated": {RATIO}}, ["BTC-USD-270326-80000-C"]),
    Case("option, cross", [row(**{**OPTION, **CROSS})], of("BTC", "4.5"), {"cross/BTC": {RATIO}},
         ["BTC-USD-270326-80000-C"]),
    Case("option buyer: no figure at all", [row(**OPTION, mgnRatio="", mmr="")], NOTHING, {},
         ["BTC-USD-270326-80000-C"]),
    # what is empty is not zero
    Case("no ratio, but a liquidation price", [row(mgnRatio="")], NOTHING, {ISOLATED_LONG: {BUFFER}}),
    Case("ratio and need 0", [row(mgnRatio="0", mmr="0", liqPx="")], NOTHING, {}, ["BTC-USDT-SWAP"]),
    Case("no mark price", [row(markPx="")], NOTHING, {ISOLATED_LONG: {RATIO}}),
]  # fmt: skip


def pushed(case: Case) -> tuple[list[Event], Any]:
    stream = new_stream()
    envelope = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
    positions = {"arg": {"channel": "positions", "instType": "ANY"}, **envelope, "data": case.rows}
    account = {"arg": {"channel": "account"}, **envelope, "data": [{"uTime": A_DAY_AGO, **case.account}]}
    events: list[Event] = []
    for frame in (positions, account):
        message = stream.read(compact(frame), NOW)
        assert message.unreadable == ()
        events += message.events
    return events, stream.stream._book


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_told_in_each_mode(case: Case) -> None:
    events, book = pushed(case)
    told: dict[str, set[tuple[str, str]]] = {}
    for event in events:
        for said in ENGINE.evaluate(event, lambda _: False):
            assert said.severity is not None
            told.setdefault(said.fingerprint.subject, set()).add((said.fingerprint.rule, str(said.severity)))
    assert told == case.told
    assert [spot.where for spot in book.unseen() if spot.what is Unseen.NO_LIQUIDATION_PRICE] == list(
        case.unseen
    )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_empty_is_never_zero(case: Case) -> None:
    """A 0 would fire the worst alarm, or say that the position is at its liquidation price."""
    figures = ("margin_ratio", "distance_to_liquidation", "liquidation_price", "mark_price", "leverage")
    for event in pushed(case)[0]:
        if isinstance(event, MarginState):
            assert [name for name in figures if getattr(event, name) == 0] == []


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_minutes_are_told_wherever_a_liquidation_price_is(case: Case) -> None:
    """The same, while the price falls (or rises) towards it for two minutes."""
    stream = new_stream()
    envelope = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
    told: set[str] = set()
    for second in range(0, 121, 5):
        rows = [_moved(one, second) for one in case.rows]
        frame = {"arg": {"channel": "positions", "instType": "ANY"}, **envelope, "data": rows}
        message = stream.read(compact(frame), NOW + timedelta(seconds=second))
        for event in message.events:
            if isinstance(event, MarginState) and event.minutes_to_liquidation is not None:
                told.add(event.subject)
    priced = {one["posId"] for one in case.rows if one["liqPx"] and one["markPx"]}
    assert bool(told) == bool(priced)


def _moved(one: dict[str, str], second: int) -> dict[str, str]:
    if not one["markPx"] or not one["liqPx"]:
        return one
    mark, edge = float(one["markPx"]), float(one["liqPx"])
    return {**one, "markPx": f"{mark + (edge - mark) * second / 200:.4f}"}
