"""A leader's own positions, as `futures/positions` lists them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from alertd.domain.events import Direction, MarginMode, PositionScope
from alertd.exchanges.toobit.held import PolledBook, Position
from alertd.exchanges.toobit.models import FuturesPosition


class OwnBook(PolledBook[FuturesPosition]):
    """The account's own positions that are open now."""

    def __init__(self) -> None:
        super().__init__(PositionScope.OWN, own_of)


def own_of(rows: Iterable[FuturesPosition]) -> list[Position]:
    """Those that hold something: a closed one may stay in the list, with figures of before."""
    found: list[Position] = []
    alike: dict[str, int] = {}
    held = sorted((row for row in rows if row.size), key=lambda one: one.entry_price or Decimal(0))
    for row in held:
        mode = row.margin_mode or MarginMode.ISOLATED  # not told: so it has an alert of its own
        name = f"own/{row.instrument}/{row.direction}/{mode}"
        number = alike[name] = alike.get(name, 0) + 1
        found.append(
            Position(
                key=name if number == 1 else f"{name}#{number}",
                instrument=row.instrument,
                direction=row.direction,
                margin_mode=mode,
                mark_price=row.mark_price,
                liquidation_price=None if _is_hedged(row, held) else row.liquidation_price,
                entry_price=row.entry_price,
                size=row.size,
                leverage=row.leverage,
                margin=row.margin if mode is MarginMode.ISOLATED else None,
                unrealised_pnl=row.unrealised_pnl,
                notional=row.notional,
            )
        )
    return found


def equity_of(balance: Decimal | None, rows: Iterable[FuturesPosition]) -> Decimal | None:
    """The money of the account with what its open positions have won; None: not all of it was told.

    UNVERIFIED: that `balance` is without the profit of open positions, as the names of its fields say.
    """
    profits = [row.unrealised_pnl for row in rows if row.size]
    if balance is None or any(profit is None for profit in profits):
        return None
    return balance + sum((profit for profit in profits if profit is not None), Decimal(0))


def _is_hedged(row: FuturesPosition, held: Iterable[FuturesPosition]) -> bool:
    """A cross leg that the other leg of the instrument outweighs: its price of liquidation is the other's,
    on the side where this one gains.
    """
    if row.margin_mode is not MarginMode.CROSS or _loses_toward_liquidation(row):
        return False
    return any(
        _loses_toward_liquidation(other)
        for other in held
        if (other.instrument, other.margin_mode) == (row.instrument, row.margin_mode)
        and other.direction is not row.direction
    )


def _loses_toward_liquidation(row: FuturesPosition) -> bool:
    """False also where a price is not told."""
    mark, edge = row.mark_price, row.liquidation_price
    if mark is None or edge is None:
        return False
    return edge < mark if row.direction is Direction.LONG else edge > mark
