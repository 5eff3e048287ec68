"""Covers alertd/leading/orders.py"""

from __future__ import annotations

from decimal import Decimal

import pytest

from alertd.domain.event import Direction
from alertd.leading.orders import Order, by_key, price_move

LONG, SHORT = Direction.LONG, Direction.SHORT


@pytest.mark.parametrize(
    ("direction", "entry", "now", "wanted"),
    [
        (LONG, "100", "110", "0.1"),
        (SHORT, "100", "110", "-0.1"),
        (SHORT, "100", "90", "0.1"),
        (None, "100", "90", None),
        (LONG, None, "90", None),
        (LONG, "100", None, None),
        (LONG, "0", "90", None),
    ],
)
def test_how_far_the_price_went(
    direction: Direction | None, entry: str | None, now: str | None, wanted: str | None
) -> None:
    figures = [None if text is None else Decimal(text) for text in (entry, now, wanted)]
    assert price_move(direction, figures[0], figures[1]) == figures[2]


def test_rows_of_one_key_are_one_order() -> None:
    rows = [
        Order(key="a", size=Decimal(1), profit_rate=Decimal("0.5"), leverage=Decimal(3)),
        Order(key="b"),
        Order(key="a", size=Decimal(2), profit_rate=Decimal("-0.5"), leverage=Decimal(9)),
        Order(key="b"),
    ]
    found = by_key(rows)
    assert list(found) == ["a", "b"]
    assert (found["a"].size, found["a"].profit_rate, found["a"].leverage) == (3, Decimal("-0.5"), 3)
    assert (found["b"].size, found["b"].profit_rate) == (None, None)
