"""Covers alertd/exchanges/toobit/led_orders.py."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from msgspec.structs import replace

from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.led_orders import closed_of, open_position, order_of, orders_of
from alertd.exchanges.toobit.models import ClosedLeadOrder, LeadOrder
from alertd.leading.comparing import compare
from alertd.leading.orders import Look
from tests.exchanges.toobit.documented import CLOSED_LEAD_ORDER, LEAD_ORDER, PLACED, raw, with_holes

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


def test_a_row_that_lacks_its_name_says_nothing_of_an_order_that_is_known() -> None:
    known = [order_of(OPEN)]
    for more in ({"opened_at": None}, {"margin_mode": None}):
        bare = replace(OPEN, **more)
        assert orders_of([bare], known) == ([], False)
        assert orders_of([bare], []) == ([order_of(bare)], True)
        assert orders_of([bare], [order_of(bare)]) == ([order_of(bare)], True)
        other = replace(bare, instrument="ETH-SWAP-USDT")
        assert orders_of([other, OPEN], known) == ([order_of(other), order_of(OPEN)], True)


LOOK = Look(exchange="toobit", account="leader", trader="leader", at=OPENED)


@given(with_holes(LEAD_ORDER, PLACED), with_holes(CLOSED_LEAD_ORDER, PLACED | {"status"}))
def test_holes_in_a_list_tell_nothing_that_did_not_happen(
    row: dict[str, object], record: dict[str, object]
) -> None:
    """An order whose fields come and go is neither opened nor closed nor changed."""
    whole = decode.lead_orders(raw([LEAD_ORDER])).items
    book = compare(None, map(order_of, whole), (), LOOK).book
    assert book is not None
    closed = decode.lead_history(raw({"list": [{**record, "status": 1}]}), 1).items
    for rows in (decode.lead_orders(raw([row])).items, whole, whole):
        orders, is_complete = orders_of(rows, book.orders.values())
        compared = compare(book, orders, map(closed_of, closed), LOOK, is_complete=is_complete)
        assert compared.events == []
        assert compared.book is not None
        book = compared.book
