"""Covers alertd/leading/standing.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.domain.event import Direction
from alertd.domain.leader_events import DURATIONS
from alertd.leading.book import Book
from alertd.leading.orders import Look, Order
from alertd.leading.standing import standing

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)
LOOK = Look(exchange="okx", account="main", trader="T1", at=AT, trader_name="anna")


def order(key: str, hours: float | None, rate: str | None = None) -> Order:
    return Order(
        key=key,
        instrument=f"{key}-USDT-SWAP",
        direction=Direction.SHORT,
        opened_at=None if hours is None else AT - timedelta(hours=hours),
        profit_rate=None if rate is None else Decimal(rate),
    )


def book(*orders: Order, **given: object) -> Book:
    return Book(orders={one.key: one for one in orders}, **given)


def test_the_order_held_longest_stands_for_all() -> None:
    usual = (Decimal(3600),) * 5
    told = standing(book(order("a", 1, "-0.2"), order("b", 6, "0.1"), order("c", None), holds_s=usual), LOOK)
    assert (told.instrument, told.direction, told.orders_open) == ("b-USDT-SWAP", Direction.SHORT, 3)
    assert (told.held_for_s, told.median_held_for_s, told.hold_ratio) == (21600, 3600, 6)
    assert (told.worst_profit_rate, told.silent_for_s) == (Decimal("-0.2"), 0)
    assert (told.trader, told.trader_name, told.subject) == ("T1", "anna", "trader/T1")


def test_what_is_usual_needs_enough_of_it() -> None:
    told = standing(book(order("a", 1), holds_s=(Decimal(60),) * 4), LOOK)
    assert (told.held_for_s, told.hold_ratio) == (3600, None)


def test_with_nothing_open_it_is_silent_since_it_last_did_something() -> None:
    told = standing(book(moved_at=AT - timedelta(days=3)), LOOK)
    assert (told.orders_open, told.silent_for_s, told.instrument) == (0, 3 * 86400, None)
    assert (told.held_for_s, told.worst_profit_rate) == (None, None)


@pytest.mark.parametrize("stands", [book(), book(order("a", 1)), book(moved_at=AT - timedelta(days=3))])
def test_lengths_of_time_are_decimals_as_they_are_from_the_store(stands: Book) -> None:
    told = standing(stands, LOOK)
    for name in DURATIONS:
        assert isinstance(getattr(told, name), Decimal | None), name


def test_further_figures_of_the_same_look_stand_in_the_same_event() -> None:
    assert standing(book(), LOOK, followers=7).followers == 7
