"""Covers alertd/leading/digest.py"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from alertd.domain.copy_digest import LedOrder, LedResult
from alertd.domain.event import Direction
from alertd.leading.book import Book
from alertd.leading.digest import led_orders, led_results
from alertd.leading.orders import ClosedOrder, Order

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)


def order(key: str, rate: str | None) -> Order:
    profit_rate = None if rate is None else Decimal(rate)
    return Order(key=key, instrument=key, direction=Direction.SHORT, profit_rate=profit_rate)


def test_orders_stand_with_the_worst_first_and_those_without_a_rate_last() -> None:
    orders = [order("A", None), order("B", "0.2"), order("C", "-0.4"), order("D", "NaN")]
    book = Book(orders={one.key: one for one in orders})
    assert led_orders(None) is None
    assert led_orders(Book()) == ()
    assert [one.instrument for one in led_orders(book) or ()] == ["C", "B", "A", "D"]
    assert (led_orders(book) or ())[0] == LedOrder(
        instrument="C", direction="short", profit_rate=Decimal("-0.4")
    )


def test_results_are_of_whole_orders() -> None:
    records = [
        ClosedOrder(key="1", instrument="A", closed_at=AT, profit=Decimal(-2)),
        ClosedOrder(key="2", is_whole=False, instrument="A", profit=Decimal(9)),
        ClosedOrder(key="3", direction=Direction.LONG),
    ]
    assert led_results(records) == (
        LedResult(instrument="A", closed_at=AT, profit=Decimal(-2), is_won=False),
        LedResult(direction="long"),
    )
