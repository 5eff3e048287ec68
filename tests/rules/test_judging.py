from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Fingerprint
from alertd.domain.events import Event, EventKind, LiquidationType, Occasion
from alertd.domain.finding import Finding, Grade
from alertd.rules.judging import fact_of, fingerprint_of

OFF = Finding(code="clock_off", severity=Grade.WARNING, account="main", facts={"offset": "+7.0"})
UNBOUND = Finding(code="key_unbound", severity=Grade.INFO, account="desk")
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CHANGE = Occasion.CHANGE


@pytest.mark.parametrize(
    ("kind", "fields", "fact"),
    [
        ("action", {"event_id": "action:i1:3"}, "action:i1:3"),
        (
            "action",
            {"event_id": "action:i1:3", "intent_id": "i1", "state": "held", "reason": "59263"},
            "action:i1:held:59263",
        ),
        ("lead_trade_failed", {}, "BTC-USDT-SWAP/long"),
        ("lead_trade_failed", {"direction": None, "side": "buy"}, "BTC-USDT-SWAP/buy"),
        ("lead_trade_failed", {"direction": None}, "BTC-USDT-SWAP/*"),
        ("lead_trade_failed", {"direction": None, "instrument": None}, "*"),
        (
            "liquidation",
            {"liquidation_type": LiquidationType.ADL, "position_id": "7"},
            "adl/BTC-USDT-SWAP/long/7",
        ),
        ("liquidation", {"direction": None}, "liquidation/BTC-USDT-SWAP/*/*"),
        (
            "liquidation",
            {
                "position_id": "7",
                "opened_at": datetime(2026, 11, 3, tzinfo=UTC),
                "remaining_size": Decimal(0),
            },
            "liquidation/BTC-USDT-SWAP/long/7/1793664000.000/gone",
        ),
        ("liquidation", {"remaining_size": Decimal(3)}, "liquidation/BTC-USDT-SWAP/long/*"),
        (
            "liquidation",
            {
                "liquidation_type": LiquidationType.CLAW_BACK,
                "instrument": None,
                "direction": None,
                "observed_at": datetime(2026, 11, 3, 9, 0, 4, tzinfo=UTC),
            },
            "claw_back/*/*/*/2026-11-03T09:00",
        ),
        ("copy_relation", {"change": "left", "revision": 4}, "left/4"),
        ("leader_change", {"change": "order_grown", "revision": 7}, "order_grown/7"),
        ("leader_change", {"change": "order_grown", "order_id": "9", "revision": 7}, "order_grown/9/7"),
        ("leader_state", {}, None),
        ("margin_state", {}, None),
        ("liquidation_warning", {}, None),
        ("coverage", {}, None),
        ("coverage", {"account": "", "wave": 2}, "wave/2"),
        ("findings", {"occasion": CHANGE}, "*"),
        ("findings", {"occasion": CHANGE, "findings": (OFF, UNBOUND)}, "desk:key_unbound; main:clock_off"),
        ("findings", {"occasion": CHANGE, "findings": (UNBOUND, OFF)}, "desk:key_unbound; main:clock_off"),
        # Which starts and stops are told is decided before.
        ("findings", {"findings": (OFF,)}, "e1"),
        ("stopping", {}, "e1"),
        ("summary", {"due_at": AT}, AT.isoformat()),
        ("copy_digest", {"due_at": AT}, AT.isoformat()),
    ],
)
def test_facts(make_event: Callable[..., Event], kind: str, fields: dict[str, Any], fact: str | None) -> None:
    assert fact_of(make_event(kind, **fields)) == fact


def test_a_fingerprint_is_account_kind_rule_and_subject(make_event: Callable[..., Event]) -> None:
    assert fingerprint_of(make_event("margin_state"), "r") == Fingerprint(
        "main", EventKind.MARGIN_STATE, "r", "BTC-USDT-SWAP/long/isolated"
    )
