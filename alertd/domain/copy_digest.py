"""The daily digest of one account that leads or copies: nouns, and the event.

None is "not known" throughout: nobody has told it, or too long ago. It is never 0.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from alertd.domain.event import Event, EventKind
from alertd.domain.presence import OpenPosition


class LedOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One that is open. `profit_rate`: part of its margin."""

    instrument: str = ""
    direction: str = ""
    profit_rate: Decimal | None = None


class LedResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One that was closed. `profit`: its result; `is_won` is kept where that is not shown."""

    instrument: str = ""
    direction: str = ""
    closed_at: datetime | None = None
    profit: Decimal | None = None
    is_won: bool | None = None


class Shared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One settlement of profits. `period`: a day or a week, as the exchange names it."""

    period: str
    ours: Decimal | None = None
    total: Decimal | None = None


class Week(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The exchange's figures of the last 7 days. Ratios: 1 = 100 %."""

    profit_ratio: Decimal | None = None
    profit: Decimal | None = None
    orders: int | None = None
    win_ratio: Decimal | None = None
    followers_profit: Decimal | None = None
    managed: Decimal | None = None


class LedFigures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Of an account that leads. `leads` None: not known.

    `closed`: what was closed since `CopyDigest.since`; before `closed_from` some may be missing (None: none
    is). `nearest`: own positions, as far as their figures are told, the nearest to liquidation first.
    `shared` is the latest settlement; with `shared_is_known` and no `shared` there was none yet.
    `unasked`: which of `shared` and `week` this exchange is not asked for.
    """

    leads: bool | None = None
    orders: tuple[LedOrder, ...] | None = None
    closed: tuple[LedResult, ...] | None = None
    closed_from: datetime | None = None
    followers: int | None = None
    followers_before: int | None = None
    shared: Shared | None = None
    shared_is_known: bool = False
    week: Week | None = None
    unasked: tuple[str, ...] = ()
    nearest: tuple[OpenPosition, ...] = ()


class CopiedLeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who is copied, and the money that does so; what ends with `_before` is of the last digest.

    `equity_change`: of the equity since then, part of what it was; money that came or went is in it.
    """

    trader: str
    name: str | None = None
    equity: Decimal | None = None
    equity_before: Decimal | None = None
    equity_change: Decimal | None = None
    net_profit: Decimal | None = None
    net_profit_before: Decimal | None = None


class CopiedFigures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Of an account that copies. `nearest`: of `positions` open ones, the nearest to liquidation first."""

    leaders: tuple[CopiedLeader, ...] | None = None
    positions: int | None = None
    nearest: tuple[OpenPosition, ...] = ()


class CopyFigures(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What copy trading makes of an account. None: it does not do that, as far as is known."""

    led: LedFigures | None = None
    copied: CopiedFigures | None = None


class CopyDigest(Event, frozen=True, kw_only=True, gc=False, tag="copy_digest"):
    """How copy trading stands in one account, once a day.

    `since`: of the digest that changes are against; None: there was none. `closed_since`: from when on closed
    orders are told. `state`: one of `CoverageState`. `unseen`: what alertd cannot see, each as `WHAT:WHERE`.
    Amounts are in `margin_currency`.
    """

    kind: ClassVar[EventKind] = EventKind.COPY_DIGEST

    due_at: datetime | None = None
    late_s: int = 0
    since: datetime | None = None
    closed_since: datetime | None = None
    state: str = ""
    unseen: tuple[str, ...] = ()
    led: LedFigures | None = None
    copied: CopiedFigures | None = None

    @property
    def subject(self) -> str:
        """There is one a day for each account."""
        return "copy_digest"

    def without_money(self) -> CopyDigest:
        """The same without amounts."""
        led, copied = self.led, self.copied
        if led is not None:
            closed = None if led.closed is None else tuple(replace(one, profit=None) for one in led.closed)
            shared = None if led.shared is None else replace(led.shared, ours=None, total=None)
            week = None
            if led.week is not None:
                week = replace(led.week, profit=None, followers_profit=None, managed=None)
            led = replace(led, closed=closed, shared=shared, week=week)
        if copied is not None and copied.leaders is not None:
            hidden: dict[str, None] = dict.fromkeys(_MONEY)
            copied = replace(copied, leaders=tuple(replace(one, **hidden) for one in copied.leaders))
        return replace(self, led=led, copied=copied)


_MONEY = ("equity", "equity_before", "net_profit", "net_profit_before")
