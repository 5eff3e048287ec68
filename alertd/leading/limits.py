"""How near a lead account is to the limits of leading. Pure.

OKX tells the limits only in the notice that one was hit; so they are the last known ones, and nothing is said
before there was one. Where the day of the count begins is not documented: it is taken to be a day of UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from alertd.domain.events import LeadTradeFailed


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """As the exchange last named them."""

    equity_minimum: Decimal | None = None
    orders_per_day: int | None = None

    def encoded(self) -> str:
        """For the store."""
        return msgspec.json.encode(self).decode()


def limits_of(text: str | None) -> Limits:
    """As they were stored; none where nothing is known."""
    if text:
        try:
            return msgspec.json.decode(text, type=Limits)
        except msgspec.MsgspecError:
            pass  # of another version
    return Limits()


def learned(limits: Limits, event: LeadTradeFailed) -> Limits:
    """With what a notice names."""
    least, most = event.min_lead_equity, event.max_lead_trades
    return Limits(
        limits.equity_minimum if least is None or least <= 0 else least,
        limits.orders_per_day if most is None or most < 1 else int(most),
    )


def nearness(limits: Limits, equity: Decimal | None, orders_today: int | None) -> dict[str, Any]:
    """The figures of a `LeaderState`."""
    least, most = limits.equity_minimum, limits.orders_per_day
    return {
        "equity": equity,
        "equity_minimum": least,
        "equity_share": None if equity is None or least is None else equity / least,
        "orders_today": orders_today,
        "orders_per_day_limit": most,
        "day_share": None if orders_today is None or most is None else Decimal(orders_today) / most,
    }


def opened_today(times: Iterable[datetime | None], now: datetime) -> int:
    """How many of these stand on the same day of UTC."""
    today = now.astimezone(UTC).date()
    return sum(at is not None and at.astimezone(UTC).date() == today for at in times)
