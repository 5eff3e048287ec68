"""Covers alertd/exchanges/toobit/closings.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit.closings import liquidated
from alertd.exchanges.toobit.copies import CopyBook
from alertd.exchanges.toobit.models import ClosedFollowOrder, Rows
from tests.exchanges.toobit.test_copies import AT, order, polled


def closed(**more: Any) -> ClosedFollowOrder:
    fields: dict[str, Any] = {
        "leader_name": "whale",
        "instrument": "BTC-SWAP-USDT",
        "direction": Direction.LONG,
        "margin_mode": MarginMode.ISOLATED,
        "leverage": Decimal(10),
        "entry_price": Decimal(100),
        "exit_price": Decimal(89),
        "opened_at": AT - timedelta(hours=1),
        "closed_at": AT + timedelta(seconds=3),
        "most_quantity": Decimal(2),
        "closed_quantity": Decimal(2),
        "profit": Decimal(-22),
        "is_fully_closed": True,
    }
    return ClosedFollowOrder(**(fields | more))


def found(record: ClosedFollowOrder, **of_order: Any) -> int:
    book = CopyBook()
    book.take(Rows([order(**of_order)]), polled(after_gap=True))
    book.take(Rows([]), polled(5))
    return len(liquidated(book.ending(Rows([])), [record], polled(10)))


def test_a_close_at_or_beyond_the_liquidation_price_is_a_liquidation() -> None:
    assert found(closed()) == found(closed(exit_price=Decimal(90))) == 1
    short = {"direction": Direction.SHORT, "liquidation_price": Decimal(110)}
    record = closed(direction=Direction.SHORT, exit_price=Decimal(111))
    assert found(record, **short) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"exit_price": Decimal("90.1")},
        {"exit_price": None},
        {"closed_at": AT - timedelta(seconds=61)},  # an earlier one
        {"closed_at": None},
        {"leader_name": "dolphin"},
        {"instrument": "ETH-SWAP-USDT"},
        {"margin_mode": MarginMode.CROSS},
        {"is_fully_closed": False},
    ],
)
def test_what_is_not_surely_one_is_none(more: dict[str, Any]) -> None:
    assert found(closed(**more)) == 0


def test_without_a_liquidation_price_nothing_is_claimed() -> None:
    assert found(closed(), liquidation_price=None) == 0


def test_the_newest_record_counts_and_the_event_names_the_position_as_its_margin_did() -> None:
    book = CopyBook()
    [state, _] = book.take(Rows([order()]), polled(after_gap=True))
    book.take(Rows([]), polled(5))
    older = closed(closed_at=AT - timedelta(seconds=30), exit_price=Decimal(99))
    [event] = liquidated(book.ending(Rows([])), [older, closed()], polled(10))
    assert event.subject == state.subject
    assert event.observed_at == AT + timedelta(seconds=3)
