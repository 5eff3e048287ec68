"""What Toobit tells of leaders and followers, in alertd's words.

Ratios are fractions (1 = 100 %), times aware UTC, prices and amounts Decimals; None is "not told". Amounts
without a unit in their name are in the currency the contract settles in (USDT, or USDC for `...-SWAP-USDC`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit.wire import BadRow

Item = TypeVar("Item")


class Rows(msgspec.Struct, Generic[Item], frozen=True):
    """A whole list. `bad`: rows that could not be read. `is_null`: the exchange wrote null where a list is
    documented, which need not mean that there is nothing.
    """

    items: Sequence[Item]
    bad: Sequence[BadRow] = ()
    is_null: bool = False


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page. `total`: all rows of all pages, `pages`: how many pages; None where it is not told."""

    items: Sequence[Item]
    bad: Sequence[BadRow]
    number: int
    pages: int | None
    total: int | None
    is_null: bool = False


class MarginModes(StrEnum):
    """In which margin modes orders are led or copied."""

    ALL = "all"
    CROSS = "cross"
    ISOLATED = "isolated"


class ProfitPeriod(StrEnum):
    """When profit is shared."""

    DAILY = "daily"
    WEEKLY = "weekly"


class AmountMode(StrEnum):
    """How large a copied order is."""

    FIXED_AMOUNT = "fixed_amount"
    FIXED_RATE = "fixed_rate"


class LeadOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is led. There is no id, no liquidation price and no margin.

    `quantity`: UNVERIFIED whether in coins or contracts. `profit_ratio`: of its margin.
    """

    instrument: str
    direction: Direction
    name: str | None
    margin_mode: MarginMode | None
    leverage: Decimal | None
    opened_at: datetime | None
    quantity: Decimal | None
    entry_price: Decimal | None
    last_price: Decimal | None
    mark_price: Decimal | None
    profit_ratio: Decimal | None
    follower_count: int | None
    follower_margin_usdt: Decimal | None


class ClosedLeadOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A led position that was closed, in part or whole. `net_profit` = `gross_profit` + both fees."""

    instrument: str
    direction: Direction
    margin_mode: MarginMode | None
    leverage: Decimal | None
    entry_price: Decimal | None
    exit_price: Decimal | None
    opened_at: datetime | None
    closed_at: datetime | None
    most_quantity: Decimal | None
    closed_quantity: Decimal | None
    gross_profit: Decimal | None
    net_profit: Decimal | None
    open_fee: Decimal | None
    close_fee: Decimal | None
    is_fully_closed: bool | None


