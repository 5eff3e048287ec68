"""A lead trader's orders as values. An order here is what copying follows: a position, or a part of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from alertd.domain.event import Direction, MarginMode, Source


class Order(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One that is open. What the exchange left empty is None: not known, never 0.

    `key` names it and no other, also not the next one of the same instrument: the exchange's id, or where
    it has none instrument, direction, margin mode and time of opening.
    """

    key: str
    instrument: str | None = None
    direction: Direction | None = None
    margin_mode: MarginMode | None = None
    opened_at: datetime | None = None
    size: Decimal | None = None  # absolute, in the exchange's unit
    leverage: Decimal | None = None
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    profit_rate: Decimal | None = None  # part of the margin


class ClosedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A record of one that was closed. `is_whole` False: a part of it, which reappears with other figures."""

    key: str
    is_whole: bool = True
    instrument: str | None = None
    direction: Direction | None = None
    margin_mode: MarginMode | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    size: Decimal | None = None  # what was closed
    leverage: Decimal | None = None
    entry_price: Decimal | None = None
    close_price: Decimal | None = None
    profit: Decimal | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Whose orders were read, for which account, and when by our clock."""

    exchange: str
    account: str
    trader: str
    at: datetime
    source: Source = Source.POLL
    uid: str | None = None
    trader_name: str | None = None
    currency: str | None = None
    is_own: bool = False  # the trader is the account itself


def by_key(orders: Iterable[Order]) -> dict[str, Order]:
    """Rows of one key are one order: sizes are added up, the worst profit rate is its own."""
    found: dict[str, Order] = {}
    for order in orders:
        first = found.get(order.key)
        found[order.key] = order if first is None else _together(first, order)
    return found


def price_move(direction: Direction | None, entry: Decimal | None, now: Decimal | None) -> Decimal | None:
    """How far the price went in the order's favour, part of the entry. None where it cannot be said."""
    if direction is None or entry is None or now is None or entry <= 0:
        return None
    move = (now - entry) / entry
    return move if direction is Direction.LONG else -move


def _together(one: Order, other: Order) -> Order:
    sizes = [order.size for order in (one, other) if order.size is not None]
    rates = [order.profit_rate for order in (one, other) if order.profit_rate is not None]
    return replace(one, size=sum(sizes, Decimal(0)) if sizes else None, profit_rate=min(rates, default=None))
