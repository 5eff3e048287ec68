"""The copied positions of one account, as `follower/orders/current` lists them. Pure.

The copies of one leader stand on a pool of money of their own: their margin is another leader's in nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from alertd.domain.events import MarginMode, PositionScope
from alertd.exchanges.toobit.held import PolledBook, Position
from alertd.exchanges.toobit.models import FollowOrder


class CopyBook(PolledBook[FollowOrder]):
    """The copies that are open now."""

    def __init__(self) -> None:
        super().__init__(PositionScope.COPIED, copies_of)


def copies_of(orders: Iterable[FollowOrder]) -> list[Position]:
    """The orders, each with a key. Two that are alike in everything but figures are told apart by entry."""
    found: list[Position] = []
    alike: dict[str, int] = {}
    for order in sorted(orders, key=lambda one: one.entry_price or Decimal(0)):
        # Where the mode is missing it is taken as one of its own: so it has an alert of its own.
        mode = order.margin_mode or MarginMode.ISOLATED
        name = f"{order.leader_id}/{order.instrument}/{order.direction}/{mode}"
        number = alike[name] = alike.get(name, 0) + 1
        size = order.quantity or Decimal(0)
        found.append(
            Position(
                key=name if number == 1 else f"{name}#{number}",
                instrument=order.instrument,
                direction=order.direction,
                margin_mode=mode,
                mark_price=order.mark_price,
                liquidation_price=order.liquidation_price,
                entry_price=order.entry_price,
                size=size,
                leverage=order.leverage,
                margin=order.margin if mode is MarginMode.ISOLATED else None,
                unrealised_pnl=order.profit,
                notional=None if order.mark_price is None else order.mark_price * size,
                trader=order.leader_id,
                trader_name=order.leader_name,
            )
        )
    return found
