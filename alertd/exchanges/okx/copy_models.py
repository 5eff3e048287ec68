"""What OKX tells of copy trading, in alertd's words, for people. Pure.

Ratios are fractions (1 = 100 %), times aware UTC, amounts in `currency`, None is "not told". Sizes are in
contracts and not negative: `direction` says which way. A `trader` is the unique code of a lead trader, a text
also where it is all digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

from alertd.domain.events import Direction, MarginMode

Item = TypeVar("Item")
Days = Literal[7, 30, 90, 365]

_CODE = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)


def unique_code(text: str) -> str:
    """Of a lead trader: 16 or 18 letters and digits today. Raises: ValueError for what cannot be one."""
    if not _CODE.fullmatch(text):
        raise ValueError(f"no unique code: {text[:40]!r}; it is letters and digits: see `lead-traders`")
    return text


class Page(NamedTuple):
    """How far a list is read. `is_last`: no more is asked for; `is_whole` False: though there was more."""

    number: int
    is_last: bool
    is_whole: bool = True


class Listed(msgspec.Struct, Generic[Item], frozen=True):
    """Rows, and a reason for each that could not be read."""

    items: Sequence[Item]
    unreadable: Sequence[str] = ()


class CopiedTrader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the account copies. `amount`: set aside for it; `margin`: of that in use."""

    trader: str
    name: str | None
    lead_mode: str | None
    currency: str | None
    amount: Decimal | None
    margin: Decimal | None
    profit: Decimal | None
    unrealised: Decimal | None
    profit_today: Decimal | None
    profit_share: Decimal | None
    began_at: datetime | None


class OpenPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is led, or held by copying `trader`."""

    position_id: str
    trader: str | None
    instrument: str
    direction: Direction | None
    margin_mode: MarginMode | None
    leverage: Decimal | None
    opened_at: datetime | None
    size: Decimal | None
    entry_price: Decimal | None
    mark_price: Decimal | None
    currency: str | None
    margin: Decimal | None
    profit: Decimal | None
    profit_ratio: Decimal | None
    take_profit_price: Decimal | None
    stop_loss_price: Decimal | None


class ClosedPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One that was closed, in part or whole. `is_whole` None: the page does not say."""

    position_id: str
    trader: str | None
    instrument: str
    direction: Direction | None
    margin_mode: MarginMode | None
    leverage: Decimal | None
    opened_at: datetime | None
    closed_at: datetime | None
    is_whole: bool | None
    closed_size: Decimal | None
    entry_price: Decimal | None
    exit_price: Decimal | None
    currency: str | None
    profit: Decimal | None
    profit_ratio: Decimal | None


class CopySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How one lead trader is copied. `mode`: fixed_amount or ratio_copy, with `amount` an order or `ratio`.

    `loss_limit`: at a net loss of so much the exchange ends copying by itself. `pairs`: `copy` (the trader's
    own) or `custom`. `open_positions`: what becomes of them when copying ends: market_close, copy_close,
    manual_close.
    """

    trader: str
    is_copied: bool
    mode: str | None
    amount: Decimal | None
    ratio: Decimal | None
    total_amount: Decimal | None
    currency: str | None
    take_profit_ratio: Decimal | None
    stop_loss_ratio: Decimal | None
    loss_limit: Decimal | None
    margin_mode: str | None
    pairs: str | None
    instruments: tuple[str, ...]
    open_positions: str | None


class Role(StrEnum):
    """What an account is in copy trading."""

    NONE = "none"
    LEADS = "leads"
    COPIES = "copies"


class CopyRole(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind of instruments. `trader`: the account's own code. Counts are told to lead traders only."""

    market: str | None
    role: Role
    trader: str | None
    name: str | None
    profit_share: Decimal | None
    copiers: Decimal | None
    most_copiers: Decimal | None


class TraderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a lead trader shows to all, of the last `days`. `average_size`: notional of an order."""

    days: int
    win_ratio: Decimal | None
    profit_days: Decimal | None
    loss_days: Decimal | None
    copiers_profit: Decimal | None
    average_size: Decimal | None
    invested: Decimal | None
    currency: str | None
