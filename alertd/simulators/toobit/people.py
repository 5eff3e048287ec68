"""Leaders and followers, what they hold, and what was closed. Pure: prices and times are passed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from alertd.simulators.toobit.market import Market

FEE = Decimal("0.0005")
ZERO = Decimal(0)
CROSS, ISOLATED = 0, 1


class Standing(Enum):
    """How a relation stands. LEAVING: it was asked to end, is still shown, and copies nothing new."""

    FOLLOWING = auto()
    LEAVING = auto()
    LEFT = auto()


MOVES: dict[Standing, frozenset[Standing]] = {
    Standing.FOLLOWING: frozenset((Standing.LEAVING, Standing.LEFT)),
    Standing.LEAVING: frozenset((Standing.LEFT,)),
    Standing.LEFT: frozenset(),
}


@dataclass
class Position:
    """A position in coins. `realised`: of what was closed of it, without fees."""

    symbol: str
    is_long: bool
    position_type: int
    leverage: Decimal
    open_ms: int
    quantity: Decimal
    open_price: Decimal
    most_quantity: Decimal = ZERO
    closed_quantity: Decimal = ZERO
    realised: Decimal = ZERO
    close_value: Decimal = ZERO
    close_fee: Decimal = ZERO
    close_ms: int = 0
    stop_profit: Decimal | None = None
    stop_loss: Decimal | None = None

    @property
    def sign(self) -> int:
        return 1 if self.is_long else -1

    @property
    def key(self) -> tuple[str, bool, int]:
        return self.symbol, self.is_long, self.position_type

    @property
    def margin(self) -> Decimal:
        return self.open_price * self.quantity / self.leverage

    @property
    def open_fee(self) -> Decimal:
        return -FEE * self.open_price * self.most_quantity

    def profit(self, mark: Decimal) -> Decimal:
        return (mark - self.open_price) * self.quantity * self.sign

    def profit_rate(self, mark: Decimal) -> Decimal:
        return self.profit(mark) / self.margin if self.margin else ZERO

    def grow(self, quantity: Decimal, price: Decimal) -> None:
        """More at another price: the entry is the average."""
        value = self.open_price * self.quantity + price * quantity
        self.quantity += quantity
        self.open_price = value / self.quantity
        self.most_quantity = max(self.most_quantity, self.quantity)

    def close(self, quantity: Decimal, price: Decimal, now_ms: int) -> Decimal:
        """What closing that much realises."""
        realised = (price - self.open_price) * quantity * self.sign
        self.quantity -= quantity
        self.closed_quantity += quantity
        self.realised += realised
        self.close_value += price * quantity
        self.close_fee -= FEE * price * quantity
        self.close_ms = now_ms
        return realised


def edge_price(position: Position, cushion: Decimal, market: Market) -> Decimal | None:
    """At which so much money is lost down to the maintenance margin; None: at no price."""
    maintenance = market.contract(position.symbol).maintenance
    per_coin = cushion / position.quantity
    if position.is_long:
        price = (position.open_price - per_coin) / (1 - maintenance)
    else:
        price = (position.open_price + per_coin) / (1 + maintenance)
    return price if price > 0 else None


@dataclass
class Relation:
    """One follower copies one leader, with a pool of money of its own.

    `reads_left`: so many reads still show it while it is LEAVING.
    """

    leader_id: str
    follower_id: str
    began_ms: int
    balance: Decimal
    config: dict[str, Any]
    positions: list[Position] = field(default_factory=list)
    closed: list[Position] = field(default_factory=list)
    realised: Decimal = ZERO
    holding: Decimal = ZERO
    settled: Decimal = ZERO
    principal: Decimal = ZERO
    standing: Standing = Standing.FOLLOWING
    reads_left: int = 0

    def go(self, standing: Standing) -> None:
        """Raises: ValueError for a move that there is not."""
        if standing not in MOVES[self.standing]:
            raise ValueError(f"a relation that is {self.standing.name} cannot become {standing.name}")
        self.standing = standing

    def unrealised(self, market: Market) -> Decimal:
        return sum((one.profit(market.marks[one.symbol]) for one in self.positions), ZERO)

    def equity(self, market: Market) -> Decimal:
        return self.balance + self.unrealised(market)

    def available(self, market: Market) -> Decimal:
        return self.equity(market) - sum((one.margin for one in self.positions), ZERO)

    def liquidation_price(self, position: Position, market: Market) -> Decimal | None:
        """Alone on its margin, or on the pool; of several on one pool the exchange tells none."""
        if position.position_type == CROSS and len(self.positions) > 1:
            return None
        cushion = position.margin if position.position_type == ISOLATED else self.balance
        return edge_price(position, cushion, market)


@dataclass
class Account:
    """A key and whose it is. `kind`: of the account it belongs to; only COPY_TRADING may ask here."""

    name: str = "main"
    api_key: str = "SIMULATEDsimulatedSIMULATEDsimulatedSIMULATEDsimulatedSIMULATED1"
    api_secret: str = "simulatedSECRETsimulatedSECRETsimulatedSECRETsimulatedSECRET0001"  # noqa: S105 - a dummy
    user_id: str = "9007199254740993001"
    nickname: str = "main"
    kind: str = "COPY_TRADING"
    account_type: str = "contract"
    can_trade: bool = True
    is_whitelisted: bool = True
    is_expired: bool = False
    reads_futures: bool = True  # not documented for a key of copy trading


@dataclass
class Leader:
    """Who leads. `config`: exactly as the exchange tells it."""

    user_id: str
    nickname: str
    config: dict[str, Any]
    is_active: bool = True
    balance: Decimal = Decimal(10000)
    positions: list[Position] = field(default_factory=list)
    closed: list[Position] = field(default_factory=list)
    sharings: list[dict[str, Any]] = field(default_factory=list)
    leverages: dict[str, Decimal] = field(default_factory=dict)
    joined: int = 0

    def liquidation_price(self, position: Position, market: Market) -> Decimal | None:
        """Alone on its margin, or on all the money; of several cross positions the exchange tells none."""
        others = [one for one in self.positions if one.position_type == CROSS and one is not position]
        if position.position_type == CROSS and others:
            return None
        isolated = sum((one.margin for one in self.positions if one.position_type == ISOLATED), ZERO)
        cushion = position.margin if position.position_type == ISOLATED else self.balance - isolated
        return edge_price(position, cushion, market)

    def find(self, symbol: str, is_long: bool) -> Position | None:
        return next((one for one in self.positions if (one.symbol, one.is_long) == (symbol, is_long)), None)

    def history(self) -> Iterator[Position]:
        """What was closed wholly, and what is closed in part; newest first."""
        partly = [one for one in self.positions if one.closed_quantity]
        yield from sorted([*self.closed, *partly], key=lambda one: -one.close_ms)


def leader_config(symbols: list[str]) -> dict[str, Any]:
    """What a new leader leads with."""
    return {
        "unLeadType": 0,
        "unLeadStartTime": "0",
        "unLeadEndTime": "0",
        "leadPositionType": -1,
        "tradeProtect": 0,
        "profitPeriod": 7,
        "profitRate": "0.1",
        "followAssetLowerLimit": "100",
        "fixedAmountFollowMin": "10",
        "fixedRateFollowMin": "1",
        "isNeedInvite": 0,
        "inviteScope": 0,
        "symbolIds": list(symbols),
        "recommendShare": 0,
        "recommendShareRate": "",
        "inviteCode": "",
    }


def follow_config(leader_id: str, amount: Decimal) -> dict[str, Any]:
    """How a new follower copies; `realInvestAmount` is never told."""
    return {
        "leaderUserId": leader_id,
        "investAmount": f"{amount:f}",
        "singlePlaceAmount": "20",
        "dailyMaxInvestAmount": "0",
        "leverage": "10",
        "maxInvestRate": "1",
        "stopProfitRate": "0",
        "stopLossRate": "0",
        "isolatedReservedAmount": "0",
        "followSymbolIds": "all",
        "followAmountMode": 0,
        "stopLossDelay": 0,
        "followMarginType": 0,
        "zeroSlippageSwitch": False,
    }