class TradeData(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the last `days`. `profit_to_loss`, `trading_frequency`: as the exchange words them."""

    days: int
    profit_ratio: Decimal | None
    profit_usdt: Decimal | None
    win_ratio: Decimal | None
    order_count: int | None
    follower_count: int | None
    total_follower_count: int | None
    follower_profit_usdt: Decimal | None
    managed_usdt: Decimal | None
    sharpe_ratio: Decimal | None
    profit_to_loss: str | None
    trading_frequency: str | None
    trading_days: int | None


class ProfitSharing(msgspec.Struct, frozen=True, kw_only=True):
    """One settlement: `total_usdt` = `leader_usdt` + `referrers_usdt`."""

    shared_on: date | None
    year: int | None
    week_of_year: int | None
    total_usdt: Decimal | None
    leader_usdt: Decimal | None
    referrers_usdt: Decimal | None


class LeaderSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that can be led."""

    instrument: str
    leverage: Decimal | None
    is_led: bool | None


class LeaderConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How a leader leads. `instruments` None: not told, so nothing may be written.

    `profit_share`: as the exchange writes it; captured data are fractions (UNVERIFIED: one page shows 10).
    """

    has_cool_down: bool | None
    cool_down_from: datetime | None
    cool_down_until: datetime | None
    margin_modes: MarginModes | None
    trade_protection: int | None
    profit_period: ProfitPeriod | None
    profit_share: Decimal | None
    least_follower_assets_usdt: Decimal | None
    least_fixed_amount_usdt: Decimal | None
    least_fixed_rate: Decimal | None
    is_private: bool | None
    invite_scope: int | None
    instruments: tuple[str, ...] | None
    shares_with_referrers: bool | None
    referrer_share: Decimal | None
    invite_code: str | None


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who copies: the exchange masks the name and gives no id."""

    nickname: str | None
    invested_usdt: Decimal | None
    total_margin_usdt: Decimal | None
    total_profit_usdt: Decimal | None
    running_ms: int | None


class FollowOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A position that was copied. `liquidation_price` None: unknown, which is not "far away".

    `quantity` in coins. `take_profit_ratio`, `stop_loss_ratio` None: not set.
    """

    leader_id: str
    leader_name: str | None
    instrument: str
    direction: Direction
    margin_mode: MarginMode | None
    leverage: Decimal | None
    entry_price: Decimal | None
    mark_price: Decimal | None
    last_price: Decimal | None
    liquidation_price: Decimal | None
    quantity: Decimal | None
    margin: Decimal | None
    profit: Decimal | None
    profit_ratio: Decimal | None
    take_profit_ratio: Decimal | None
    stop_loss_ratio: Decimal | None


class ClosedFollowOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A copied position that was closed, in part or whole. Whose it was only the nickname tells."""

    leader_name: str | None
    instrument: str
    direction: Direction
    margin_mode: MarginMode | None
    leverage: Decimal | None
    entry_price: Decimal | None
    exit_price: Decimal | None
    opened_at: datetime | None
    closed_at: datetime | None
    most_quantity: Decimal | None
    closed_quantity: Decimal | None
    profit: Decimal | None
    is_fully_closed: bool | None


class FollowConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How one leader is copied. `daily_most_usdt` 0 = unlimited. `instruments`: `all`, or ids with commas.

    `real_invested_usdt` is demanded in a change and told nowhere.
    """

    leader_id: str
    invested_usdt: Decimal | None
    per_order_usdt: Decimal | None
    daily_most_usdt: Decimal | None
    leverage: Decimal | None
    most_invested_ratio: Decimal | None
    take_profit_ratio: Decimal | None
    stop_loss_ratio: Decimal | None
    reserved_usdt: Decimal | None
    instruments: str | None
    amount_mode: AmountMode | None
    stop_loss_delay_s: int | None
    margin_modes: MarginModes | None
    zero_slippage: bool | None


class FollowedLeader(msgspec.Struct, frozen=True, kw_only=True):
    """A leader who is copied, and the pool of money that copies him; pools do not support each other.

    `withheld_usdt`: profit share taken out and not settled yet.
    """

    leader_id: str
    leader_name: str | None
    equity_usdt: Decimal | None
    available_usdt: Decimal | None
    unrealised_usdt: Decimal | None
    realised_usdt: Decimal | None
    withheld_usdt: Decimal | None
    settled_usdt: Decimal | None
    net_profit_usdt: Decimal | None


class FuturesPosition(msgspec.Struct, frozen=True, kw_only=True):
    """An own position. `size`: contracts, never below 0; 0: closed, whatever the other figures say.

    `liquidation_price` None: unknown, which is not "far away". `margin_mode` None: not told.
    """

    instrument: str
    direction: Direction
    size: Decimal
    margin_mode: MarginMode | None
    leverage: Decimal | None
    entry_price: Decimal | None
    mark_price: Decimal | None
    last_price: Decimal | None
    liquidation_price: Decimal | None
    notional: Decimal | None
    margin: Decimal | None
    unrealised_pnl: Decimal | None


class FuturesBalance(msgspec.Struct, frozen=True, kw_only=True):
    """The money of the account in one currency."""

    currency: str
    total: Decimal | None
    available: Decimal | None
    position_margin: Decimal | None
    unrealised_cross: Decimal | None
