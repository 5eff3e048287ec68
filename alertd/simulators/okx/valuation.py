"""An account at the mark prices of a moment: every figure the pushes and answers show. Pure.

In Futures mode (2) each currency backs its own cross positions; in modes 3 and 4 one pool in USD backs them
all. In the pool the other coins' worth is held still while a liquidation price is solved, so an inverse
contract's is approximate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from alertd.simulators.okx.margin import ZERO, Footing, Position, footing, liquidation_price, margin_ratio
from alertd.simulators.okx.market import Market

FUTURES_MODE = "2"


@dataclass(frozen=True, slots=True)
class PositionFigures:
    """In the margin currency, `notional_usd` apart. `ratio` 1 = 100 %."""

    mark: Decimal
    profit: Decimal
    profit_ratio: Decimal
    initial: Decimal
    maintenance: Decimal
    fee: Decimal
    notional_usd: Decimal
    ratio: Decimal
    liq_px: Decimal | None


@dataclass(frozen=True, slots=True)
class Pool:
    """What backs cross positions together: one currency, or in modes 3 and 4 everything in USD. `ratio` None:
    no cross.
    """

    equity: Decimal
    initial: Decimal
    maintenance: Decimal
    need: Decimal
    ratio: Decimal | None


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    cash: Decimal
    cross_profit: Decimal
    isolated_equity: Decimal
    isolated_profit: Decimal
    usd: Decimal
    cross: Pool

    @property
    def equity(self) -> Decimal:
        return self.cash + self.cross_profit + self.isolated_equity


@dataclass(frozen=True, slots=True)
class Valuation:
    """`whole` is the pool of modes 3 and 4 (and of mode 1, which has no positions); None in Futures mode."""

    positions: Mapping[str, PositionFigures]
    currencies: Mapping[str, CurrencyFigures]
    whole: Pool | None

    @property
    def total_usd(self) -> Decimal:
        return sum((one.equity * one.usd for one in self.currencies.values()), ZERO)

    @property
    def isolated_usd(self) -> Decimal:
        return sum((one.isolated_equity * one.usd for one in self.currencies.values()), ZERO)


@dataclass(frozen=True, slots=True)
class _Held:
    position: Position
    footing: Footing
    mark: Decimal

    @property
    def profit(self) -> Decimal:
        return self.footing.profit(self.mark)

    @property
    def initial(self) -> Decimal:
        return self.footing.notional(self.mark) / self.position.lever

    @property
    def maintenance(self) -> Decimal:
        return self.footing.maintenance(self.mark)

    @property
    def need(self) -> Decimal:
        return self.maintenance + self.footing.fee(self.mark)


def value(
    acct_lv: str, cash: Mapping[str, Decimal], positions: Iterable[Position], market: Market
) -> Valuation:
    held = [_Held(one, footing(one), market.mark(one.instrument.inst_id)) for one in positions]
    names = list(dict.fromkeys([*cash, *(one.position.currency for one in held)]))
    currencies = {name: _currency(name, cash.get(name, ZERO), held, market) for name in names}
    whole = None if acct_lv == FUTURES_MODE else _whole(currencies, held)
    pools = {name: (whole, one.usd) if whole else (one.cross, Decimal(1)) for name, one in currencies.items()}
    figures = {one.position.pos_id: _figures(one, *pools[one.position.currency], market) for one in held}
    return Valuation(figures, currencies, whole)


def _currency(name: str, cash: Decimal, held: Iterable[_Held], market: Market) -> CurrencyFigures:
    own = [one for one in held if one.position.currency == name]
    cross = [one for one in own if not one.position.is_isolated]
    isolated = [one for one in own if one.position.is_isolated]
    cross_profit = sum((one.profit for one in cross), ZERO)
    isolated_profit = sum((one.profit for one in isolated), ZERO)
    return CurrencyFigures(
        cash=cash,
        cross_profit=cross_profit,
        isolated_equity=sum((one.position.margin for one in isolated), ZERO) + isolated_profit,
        isolated_profit=isolated_profit,
        usd=market.coin_usd(name),
        cross=_pool(cash + cross_profit, ((one, Decimal(1)) for one in cross)),
    )


def _whole(currencies: Mapping[str, CurrencyFigures], held: Iterable[_Held]) -> Pool:
    equity = sum(((one.cash + one.cross_profit) * one.usd for one in currencies.values()), ZERO)
    cross = ((one, currencies[one.position.currency].usd) for one in held if not one.position.is_isolated)
    return _pool(equity, cross)


def _pool(equity: Decimal, weighted: Iterable[tuple[_Held, Decimal]]) -> Pool:
    rows = list(weighted)
    need = sum((one.need * weight for one, weight in rows), ZERO)
    maintenance = sum((one.maintenance * weight for one, weight in rows), ZERO)
    return Pool(
        equity=equity,
        initial=sum((one.initial * weight for one, weight in rows), ZERO),
        maintenance=maintenance,
        need=need,
        ratio=margin_ratio(equity, maintenance, need - maintenance) if rows else None,
    )


def _figures(one: _Held, pool: Pool, weight: Decimal, market: Market) -> PositionFigures:
    position, own = one.position, one.footing
    fee = own.fee(one.mark)
    if position.is_isolated:
        ratio = margin_ratio(position.margin + one.profit, one.maintenance, fee)
        liq_px = liquidation_price(own, position.margin)
    else:
        ratio = pool.ratio if pool.ratio is not None else ZERO
        others = (pool.equity / weight - one.profit, pool.need / weight - one.need)
        liq_px = liquidation_price(own, *others)
    backing = position.margin or own.notional(position.avg_px) / position.lever
    return PositionFigures(
        mark=one.mark,
        profit=one.profit,
        profit_ratio=one.profit / backing,
        initial=one.initial,
        maintenance=one.maintenance,
        fee=fee,
        notional_usd=own.notional(one.mark) * market.coin_usd(position.currency),
        ratio=ratio,
        liq_px=liq_px,
    )
