"""Covers alertd/exchanges/toobit/led_orders.py."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from msgspec.structs import replace

from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit.led_orders import closed_of, open_position, order_of
from alertd.exchanges.toobit.models import ClosedLeadOrder, LeadOrder

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPEN = LeadOrder(
    instrument="BTC-SWAP-USDT", direction=Direction.LONG, name=None, margin_mode=MarginMode.CROSS,
    leverage=Decimal(20), opened_at=OPENED, quantity=Decimal("0.5"), entry_price=Decimal(100),
    last_price=None, mark_price=Decimal(99), profit_ratio=Decimal("-0.2"), follower_count=None,
    follower_margin_usdt=None,
)  # fmt: skip
CLOSED = ClosedLeadOrder(
    instrument="BTC-SWAP-USDT", direction=Direction.LONG, margin_mode=MarginMode.CROSS,
    leverage=Decimal(20), entry_price=Decimal(100), exit_price=Decimal(98), opened_at=OPENED,
    closed_at=datetime(2026, 3, 1, 13, tzinfo=UTC), most_quantity=Decimal(1), closed_quantity=Decimal("0.5"),
    gross_profit=Decimal(-1), net_profit=Decimal("-1.1"), open_fee=None, close_fee=None, is_fully_closed=True,
)  # fmt: skip


def test_an_order_and_its_record_have_one_name_and_the_next_order_another() -> None:
    assert order_of(OPEN).key == closed_of(CLOSED).key
    assert order_of(replace(OPEN, opened_at=OPENED.replace(minute=1))).key != order_of(OPEN).key
    assert order_of(replace(OPEN, direction=Direction.SHORT)).key != order_of(OPEN).key
    assert order_of(replace(OPEN, margin_mode=None, opened_at=None)).key == "BTC-SWAP-USDT/long/*/?"


def test_only_what_is_surely_whole_is_whole_and_the_result_is_net() -> None:
    wholes = [closed_of(replace(CLOSED, is_fully_closed=told)).is_whole for told in (True, False, None)]
    assert wholes == [True, False, False]
    assert closed_of(CLOSED).profit == Decimal("-1.1")


def test_it_is_shown_among_what_is_open() -> None:
    shown = open_position("leader", order_of(OPEN))
    assert (shown.account, shown.instrument, shown.direction) == ("leader", "BTC-SWAP-USDT", "long")
    assert shown.distance_to_liquidation is None
