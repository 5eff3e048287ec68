"""What of a book and of records stands in the daily digest. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from alertd.domain.copy_digest import LedOrder, LedResult
from alertd.leading.book import Book
from alertd.leading.orders import ClosedOrder

_FAR = Decimal("Infinity")


def led_orders(book: Book | None) -> tuple[LedOrder, ...] | None:
    """The open ones, the worst first; None where they are not known."""
    if book is None:
        return None
    orders = [
        LedOrder(
            instrument=one.instrument or "",
            direction=one.direction.value if one.direction else "",
            profit_rate=one.profit_rate,
        )
        for one in book.orders.values()
    ]
    return tuple(sorted(orders, key=lambda one: (_or_far(one.profit_rate), one.instrument, one.direction)))


def led_results(records: Iterable[ClosedOrder]) -> tuple[LedResult, ...]:
    """Of records of whole orders."""
    return tuple(
        LedResult(
            instrument=one.instrument or "",
            direction=one.direction.value if one.direction else "",
            closed_at=one.closed_at,
            profit=one.profit,
            is_won=None if one.profit is None else one.profit > 0,
        )
        for one in records
        if one.is_whole
    )


def _or_far(figure: Decimal | None) -> Decimal:
    return _FAR if figure is None or not figure.is_finite() else figure
