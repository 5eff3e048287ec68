"""The margin model: what backs a position, what it must keep, and at which price the two meet.

margin ratio = equity / (maintenance margin + liquidation fee); at 1 and below the exchange liquidates.

Every contract is a straight line in `x`: the price, or 1/price where the value is counted in the base
currency. So the price at which a ratio becomes 1 is solved exactly.

Source: the definitions of the API guide's `mgnRatio` (account and positions pages, read 2026-09); checked
against the guide's and recorded pushes (tests/simulators/okx/test_margin.py), whose ratios and liquidation
prices it reproduces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from alertd.simulators.okx.market import Contract, Instrument

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Position:
    """An open position. `size` is above 0, in contracts (coins for margin trading); `sign` 1 long, -1 short.

    `margin` is the isolated position's own, in `currency`; 0 for cross. `borrowed` is the liability of margin
    trading.
    """

    instrument: Instrument
    pos_id: str
    pos_side: str
    mgn_mode: str
    sign: int
    size: Decimal
    avg_px: Decimal
    lever: Decimal
    margin: Decimal
    created_ms: int
    updated_ms: int
    trade_id: str
    borrowed: Decimal = ZERO
    realised: Decimal = ZERO
    penalty: Decimal = ZERO

    @property
    def currency(self) -> str:
        return self.instrument.margin_currency(self.sign)

    @property
    def is_isolated(self) -> bool:
        return self.mgn_mode == "isolated"

    def part(self, share: Decimal) -> Position:
        """The same position cut down to `share` of it (0 to 1)."""
        cut = {name: getattr(self, name) * share for name in ("size", "margin", "borrowed")}
        return replace(self, **cut)


@dataclass(frozen=True, slots=True)
class Footing:
    """A position's unrealised profit and needs as lines in x, all in the margin currency.

    profit = `profit_at_zero` + `profit_slope` * x; maintenance margin and fee are proportional to x.
    """

    reciprocal: bool
    profit_at_zero: Decimal
    profit_slope: Decimal
    notional_slope: Decimal
    maintenance_slope: Decimal
    fee_slope: Decimal

    def x(self, price: Decimal) -> Decimal:
        return 1 / price if self.reciprocal else price

    def profit(self, price: Decimal) -> Decimal:
        return self.profit_at_zero + self.profit_slope * self.x(price)

    def notional(self, price: Decimal) -> Decimal:
        return self.notional_slope * self.x(price)

    def maintenance(self, price: Decimal) -> Decimal:
        return self.maintenance_slope * self.x(price)

    def fee(self, price: Decimal) -> Decimal:
        return self.fee_slope * self.x(price)


def footing(position: Position) -> Footing:
    if position.instrument.contract is Contract.LOAN:
        return _loan_footing(position)
    instrument, sign = position.instrument, position.sign
    worth = position.size * instrument.contract_value
    reciprocal = instrument.contract is Contract.INVERSE
    slope = -sign * worth if reciprocal else sign * worth
    opened_at = 1 / position.avg_px if reciprocal else position.avg_px
    return Footing(
        reciprocal=reciprocal,
        profit_at_zero=-slope * opened_at,
        profit_slope=slope,
        notional_slope=worth,
        maintenance_slope=worth * instrument.maintenance_rate(position.size),
        fee_slope=worth * instrument.taker_fee,
    )


def _loan_footing(position: Position) -> Footing:
    """A long holds coins against borrowed money, a short money against borrowed coins; the fee is on what is
    repaid.
    """
    rate = position.instrument.maintenance_rate(position.size)
    return Footing(
        reciprocal=position.sign > 0,
        profit_at_zero=bought(position),
        profit_slope=-position.borrowed,
        notional_slope=position.borrowed,
        maintenance_slope=position.borrowed * rate,
        fee_slope=position.borrowed * (1 + rate) * position.instrument.taker_fee,
    )


def bought(position: Position) -> Decimal:
    """Margin trading: what the borrowed money or coins brought, in the margin currency."""
    return position.size if position.sign > 0 else position.size * position.avg_px


def margin_ratio(equity: Decimal, maintenance: Decimal, fee: Decimal) -> Decimal:
    return equity / (maintenance + fee)


def liquidation_price(own: Footing, other_equity: Decimal, other_need: Decimal = ZERO) -> Decimal | None:
    """The price at which equity and need meet, everything but this position standing still.

    `other_equity` is the isolated margin, or the cross equity without this position's profit. None: no such
    price.
    """
    gap = other_equity + own.profit_at_zero - other_need
    slope = own.maintenance_slope + own.fee_slope - own.profit_slope
    if slope == 0 or (x := gap / slope) <= 0:
        return None
    return 1 / x if own.reciprocal else x
