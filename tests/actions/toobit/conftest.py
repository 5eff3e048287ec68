"""The simulator with calls for its two accounts, and intents about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alertd.domain.action import ActionType, Intent, IntentState, Mode
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import Tick
from tests.exchanges.toobit.conftest import House, house

__all__ = ["House", "house"]


def intent(type_: ActionType, trader: str = "", **changes: Any) -> Intent:
    """One that was planned two minutes ago and is carried out now."""
    now = datetime.now(UTC)
    fields = {
        "intent_id": "i1", "action": "a", "type": type_, "mode": Mode.AUTO, "exchange": "toobit",
        "account": "main", "trader": trader, "rule": "r", "fingerprint": Fingerprint("f"), "episode": 1,
        "severity": Severity.CRITICAL, "planned_at": now - timedelta(minutes=2), "state": IntentState.PLANNED,
        "event": Tick(account="main", received_at=now),
    }  # fmt: skip
    return Intent(**(fields | changes))


def sent(one: Intent, **changes: Any) -> dict[str, Any]:
    """What a request makes of an intent."""
    return {"state": IntentState.SENDING, "requests": one.requests + 1, "rounds": one.rounds + 1} | changes
