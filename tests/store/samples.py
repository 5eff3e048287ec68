"""Alerts and notifications to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from alertd.domain.action import ActionChanges, ActionType, Intent, IntentState, Mode, Step
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.events import EventKind, MarginMode, MarginState
from alertd.domain.notification import Address, Notification, Reason

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_alert(n: int = 1, **changes: Any) -> Alert:
    """A firing alert of the isolated position number `n`."""
    event = MarginState(
        event_id=f"event-{n}",
        exchange="okx",
        account="main",
        received_at=NOW,
        instrument=f"COIN{n}-USDT-SWAP",
        margin_mode=MarginMode.ISOLATED,
        margin_ratio=Decimal("2.50"),
        raw=b'{"mgnRatio":"2.50"}',
    )
    values: dict[str, Any] = {
        "fingerprint": Fingerprint("main", EventKind.MARGIN_STATE, "margin_ratio", event.subject),
        "episode": 1,
        "state": AlertState.FIRING,
        "severity": Severity.WARNING,
        "event": event,
        "since": NOW,
        "updated_at": NOW,
        "sequence": 1,
        "version": 1,
    }
    return Alert(**(values | changes))


def resolved(n: int, at: datetime, **changes: Any) -> Alert:
    """An alert that ended."""
    ending = {"state": AlertState.RESOLVED, "resolved_at": at, "resolution": Resolution.RECOVERED}
    return make_alert(n, **(ending | changes))


def told(alert: Alert, after_s: float = 0.0) -> Notification:
    """The notification of a new alert."""
    return Notification(alert=alert, reason=Reason.NEW, created_at=NOW + timedelta(seconds=after_s))


def to(*sinks: str) -> list[Address]:
    """Plain addresses: at once, each by itself."""
    return [Address(sink=sink) for sink in sinks]


def make_intent(n: int = 1, **changes: Any) -> Intent:
    """The intent number `n`, planned that many seconds later for an alert of the position `n`."""
    alert = make_alert(n)
    values: dict[str, Any] = {
        "intent_id": f"i{n}",
        "action": "stop_all",
        "type": ActionType.STOP_COPYING,
        "mode": Mode.AUTO,
        "exchange": "okx",
        "account": "main",
        "trader": f"TRADER{n}",
        "rule": "margin_ratio",
        "fingerprint": alert.fingerprint,
        "episode": 1,
        "severity": Severity.CRITICAL,
        "event": alert.event,
        "planned_at": NOW + timedelta(seconds=n),
        "state": IntentState.PLANNED,
        "version": 1,
    }
    return Intent(**(values | changes))


def step_of(intent: Intent, **changes: Any) -> Step:
    """The step that led to this version."""
    values: dict[str, Any] = {"at": NOW, "state": intent.state, "reason": intent.reason}
    return Step(intent_id=intent.intent_id, version=intent.version, **(values | changes))


def changed(*intents: Intent, **more: Any) -> ActionChanges:
    """These versions with a step for each."""
    return ActionChanges(intents=intents, steps=[step_of(intent) for intent in intents], **more)
