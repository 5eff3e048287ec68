"""Deliveries to render and send, with everything about them that a test does not name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import (
    Coverage,
    CoverageState,
    Direction,
    Event,
    LeadTradeFailed,
    Liquidation,
    LiquidationWarning,
    MarginMode,
    MarginState,
)
from alertd.domain.notification import Delivery, DeliveryState, Notification, Reason
from alertd.sinks.message import Message
from alertd.sinks.render import render
from alertd.sinks.texts import Language

T = datetime(2026, 3, 1, 13, 3, 5, 123_000, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

ANY: dict[str, Any] = {"event_id": "1", "exchange": "okx", "account": "main", "received_at": T}
POSITION: dict[str, Any] = {
    **ANY,
    "observed_at": T - timedelta(seconds=0.3),
    "instrument": "BTC-USDT-SWAP",
    "direction": Direction.LONG,
    "margin_mode": MarginMode.ISOLATED,
    "margin_currency": "USDT",
}
FIGURES: dict[str, Any] = {
    "margin_ratio": Decimal("1.8"),
    "mark_price": Decimal("64123.45"),
    "liquidation_price": Decimal(62800),
    "leverage": Decimal(10),
    "position_size": Decimal(12),
    "distance_to_liquidation": Decimal("0.0206"),
    "buffer_used": Decimal("0.76"),
    "minutes_to_liquidation": Decimal("12.3"),
}


def margin(**changes: Any) -> MarginState:
    return MarginState(**{**POSITION, **FIGURES, **changes})


def warning(**changes: Any) -> LiquidationWarning:
    return LiquidationWarning(**{**POSITION, **changes})


def liquidation(**changes: Any) -> Liquidation:
    return Liquidation(**{**POSITION, **changes})


def lead(**changes: Any) -> LeadTradeFailed:
    return LeadTradeFailed(**{**POSITION, "observed_at": None, "info_type": "1", **changes})


def coverage(**changes: Any) -> Coverage:
    told = {"stream": "private", "state": CoverageState.BLIND, "cause": "credentials", "since": T}
    return Coverage(**{**ANY, **told, **changes})


def alert(event: Event, rule: str = "margin_ratio", **changes: Any) -> Alert:
    fields = {
        "fingerprint": Fingerprint(event.account, event.kind, rule, event.subject),
        "episode": 1,
        "state": AlertState.FIRING,
        "severity": Severity.CRITICAL,
        "event": event,
        "since": T - timedelta(minutes=12),
        "updated_at": T,
        **changes,
    }
    return Alert(**fields)


def ratio_alert(event: MarginState | None = None, **changes: Any) -> Alert:
    looked_at = {"figure": "margin_ratio", "value": Decimal("1.8"), "threshold": Decimal(3)}
    return alert(event or margin(), **{**looked_at, **changes})


def delivery(of: Alert, reason: Reason = Reason.NEW, *, duplicate: bool = False, **changes: Any) -> Delivery:
    return Delivery(
        delivery_id=1,
        notification=Notification(alert=of, reason=reason, created_at=T, **changes),
        sink="phone",
        state=DeliveryState.SENDING,
        created_at=T,
        next_attempt_at=T,
        possible_duplicate=duplicate,
    )


def told(
    of: Alert, reason: Reason = Reason.NEW, language: Language = "en", late_s: float = 0.1, **changes: Any
) -> Message:
    """The message as it is sent `late_s` after the notification was made."""
    now = T + timedelta(seconds=late_s)
    return render(delivery(of, reason, **changes), language=language, timezone=BERLIN, now=now)
