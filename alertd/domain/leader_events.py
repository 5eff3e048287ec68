"""What is told of a lead trader's trading: how it stands, and what changed.

A lead trader is somebody the account copies, or the account itself where it leads. Two kinds, because a
state lasts until a later event says otherwise, and an occurrence ends by time.

An empty text of an exchange is None here, never 0. Shares and rates are parts of one (0.1 = 10 %).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from alertd.domain.event import Event, EventKind

# How people are told these figures: as percentages, and as lengths of time.
SHARES = frozenset(
    {"worst_profit_rate", "profit_rate", "equity_share", "unit_value", "day_share", "price_move"}
)
DURATIONS = frozenset({"held_for_s", "median_held_for_s", "silent_for_s"})


class LeaderMove(StrEnum):
    """What changed."""

    ORDER_OPENED = "order_opened"
    ORDER_GROWN = "order_grown"
    ORDER_REDUCED = "order_reduced"
    ORDER_CLOSED = "order_closed"  # `profit` where the exchange tells the result
    LEVERAGE_CHANGED = "leverage_changed"  # of an open order
    FOLLOWERS_JOINED = (
        "followers_joined"  # at least `joined`: where lists name nobody, some may also have left
    )
    FOLLOWERS_LEFT = "followers_left"  # at least `left`
    FIGURES_CHANGED = "figures_changed"  # trade data; `changed` names which
    PROFIT_SHARED = "profit_shared"  # a new settlement, or a changed one
    SYMBOLS_CHANGED = "symbols_changed"  # what may be led; `changed` names them
    CONFIG_CHANGED = "config_changed"  # settings drifted; `changed` names which
    INACTIVE = "inactive"  # leads no more, or is not listed any more
    ACTIVE_AGAIN = "active_again"
    LIMIT_REACHED = "limit_reached"  # copying stopped at a limit; `detail` says which


class LeaderState(Event, frozen=True, kw_only=True, gc=False, tag="leader_state"):
    """How a lead trader stands now. Told at every look, also where nothing changed.

    One event stands for all orders: `instrument` and `direction` are those of the order named by
    `held_for_s`, the one held longest for its leader. What a look did not learn is None and says nothing.

    `unit_value` follows what one unit of equity that was there at the start is worth now: money that came
    or went (deposits, withdrawals, transfers, settled profit shares) is taken out as if it had bought or
    sold units. `is_certain` False: some of it may still be in the figure, because it cannot be told apart.
    `followed` False: nobody follows this trader any more, which ends what was told of it.
    """

    kind: ClassVar[EventKind] = EventKind.LEADER_STATE
    tells_state: ClassVar[bool] = True

    trader: str | None = None  # its unique code or id; for a lead account itself its own
    trader_name: str | None = None
    is_own: bool = False  # it is the account itself
    followed: bool = True
    orders_open: int | None = None
    worst_profit_rate: Decimal | None = None  # of the open orders, part of the margin
    profit_rate: Decimal | None = None  # as the exchange's statistics give it
    median_leverage: Decimal | None = None  # of its orders so far
    held_for_s: Decimal | None = None
    median_held_for_s: Decimal | None = None  # of its closed orders
    hold_ratio: Decimal | None = None  # held_for_s / median_held_for_s
    silent_for_s: Decimal | None = None  # since it last did something; 0 while something is open
    equity: Decimal | None = None  # in margin_currency
    equity_minimum: Decimal | None = None  # the last one known that leading needs
    equity_share: Decimal | None = None  # equity / equity_minimum; 1.2 = 120 %
    unit_value: Decimal | None = None  # 1 when first seen
    is_certain: bool = True
    followers: int | None = None
    orders_today: int | None = None
    orders_per_day_limit: int | None = None
    day_share: Decimal | None = None  # orders_today / orders_per_day_limit

    @property
    def subject(self) -> str:
        """The trader."""
        return f"trader/{self.trader or '*'}"


class LeaderChange(Event, frozen=True, kw_only=True, gc=False, tag="leader_change"):
    """Something a lead trader did, or that befell it. Each change is told in one event.

    `observed_at` is the exchange's time of it, where it gives one. `order_id` tells the order from all
    others, also from the next of the same instrument. `revision` counts the changes told of a trader, so
    that the same change again is another fact; what is found again after a crash has the same number.
    """

    kind: ClassVar[EventKind] = EventKind.LEADER_CHANGE

    change: LeaderMove = LeaderMove.ORDER_OPENED
    changed: tuple[str, ...] = ()
    detail: str = ""
    trader: str | None = None
    trader_name: str | None = None
    is_own: bool = False  # it is the account itself
    order_id: str | None = None
    opened_at: datetime | None = None
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    close_price: Decimal | None = None
    price_move: Decimal | None = (
        None  # mark against entry, part of the entry; above 0 = in the order's favour
    )
    profit_rate: Decimal | None = None  # part of the margin
    profit: Decimal | None = None  # result of a closed order, in margin_currency
    leverage: Decimal | None = None
    leverage_before: Decimal | None = None
    median_leverage: Decimal | None = None  # of its orders before this one; None = too few are known
    leverage_jump: Decimal | None = None  # leverage / median_leverage
    size: Decimal | None = None  # absolute, in the exchange's unit; of a closed order 0
    size_before: Decimal | None = None
    held_for_s: Decimal | None = None
    followers: int | None = None
    followers_before: int | None = None
    joined: int | None = None  # at least so many
    left: int | None = None  # at least so many
    revision: int = 0

    @property
    def subject(self) -> str:
        """The trader."""
        return f"trader/{self.trader or '*'}"
