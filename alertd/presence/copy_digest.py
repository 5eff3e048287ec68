"""What changed since the last digest, from what was known then. Pure.

What was known is a value that can be stored. A figure that was not known then is not known to have changed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, CopyFigures, LedFigures
from alertd.presence.summary import nearest

A_DAY = timedelta(days=1)


class Money(msgspec.Struct, frozen=True, omit_defaults=True):
    """What copied one leader then."""

    equity: Decimal | None = None
    net_profit: Decimal | None = None


class Baseline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As it was at the last digest. `led`, `copied`: whether the account did that."""

    at: datetime
    led: bool = False
    copied: bool = False
    followers: int | None = None
    leaders: dict[str, Money] = {}

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def baseline_from(text: str | None) -> Baseline | None:
    """As it was stored; None where nothing is known, or another version wrote it."""
    if text:
        try:
            return msgspec.json.decode(text, type=Baseline)
        except msgspec.MsgspecError:
            pass
    return None


def baseline_of(figures: CopyFigures, now: datetime) -> Baseline:
    """What the next digest is compared with."""
    leaders = (figures.copied.leaders if figures.copied else None) or ()
    return Baseline(
        at=now,
        led=figures.led is not None,
        copied=figures.copied is not None,
        followers=figures.led.followers if figures.led else None,
        leaders={one.trader: Money(one.equity, one.net_profit) for one in leaders},
    )


def expected(figures: CopyFigures | None, former: Baseline | None) -> CopyFigures:
    """What is to be told. Where nothing is known now, what was told last is told as not known."""
    if figures is not None and (figures.led is not None or figures.copied is not None):
        return figures
    if former is None:
        return CopyFigures()
    return CopyFigures(
        led=LedFigures() if former.led else None, copied=CopiedFigures() if former.copied else None
    )


def is_known(figures: CopyFigures | None) -> bool:
    """Whether all that is looked at often was seen: orders, copied leaders, copied positions."""
    if figures is None:
        return True
    led, copied = figures.led, figures.copied
    if led is not None and led.leads is not False and led.orders is None:
        return False
    return copied is None or (copied.leaders is not None and copied.positions is not None)


def closed_since(former: Baseline | None, now: datetime) -> datetime:
    """From when on closed orders are news: the last digest, or a day ago."""
    return now - A_DAY if former is None or former.at > now else former.at


def compared(figures: CopyFigures, former: Baseline | None, since: datetime) -> CopyFigures:
    """With what was before, and of closed orders only those since then."""
    return CopyFigures(
        led=None if figures.led is None else _led(figures.led, former, since),
        copied=None if figures.copied is None else _copied(figures.copied, former),
    )


def _led(led: LedFigures, former: Baseline | None, since: datetime) -> LedFigures:
    closed = led.closed
    if closed is not None:
        closed = tuple(one for one in closed if one.closed_at is None or one.closed_at > since)
    reaches = led.closed_from is None or led.closed_from <= since
    return replace(
        led,
        closed=closed,
        closed_from=None if reaches else led.closed_from,
        followers_before=former.followers if former else None,
        nearest=tuple(nearest(led.nearest)),
    )


def _copied(copied: CopiedFigures, former: Baseline | None) -> CopiedFigures:
    copied = replace(copied, nearest=tuple(nearest(copied.nearest)))
    if copied.leaders is None or former is None:
        return copied
    return replace(copied, leaders=tuple(_leader(one, former) for one in copied.leaders))


def _leader(one: CopiedLeader, former: Baseline) -> CopiedLeader:
    before = former.leaders.get(one.trader)
    if before is None:
        return one
    change = None
    if one.equity is not None and before.equity is not None and before.equity > 0:
        change = one.equity / before.equity - 1
    return replace(
        one, equity_before=before.equity, equity_change=change, net_profit_before=before.net_profit
    )
