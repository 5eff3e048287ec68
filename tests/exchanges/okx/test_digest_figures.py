"""Covers alertd/exchanges/okx/digest_figures.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.copy_digest import CopiedLeader
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.digest_figures import UNASKED, copied_leader, led_figures
from alertd.exchanges.okx.lead_wire import RECORDS, CopyAccountRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.leading.book import Book

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def record(number: int, **given: Any) -> SubPositionRow:
    closed_ms = int((NOW - timedelta(minutes=number)).timestamp() * 1000)
    usual = {
        "instType": "SWAP", "instId": "BTC-USDT-SWAP", "posSide": "long", "mgnMode": "isolated",
        "lever": "10", "openAvgPx": "100", "openTime": "1700000000000", "subPos": "4", "closeAvgPx": "95",
        "uniqueCode": "OWN", "type": "2", "pnl": "3",
    }  # fmt: skip
    return SubPositionRow(subPosId=str(number), **{**usual, "closeTime": str(closed_ms), **given})


def answered(*rows: SubPositionRow, bad: bool = False) -> Answered[SubPositionRow]:
    return Answered(list(rows), [wire.BadRow(b"{}", "no")] if bad else (), NOW, b"{}")


@pytest.mark.parametrize(
    ("given", "equity", "net"),
    [
        ({"copyTotalAmt": "1000", "copyTotalPnl": "20", "upl": "-70"}, Decimal(950), Decimal(-50)),
        ({"copyTotalAmt": "1000", "copyTotalPnl": "20"}, Decimal(1020), Decimal(20)),
        ({"copyTotalAmt": "", "copyTotalPnl": "20"}, None, None),
        ({"copyTotalAmt": "1000", "copyTotalPnl": ""}, None, None),
        ({"copyTotalAmt": "much", "copyTotalPnl": "20"}, None, None),
    ],
)
def test_what_copying_one_trader_is_worth(
    given: dict[str, str], equity: Decimal | None, net: Decimal | None
) -> None:
    row = CopyAccountRow(uniqueCode="A1", nickName="anna", **given)
    assert copied_leader(row) == CopiedLeader(trader="A1", name="anna", equity=equity, net_profit=net)


def test_results_are_those_of_the_trader() -> None:
    found = led_figures(Book(), answered(record(1), record(2, uniqueCode="OTHER")), "OWN", 4)
    assert [one.profit for one in found.closed or ()] == [3]
    assert (found.leads, found.orders, found.followers) == (True, (), 4)
    assert (found.closed_from, found.unasked) == (None, UNASKED)


def test_a_full_page_reaches_to_its_oldest() -> None:
    found = led_figures(None, answered(*map(record, range(RECORDS))), "OWN", None)
    assert found.closed_from == NOW - timedelta(minutes=RECORDS - 1)
    assert found.orders is None


def test_records_that_cannot_all_be_read_tell_no_results() -> None:
    assert led_figures(Book(), answered(record(1), bad=True), "OWN", 4).closed is None
