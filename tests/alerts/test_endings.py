from decimal import Decimal
from typing import Any

import pytest

from alertd.alerts.endings import REMEMBERED_AT_MOST, LiquidationMemory
from alertd.domain.alert import Resolution
from alertd.domain.events import Direction, LiquidationType
from tests.alerts.nouns import BTC, ETH, alert_of, at, cross, isolated, liquidation, margin

LIQUIDATED, REDUCED, CLOSED = Resolution.LIQUIDATED, Resolution.REDUCED, Resolution.CLOSED
ADL, CLAW_BACK = LiquidationType.ADL, LiquidationType.CLAW_BACK
NO_MODE = {"instrument": BTC, "direction": Direction.LONG}
NO_DIRECTION = isolated() | {"direction": None}

CASES: list[tuple[str, dict[str, Any], Resolution]] = [
    ("liquidated", {}, LIQUIDATED),
    ("clawed back", {"liquidation_type": CLAW_BACK}, LIQUIDATED),
    ("deleveraged", {"liquidation_type": ADL}, REDUCED),
    ("something is left", {"remaining_size": Decimal("0.5")}, CLOSED),
    ("what is left is not told", {"remaining_size": None}, LIQUIDATED),
    ("a part, and what is left is not told", {"remaining_size": None, "was_a_part": True}, CLOSED),
    ("another account", {"account": "two"}, CLOSED),
    ("another instrument", {"position": isolated(ETH)}, CLOSED),
    ("another direction", {"position": isolated() | {"direction": Direction.SHORT}}, CLOSED),
    ("direction not told", {"position": NO_DIRECTION}, LIQUIDATED),
    ("mode not told", {"position": NO_MODE}, LIQUIDATED),
    ("which position is not told", {"position": {}}, CLOSED),
    ("cross", {"position": cross()}, CLOSED),
    ("600 s before", {"now": at(400)}, LIQUIDATED),
    ("more than 600 s before", {"now": at(399)}, CLOSED),
    ("after it vanished", {"now": at(1001)}, LIQUIDATED),
    ("an earlier position", {"observed_at": at(49)}, CLOSED),
    ("this very position", {"observed_at": at(50)}, LIQUIDATED),
]


@pytest.mark.parametrize(("_what", "fields", "expected"), CASES, ids=[case[0] for case in CASES])
def test_why_an_isolated_position_is_gone(_what: str, fields: dict[str, Any], expected: Resolution) -> None:
    memory = LiquidationMemory()
    memory.remember(liquidation(**({"now": at(995)} | fields)))
    alert = alert_of(margin(opened_at=at(50)), vanished_at=at(1000))
    assert memory.why_gone(alert) is expected


@pytest.mark.parametrize(("currency", "expected"), [("USDT", LIQUIDATED), ("BTC", CLOSED), (None, CLOSED)])
def test_any_liquidation_of_the_currency_counts_for_cross(currency: str | None, expected: Resolution) -> None:
    memory = LiquidationMemory()
    position = isolated(ETH) | cross("x") | {"margin_currency": currency}
    memory.remember(liquidation(at(900), position=position, observed_at=at(10)))
    alert = alert_of(margin(position=cross(), opened_at=at(50)), vanished_at=at(1000))
    assert memory.why_gone(alert) is expected


def test_the_worse_of_two_reasons_is_told() -> None:
    memory = LiquidationMemory()
    memory.remember(liquidation(at(990)))
    memory.remember(liquidation(at(995), liquidation_type=ADL))
    assert memory.why_gone(alert_of(margin(), vanished_at=at(1000))) is LIQUIDATED


def test_memory_is_bounded_by_time_and_number() -> None:
    memory = LiquidationMemory()
    for number in range(REMEMBERED_AT_MOST + 50):
        memory.remember(liquidation(at(0), position=isolated(f"I{number}")))
    assert len(memory._found) == REMEMBERED_AT_MOST
    assert memory.why_gone(alert_of(margin(position=isolated("I0")), vanished_at=at(1))) is CLOSED
    assert memory.why_gone(alert_of(margin(position=isolated("I1049")), vanished_at=at(1))) is LIQUIDATED
    memory.remember(liquidation(at(601)))
    assert len(memory._found) == 1
