"""The futures pages' rows, exactly as Toobit names them, and what they are decoded to. Pure.

Bare JSON, without the envelope of copy trading.
Source: Toobit API, "USDT-M: account and trading" (Balance, Positions).
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

from typing import TypeVar

import msgspec

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit import decode, fields
from alertd.exchanges.toobit.decode import Data
from alertd.exchanges.toobit.fields import number, price
from alertd.exchanges.toobit.models import FuturesBalance, FuturesPosition, Rows
from alertd.exchanges.toobit.wire import Scalar

Item = TypeVar("Item")

_SIDES = {"LONG": Direction.LONG, "SHORT": Direction.SHORT}
# One page of the documentation says CROSSED.
_MODES = {"CROSS": MarginMode.CROSS, "CROSSED": MarginMode.CROSS, "ISOLATED": MarginMode.ISOLATED}


class PositionRow(msgspec.Struct):
    """`futures/positions`. Not used: `marginRate`, no margin ratio; `minMargin`, "0" on open positions."""

    symbol: Scalar = None
    side: Scalar = None
    avgPrice: Scalar = None
    position: Scalar = None
    leverage: Scalar = None
    lastPrice: Scalar = None
    markPrice: Scalar = None
    positionValue: Scalar = None
    flp: Scalar = None
    margin: Scalar = None
    unrealizedPnL: Scalar = None
    marginType: Scalar = None


class BalanceRow(msgspec.Struct):
    """`futures/balance`. Older answers name the currency `asset`."""

    coin: Scalar = None
    asset: Scalar = None
    balance: Scalar = None
    availableBalance: Scalar = None
    positionMargin: Scalar = None
    crossUnRealizedPnl: Scalar = None


def positions(data: Data) -> Rows[FuturesPosition]:
    """`futures/positions`."""
    return decode.rows(_present(data), PositionRow, _position)


def balances(data: Data) -> Rows[FuturesBalance]:
    """`futures/balance`."""
    return decode.rows(_present(data), BalanceRow, _balance)


def _position(row: PositionRow) -> FuturesPosition:
    size = number(row.position, "position")
    if size is None:
        raise DecodeError("position is missing")  # whether it is open is not told then
    return FuturesPosition(
        instrument=_instrument(row.symbol),
        direction=_named(row.side, _SIDES, "side"),
        size=abs(size),
        margin_mode=None if row.marginType in (None, "") else _named(row.marginType, _MODES, "marginType"),
        leverage=number(row.leverage, "leverage"),
        entry_price=price(row.avgPrice, "avgPrice"),
        mark_price=price(row.markPrice, "markPrice"),
        last_price=price(row.lastPrice, "lastPrice"),
        liquidation_price=price(row.flp, "flp"),
        notional=number(row.positionValue, "positionValue"),
        margin=number(row.margin, "margin"),
        unrealised_pnl=number(row.unrealizedPnL, "unrealizedPnL"),
    )


def _balance(row: BalanceRow) -> FuturesBalance:
    is_older = row.coin in (None, "") and row.asset not in (None, "")
    return FuturesBalance(
        currency=fields.name(row.asset, "asset") if is_older else fields.name(row.coin, "coin"),
        total=number(row.balance, "balance"),
        available=number(row.availableBalance, "availableBalance"),
        position_margin=number(row.positionMargin, "positionMargin"),
        unrealised_cross=number(row.crossUnRealizedPnl, "crossUnRealizedPnl"),
    )


def _instrument(value: Scalar) -> str:
    """No contract has a slash in its name, and one would make its subject read as that of a copy."""
    found = fields.name(value, "symbol")
    if "/" in found:
        raise DecodeError(f"symbol is no contract: {fields.shown(found)}")
    return found


def _named(value: Scalar, choices: dict[str, Item], field: str) -> Item:
    found = fields.name(value, field)
    if found not in choices:
        raise DecodeError(f"{field} is not known: {fields.shown(value)}")
    return choices[found]


def _present(data: Data) -> Data:
    """Bare null is null as well."""
    return None if data is not None and bytes(data).strip() == b"null" else data
