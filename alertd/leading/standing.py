"""How a lead trader stands at one look, from its book. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from alertd.domain.leader_events import LeaderState
from alertd.leading.book import Book, held_s
from alertd.leading.orders import Look


def standing(book: Book, look: Look, **more: Any) -> LeaderState:
    """The event for the rules; `more` are further figures of the same look.

    With an order open nothing is silent: 0.
    """
    held = [(order, held_s(order, look.at)) for order in book.orders.values()]
    known = [(order, span) for order, span in held if span is not None]
    order, longest = max(known, key=lambda pair: (pair[1], pair[0].key), default=(None, None))
    usual = book.median_hold_s
    rates = [one.profit_rate for one in book.orders.values() if one.profit_rate is not None]
    silent_s = Decimal(0)
    if not book.orders and book.moved_at is not None:
        silent_s = Decimal(max(0, round((look.at - book.moved_at).total_seconds())))
    fields: dict[str, Any] = {
        "instrument": order.instrument if order is not None else None,
        "direction": order.direction if order is not None else None,
        "orders_open": len(book.orders),
        "worst_profit_rate": min(rates, default=None),
        "median_leverage": book.median_leverage,
        "held_for_s": longest,
        "median_held_for_s": usual,
        "hold_ratio": longest / usual if longest is not None and usual else None,
        "silent_for_s": silent_s,
        **more,
    }
    return state_of(look, **fields)


def state_of(look: Look, **fields: Any) -> LeaderState:
    """How the trader of the look stands, by these figures alone."""
    return LeaderState(
        event_id=f"{look.exchange}:{look.account}:leader/{look.trader}:state:{look.at.timestamp():.3f}",
        exchange=look.exchange,
        account=look.account,
        received_at=look.at,
        source=look.source,
        uid=look.uid,
        margin_currency=look.currency,
        trader=look.trader,
        trader_name=look.trader_name,
        is_own=look.is_own,
        **fields,
    )
