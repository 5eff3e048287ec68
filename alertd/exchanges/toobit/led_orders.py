"""A leader's orders and closed orders, as `leading` compares them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from alertd.domain.events import Direction, MarginMode
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.models import ClosedLeadOrder, LeadOrder
from alertd.leading.orders import ClosedOrder, Order


class Named(NamedTuple):
    """Orders that can be compared. `is_complete` False: a row that lacks its name may be a known one."""

    orders: list[Order]
    is_complete: bool


def orders_of(rows: Iterable[LeadOrder], known: Collection[Order]) -> Named:
    """What is led now. A row without mode or time of opening beside a known order of its place says nothing:
    it would be told as opened, and the known one as closed.
    """
    keys = {order.key for order in known}
    places = {(order.instrument, order.direction) for order in known}
    orders, is_complete = [], True
    for row in rows:
        order = order_of(row)
        is_unnamed = row.opened_at is None or row.margin_mode is None
        if is_unnamed and order.key not in keys and (row.instrument, row.direction) in places:
            is_complete = False
        else:
            orders.append(order)
    return Named(orders, is_complete)


def order_of(row: LeadOrder) -> Order:
    """One that is led now."""
    return Order(
        key=_key(row.instrument, row.direction, row.margin_mode, row.opened_at),
        instrument=row.instrument,
        direction=row.direction,
        margin_mode=row.margin_mode,
        opened_at=row.opened_at,
        size=row.quantity,
        leverage=row.leverage,
        entry_price=row.entry_price,
        mark_price=row.mark_price,
        profit_rate=row.profit_ratio,
    )


def closed_of(row: ClosedLeadOrder) -> ClosedOrder:
    """One that was closed, in part or whole; a part where that is not told: the list of orders decides."""
    return ClosedOrder(
        key=_key(row.instrument, row.direction, row.margin_mode, row.opened_at),
        is_whole=row.is_fully_closed is True,
        instrument=row.instrument,
        direction=row.direction,
        margin_mode=row.margin_mode,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        size=row.closed_quantity,
        leverage=row.leverage,
        entry_price=row.entry_price,
        close_price=row.exit_price,
        profit=row.net_profit,
    )


def open_position(account: str, order: Order) -> OpenPosition:
    """As it is shown among what is open; how near it is to liquidation is not told."""
    return OpenPosition(
        account=account,
        instrument=order.instrument or "",
        direction=order.direction.value if order.direction else "",
        margin_mode=order.margin_mode.value if order.margin_mode else "",
    )


def _key(instrument: str, direction: Direction, mode: MarginMode | None, at: datetime | None) -> str:
    """There is no id: what tells it from the next of the same instrument is when it was opened."""
    opened = int(at.timestamp() * 1000) if at else "?"
    return f"{instrument}/{direction}/{mode or '*'}/{opened}"
