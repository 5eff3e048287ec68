"""What was observed of positions: how far they are from liquidation, and how they end."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from alertd.domain.event import Event, EventKind, MarginMode

_OWN_ENDS = tuple(f"/{mode}" for mode in (*MarginMode, "*"))


class LiquidationType(StrEnum):
    """What the exchange did to a position."""

    LIQUIDATION = "liquidation"
    ADL = "adl"
    CLAW_BACK = "claw_back"


class PositionScope(StrEnum):
    """Part of an account's positions, where the exchange lists its copies and its own apart."""

    OWN = "own"
    COPIED = "copied"


def _of_trader(subject: str, trader: str | None) -> str:
    """Copies of two traders stand and fall apart, be they of one instrument."""
    return f"{subject}/{trader}" if trader else subject


def scope_of(subject: str) -> PositionScope:
    """Whose position a subject is of: a copied one names its trader at the end, behind currency or mode."""
    is_own = subject.count("/") == 1 if subject.startswith("cross/") else subject.endswith(_OWN_ENDS)
    return PositionScope.OWN if is_own else PositionScope.COPIED


class MarginState(Event, frozen=True, kw_only=True, gc=False, tag="margin_state"):
    """How far from liquidation an isolated position, or a currency's cross positions, stand now.

    For cross margin one event stands for all rows of the currency: the ratio is common, and the other
    figures are those of the position nearest to its liquidation price, which `instrument` names.
    `stale`: the figures that are older than the rest, seen last at `stale_since`. No rule judges by them.
    `open` False: the position (or the last one of the currency) is gone. `after_gap`: it ended while nobody
    watched, so that how it ended is yet to be learned from the exchange's records.
    """

    kind: ClassVar[EventKind] = EventKind.MARGIN_STATE
    tells_state: ClassVar[bool] = True

    open: bool = True
    after_gap: bool = False
    margin_ratio: Decimal | None = None  # 1 = 100 %, higher is safer, liquidation at or below 1
    opening_margin_ratio: Decimal | None = None  # when it was opened; None = not known
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    entry_price: Decimal | None = None
    leverage: Decimal | None = None
    position_size: Decimal | None = None  # absolute, in the exchange's unit (contracts for derivatives)
    notional_usd: Decimal | None = None
    unrealised_pnl: Decimal | None = None  # in margin_currency
    maintenance_margin: Decimal | None = None  # in margin_currency
    distance_to_liquidation: Decimal | None = None  # fraction of the mark price; 0.05 = 5 %
    buffer_used: Decimal | None = None  # 0 = as when opened or last changed, 1 = liquidation
    minutes_to_liquidation: Decimal | None = None  # at the pace of the last minutes; None = not approaching
    position_id: str | None = None
    position_count: int = 1
    adl_priority: int | None = None  # 0 to 5, 5 = first in line
    opened_at: datetime | None = None
    stale: tuple[str, ...] = ()
    stale_since: datetime | None = None
    trader: str | None = None  # whose position it is a copy of, where copies of each have margin of their own
    trader_name: str | None = None

    @property
    def subject(self) -> str:
        """As of every event; of a copied position with its trader."""
        return _of_trader(super().subject, self.trader)


class LiquidationWarning(Event, frozen=True, kw_only=True, gc=False, tag="liquidation_warning"):
    """The exchange's own, throttled notice; the position may already be liquidated when it arrives.

    `readable` False: the notice came but could not be decoded; it is told all the same.
    """

    kind: ClassVar[EventKind] = EventKind.LIQUIDATION_WARNING

    readable: bool = True
    margin_ratio: Decimal | None = None
    mark_price: Decimal | None = None
    leverage: Decimal | None = None
    position_size: Decimal | None = None
    position_id: str | None = None
    instruments: tuple[str, ...] = ()  # cross: all instruments named by one push
    opened_at: datetime | None = None


class Liquidation(Event, frozen=True, kw_only=True, gc=False, tag="liquidation"):
    """The exchange liquidated, auto-deleveraged or clawed back: it has happened.

    `was_a_part`: something was left of the position, also where how much is not told. `balance_change`: what
    a claw-back took, below zero, in margin_currency.
    """

    kind: ClassVar[EventKind] = EventKind.LIQUIDATION

    liquidation_type: LiquidationType = LiquidationType.LIQUIDATION
    remaining_size: Decimal | None = None  # what is left of the position; 0 = gone; None = not told
    was_a_part: bool = False
    entry_price: Decimal | None = None
    position_id: str | None = None
    opened_at: datetime | None = None
    balance_change: Decimal | None = None
    trader: str | None = None  # as of `MarginState`
    trader_name: str | None = None

    @property
    def subject(self) -> str:
        """As of every event; of a copied position with its trader."""
        return _of_trader(super().subject, self.trader)


class PositionSnapshot(Event, frozen=True, kw_only=True, gc=False, tag="position_snapshot"):
    """A complete list of what is open, so that what is absent can be told as ended.

    `subjects` are `MarginState.subject` texts. No rule listens to it. `after_gap`: the first one since nobody
    watched. With `source` reconcile the exchange's records of how positions ended were read before it.
    `scope`: it lists these only, and says nothing of others; None: all of the account.
    """

    kind: ClassVar[EventKind] = EventKind.POSITION_SNAPSHOT

    subjects: frozenset[str] = frozenset()
    after_gap: bool = False
    scope: PositionScope | None = None

    def speaks_of(self, subject: str) -> bool:
        """Whether the position would stand in the list if it were open."""
        return self.scope is None or self.scope is scope_of(subject)

    def tells_gone(self, subject: str) -> bool:
        """Whether the list says that the position is open no more."""
        return subject not in self.subjects and self.speaks_of(subject)
