"""The contracts and their prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from alertd.simulators.toobit.numbers import Number, decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """`maintenance`: the share of a position's value at which it is liquidated."""

    symbol: str
    multiplier: Decimal = Decimal("0.001")
    maintenance: Decimal = Decimal("0.005")
    most_leverage: int = 100
    tick: Decimal = Decimal("0.1")

    @property
    def base(self) -> str:
        return self.symbol.partition("-")[0]

    @property
    def quote(self) -> str:
        return self.symbol.rpartition("-")[2]


@dataclass
class Market:
    """Marks by contract; the last price is the mark, unless it is set apart."""

    contracts: dict[str, Contract] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)
    lasts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, contract: Contract, price: Number) -> None:
        self.contracts[contract.symbol] = contract
        self.set_price(contract.symbol, price)

    def contract(self, symbol: str) -> Contract:
        """Raises: ValueError."""
        if symbol not in self.contracts:
            raise ValueError(f"there is no contract {symbol!r}; there are {', '.join(self.contracts)}")
        return self.contracts[symbol]

    def set_price(self, symbol: str, price: Number, last: Number | None = None) -> None:
        """Raises: ValueError for what is no contract or no price."""
        self.contract(symbol)
        mark = decimal(price)
        if mark <= 0:
            raise ValueError("a price is above 0")
        self.marks[symbol] = mark
        self.lasts[symbol] = mark if last is None else decimal(last)


SMALL: Mapping[str, str] = {"BTC-SWAP-USDT": "90000", "ETH-SWAP-USDT": "3000", "SOL-SWAP-USDT": "150"}


def small_market() -> Market:
    market = Market()
    for symbol, price in SMALL.items():
        market.add(Contract(symbol), price)
    return market
