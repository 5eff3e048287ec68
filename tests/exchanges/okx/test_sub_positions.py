"""Covers alertd/exchanges/okx/sub_positions.py; the sample is the guide's of "Existing lead positions"."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import DecodeError
from alertd.domain.event import Direction, MarginMode
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.lead_wire import CopyAccountRow, CurrencyEquityRow, EquityRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.sub_positions import copy_equity, equity_in, read_orders, read_records

AT = datetime(2026, 11, 3, tzinfo=UTC)
SAMPLE: dict[str, Any] = {
    "algoId": "", "ccy": "USDT", "instId": "BTC-USDT-SWAP", "instType": "SWAP", "lever": "10",
    "margin": "16.23304", "markPx": "38205.8", "mgnMode": "isolated", "openAvgPx": "38117.4",
    "openOrdId": "", "openTime": "1701231120479", "posSide": "net", "slOrdPx": "", "slTriggerPx": "",
    "subPos": "-4", "subPosId": "649945658862370816", "tpOrdPx": "", "tpTriggerPx": "",
    "uniqueCode": "25CD5A80241D6FE6", "upl": "-0.3536", "uplRatio": "-0.0217828", "availSubPos": "4",
}  # fmt: skip
CLOSED = {**SAMPLE, "closeTime": "1701231190479", "closeAvgPx": "38000", "pnl": "1.2", "type": "2"}


def answer(*rows: dict[str, Any]) -> Answered[SubPositionRow]:
    read, bad = wire.read_rows(json.dumps(rows).encode(), SubPositionRow)
    return Answered(read, bad, AT, b"")


def test_an_open_one() -> None:
    (order,) = read_orders(answer(SAMPLE)).orders
    assert (order.key, order.instrument) == ("649945658862370816", "BTC-USDT-SWAP")
    assert (order.direction, order.margin_mode) == (Direction.SHORT, MarginMode.ISOLATED)
    assert (order.size, order.leverage, order.profit_rate) == (4, 10, Decimal("-0.0217828"))
    assert (order.entry_price, order.mark_price) == (Decimal("38117.4"), Decimal("38205.8"))
    assert order.opened_at == datetime.fromtimestamp(1701231120.479, UTC)


def test_what_is_left_empty_is_not_known() -> None:
    empty = dict.fromkeys(("lever", "markPx", "openAvgPx", "subPos", "uplRatio", "openTime"), "")
    (order,) = read_orders(answer({**SAMPLE, **empty, "posSide": "long"})).orders
    assert (order.size, order.leverage, order.opened_at, order.profit_rate) == (None, None, None, None)


def test_only_those_of_one_trader() -> None:
    rows = answer(SAMPLE, {**SAMPLE, "subPosId": "2", "uniqueCode": "OTHER"})
    assert [order.key for order in read_orders(rows, "OTHER").orders] == ["2"]


@pytest.mark.parametrize(
    "change", [{"subPosId": ""}, {"subPosId": None}, {"lever": "x"}, {"posSide": "up"}, {"instId": None}]
)
def test_a_row_that_cannot_be_read_costs_no_neighbour(change: dict[str, Any]) -> None:
    read = read_orders(answer({**SAMPLE, **change}, {**SAMPLE, "subPosId": "2"}))
    assert [order.key for order in read.orders] == ["2"]
    assert len(read.unreadable) == 1


@pytest.mark.parametrize(
    ("kind", "still_open", "is_whole"),
    [("2", True, True), ("1", False, False), ("", False, True), ("", True, False), (None, True, False)],
)
def test_whether_all_of_it_was_closed(kind: str | None, still_open: bool, is_whole: bool) -> None:
    keys = {SAMPLE["subPosId"]} if still_open else set()
    (record,) = read_records(answer({**CLOSED, "type": kind}), keys).records
    assert record.is_whole is is_whole
    assert (record.profit, record.close_price) == (Decimal("1.2"), 38000)


def test_an_unknown_kind_of_closing_is_refused() -> None:
    read = read_records(answer({**CLOSED, "type": "9"}), ())
    assert read.records == []
    assert "type is not known" in read.unreadable[0]


texts = st.none() | st.text(max_size=20) | st.sampled_from(["", "0", "-1", "1e999", "NaN", "1701231120479"])


@given(st.dictionaries(st.sampled_from(sorted(CLOSED)), texts))
def test_whatever_stands_in_a_row_it_is_read_or_named(changes: dict[str, Any]) -> None:
    rows = answer({**CLOSED, **changes})
    assert len(read_orders(rows).orders) + len(read_orders(rows).unreadable) == 1
    done = read_records(rows, ())
    assert len(done.records) + len(done.unreadable) == 1


@pytest.mark.parametrize(
    ("amount", "earned", "upl", "wanted"),
    [
        ("500", "-20", "5", (Decimal(485), Decimal(500))),
        ("500", "-20", "", (Decimal(480), Decimal(500))),
        ("500", "", "5", (None, Decimal(500))),
        ("", "1", "5", (None, None)),
    ],
)
def test_what_copying_is_worth(amount: str, earned: str, upl: str, wanted: object) -> None:
    row = CopyAccountRow(uniqueCode="A", copyTotalAmt=amount, copyTotalPnl=earned, upl=upl)
    assert copy_equity(row) == wanted


def test_equity_by_currency() -> None:
    details = [CurrencyEquityRow("BTC", "1"), CurrencyEquityRow("USDT", "812.5")]
    rows = Answered([EquityRow(details)], (), AT, b"")
    assert equity_in(rows, "USDT") == Decimal("812.5")
    assert equity_in(rows, "EUR") is None
    with pytest.raises(DecodeError):
        equity_in(Answered([EquityRow([CurrencyEquityRow("USDT", "?")])], (), AT, b""), "USDT")
