"""alertd/exchanges/okx/copying.py, and what the book of positions knows it does not see"""

from __future__ import annotations

import pytest

from alertd.domain.coverage import BlindSpot, Unseen
from alertd.exchanges.okx import push_rows, wire
from alertd.exchanges.okx.copying import CopyEquity

SMART, SPOT = Unseen.SMART_SYNC, Unseen.SPOT_COPY


def push(
    *details: push_rows.DetailRow, event: str = "snapshot", page: int = 1
) -> wire.Push[push_rows.AccountRow]:
    rows = [push_rows.AccountRow(details=list(details))]
    return wire.Push(arg=wire.Arg(channel="account"), data=rows, eventType=event, curPage=page, lastPage=True)


def usdt(**equity: str) -> push_rows.DetailRow:
    return push_rows.DetailRow(ccy="USDT", **equity)


@pytest.mark.parametrize(
    ("equity", "unseen"),
    [
        ({}, []),
        ({"smtSyncEq": "", "spotCopyTradingEq": "0", "spotIsoBal": "0"}, []),
        ({"smtSyncEq": "0.00"}, []),
        ({"smtSyncEq": "12.5"}, [SMART]),
        ({"spotCopyTradingEq": "3"}, [SPOT]),
        ({"spotIsoBal": "3"}, [SPOT]),
        ({"smtSyncEq": "1", "spotCopyTradingEq": "2", "spotIsoBal": "3"}, [SMART, SPOT]),
        ({"smtSyncEq": "a lot"}, [SMART]),
    ],
)
def test_equity_in_copying_is_not_seen(equity: dict[str, str], unseen: list[Unseen]) -> None:
    copied = CopyEquity()
    copied.read(push(usdt(**equity)))
    assert list(copied.unseen()) == [BlindSpot(what, "USDT") for what in unseen]


def test_it_is_over_when_an_update_says_so_or_a_snapshot_names_it_no_more() -> None:
    copied = CopyEquity()
    copied.read(push(usdt(smtSyncEq="5"), push_rows.DetailRow(ccy="BTC", spotIsoBal="1")))
    copied.read(push(push_rows.DetailRow(ccy="ETH"), page=2))
    assert [spot.where for spot in copied.unseen()] == ["BTC", "USDT"]
    copied.read(push(usdt(smtSyncEq="0"), event="event_update"))
    assert [spot.where for spot in copied.unseen()] == ["BTC"]
    copied.read(push(push_rows.DetailRow(ccy="ETH")))
    assert list(copied.unseen()) == []
