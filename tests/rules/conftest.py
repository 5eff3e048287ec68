"""Events and rules as these tests need them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.domain.events import EVENT_TYPES, Direction, Event, EventKind, MarginMode
from alertd.rules.engine import compile_remembering
from alertd.rules.settings import RuleSettings

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_RULE: TypeAdapter[Any] = TypeAdapter(RuleSettings)

MakeEvent = Callable[..., Event]
MakeRule = Callable[..., Any]


@pytest.fixture(scope="session")
def make_event() -> MakeEvent:
    """An event of a kind: an isolated BTC long of account main on okx; figures only as given."""

    def make(kind: str, **given: Any) -> Event:
        usual: dict[str, Any] = {
            "event_id": "e1",
            "exchange": "okx",
            "account": "main",
            "received_at": AT,
            "instrument": "BTC-USDT-SWAP",
            "direction": Direction.LONG,
            "margin_mode": MarginMode.ISOLATED,
        }
        fields = {**usual, **given}
        return EVENT_TYPES[EventKind(kind)](
            **{name: Decimal(value) if isinstance(value, float) else value for name, value in fields.items()}
        )

    return make


@pytest.fixture(scope="session")
def make_rule() -> MakeRule:
    """One rule's settings from the keys of its table; margin_state is the event unless given."""

    def make(**table: Any) -> Any:
        usual: dict[str, Any] = {"type": "match", "event": "margin_state"}
        if table.get("type", "match") == "match":
            usual["severity"] = "warning"
        return _RULE.validate_python({**usual, **table})

    return make


_LOOKING_BACK: dict[str, dict[str, Any]] = {
    "count": {"event": "lead_trade_failed", "count": 3, "within_s": 600},
    "absence": {"event": "lead_trade_failed", "absent_for_s": 600},
    "drawdown": {"event": "margin_state", "field": "margin_ratio", "fall": "20%", "window_s": 600},
}


@pytest.fixture(scope="session")
def make_back() -> MakeRule:
    """One rule that looks back, named `mine`, with usual keys unless given."""

    def make(kind: str, name: str = "mine", **table: Any) -> Any:
        keys = {"type": kind, "severity": "warning", **_LOOKING_BACK[kind], **table}
        return compile_remembering(name, _RULE.validate_python(keys))

    return make
