"""A small market: instruments and mark prices, moved by hand, along a script or by a seeded random walk.

Pure: time is `elapsed_s`, seconds of market time since the start, and is given.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Protocol

from alertd.simulators.okx.numbers import Number, decimal


class Contract(Enum):
    """How value depends on the price."""

    LINEAR = "linear"  # contract value in the base currency, settled in the quote currency
    INVERSE = "inverse"  # contract value in USD, settled in the base currency
    LOAN = "loan"  # margin trading: coins bought or sold with borrowed money


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to `max_size` (contracts; coins for margin trading) this maintenance margin rate applies."""

    max_size: Decimal
    maintenance_rate: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    inst_id: str
    inst_type: str
    contract: Contract
    contract_value: Decimal
    tiers: tuple[Tier, ...]
    taker_fee: Decimal = Decimal("0.0005")

    @property
    def base(self) -> str:
        return self.inst_id.split("-")[0]

    @property
    def quote(self) -> str:
        return self.inst_id.split("-")[1]

    @property
    def inst_family(self) -> str:
        """ "" for margin trading, which has no family."""
        return "" if self.contract is Contract.LOAN else f"{self.base}-{self.quote}"

    def margin_currency(self, sign: int) -> str:
        """`sign` 1 long, -1 short."""
        if self.contract is Contract.LOAN:
            return self.base if sign > 0 else self.quote
        return self.quote if self.contract is Contract.LINEAR else self.base

    def maintenance_rate(self, size: Decimal) -> Decimal:
        fitting = (tier.maintenance_rate for tier in self.tiers if size <= tier.max_size)
        return next(fitting, self.tiers[-1].maintenance_rate)


class Motion(Protocol):
    """A price as a function of market time; asked with times that never go back."""

    def at(self, elapsed_s: float) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Script:
    """Straight lines between (elapsed_s, price) points; level before the first and after the last."""

    points: Sequence[tuple[float, Decimal]]

    def at(self, elapsed_s: float) -> Decimal:
        if elapsed_s <= self.points[0][0]:
            return self.points[0][1]
        for (began_s, before), (ends_s, after) in itertools.pairwise(self.points):
            if elapsed_s < ends_s:
                share = Decimal(str((elapsed_s - began_s) / (ends_s - began_s)))
                return before + (after - before) * share
        return self.points[-1][1]


@dataclass(slots=True)
class Walk:
    """A random walk, the same for the same seed. `step` is the typical relative move per market second."""

    price: Decimal
    seed: int
    step: float = 0.0002
    _elapsed_s: float = 0.0
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def at(self, elapsed_s: float) -> Decimal:
        while self._elapsed_s + 1 <= elapsed_s:
            self._elapsed_s += 1
            self.price *= Decimal(str(round(1 + self._dice.gauss(0, self.step), 9)))
        return self.price


class Market:
    """Mark prices of the instruments; a price in motion keeps moving until it is set by hand."""

    def __init__(self, instruments: Iterable[Instrument], marks: Mapping[str, Decimal]) -> None:
        self.instruments = {instrument.inst_id: instrument for instrument in instruments}
        self._marks = dict(marks)
        self._motions: dict[str, Motion] = {}
        self._elapsed_s = 0.0

    def instrument(self, inst_id: str) -> Instrument:
        """Raises: ValueError for an unknown one."""
        if inst_id not in self.instruments:
            raise ValueError(f"unknown instrument {inst_id!r}; known: {', '.join(self.instruments)}")
        return self.instruments[inst_id]

    def mark(self, inst_id: str) -> Decimal:
        return self._marks[self.instrument(inst_id).inst_id]

    def marks(self) -> Mapping[str, Decimal]:
        return dict(self._marks)

    def coin_usd(self, currency: str) -> Decimal:
        """A coin is worth its USDT swap's mark; what has none counts as one dollar."""
        return self._marks.get(f"{currency}-USDT-SWAP", Decimal(1))

    def set_price(self, inst_id: str, price: Number) -> None:
        """Raises: ValueError."""
        if (number := decimal(price)) <= 0:
            raise ValueError(f"a price is above 0, not {price}")
        self._marks[self.instrument(inst_id).inst_id] = number
        self._motions.pop(inst_id, None)

    def glide(self, inst_id: str, price: Number, over_s: float) -> None:
        """A straight line from the mark now to `price`, `over_s` seconds of market time long."""
        if (number := decimal(price)) <= 0:
            raise ValueError(f"a price is above 0, not {price}")
        began = (self._elapsed_s, self.mark(inst_id))
        self._motions[inst_id] = Script((began, (self._elapsed_s + over_s, number)))

    def move(self, inst_id: str, motion: Motion) -> None:
        self._motions[self.instrument(inst_id).inst_id] = motion

    def advance(self, elapsed_s: float) -> bool:
        """To this market time. True if a price moved."""
        self._elapsed_s = elapsed_s
        moved = {inst_id: motion.at(elapsed_s) for inst_id, motion in self._motions.items()}
        changed = any(self._marks[inst_id] != price for inst_id, price in moved.items())
        self._marks.update(moved)
        return changed


def _tiers(*steps: tuple[str, str]) -> tuple[Tier, ...]:
    return tuple(Tier(Decimal(size), Decimal(rate)) for size, rate in steps)


_BITCOIN = _tiers(("1000", "0.004"), ("5000", "0.005"), ("20000", "0.01"), ("1000000", "0.05"))
_OTHERS = _tiers(("1000", "0.004"), ("10000", "0.01"), ("1000000", "0.05"))
_FUTURES = _tiers(("5000", "0.008"), ("1000000", "0.05"))
_LOANS = _tiers(("5", "0.02"), ("1000000", "0.05"))


def small_market() -> Market:
    """Swaps, an inverse swap, a dated future and margin trading, at round prices."""
    offer = [
        (Instrument("BTC-USDT-SWAP", "SWAP", Contract.LINEAR, Decimal("0.01"), _BITCOIN), "100000"),
        (Instrument("ETH-USDT-SWAP", "SWAP", Contract.LINEAR, Decimal("0.1"), _OTHERS), "4000"),
        (Instrument("SOL-USDT-SWAP", "SWAP", Contract.LINEAR, Decimal("1"), _OTHERS), "200"),
        (Instrument("BTC-USD-SWAP", "SWAP", Contract.INVERSE, Decimal("100"), _BITCOIN), "100000"),
        (Instrument("ETH-USD-271231", "FUTURES", Contract.INVERSE, Decimal("10"), _FUTURES), "4000"),
        (Instrument("BTC-USDT", "MARGIN", Contract.LOAN, Decimal(1), _LOANS, Decimal("0.001")), "100000"),
    ]
    return Market((instrument for instrument, _ in offer), {one.inst_id: Decimal(px) for one, px in offer})
