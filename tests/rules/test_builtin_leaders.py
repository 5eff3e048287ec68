"""Covers alertd/rules/builtin_leaders.py: what the looking-back ones say, and how what was told ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import Event, LeaderState, MarginState, PositionSnapshot
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from alertd.rules.memories import Memories
from tests.rules.conftest import AT

MakeEvent = Callable[..., Event]


class Watch:
    """The built-in rules with their memories; alerts stay open once they were said."""

    def __init__(self, make_event: MakeEvent) -> None:
        self._make = make_event
        self._engine = RuleEngine(BUILTIN_RULES, {"main": {}})
        self._memories = Memories(self._engine.looking_back, {"main": {}})
        self._open: set[Any] = set()

    def see(self, hours: float = 0, **figures: Any) -> dict[str, Severity | None]:
        at = AT + timedelta(hours=hours)
        usual = {
            "trader": "T1",
            "received_at": at,
            "direction": None,
            "margin_mode": None,
            "instrument": None,
        }
        exact = {name: Decimal(str(one)) if type(one) is float else one for name, one in figures.items()}
        event = self._make("leader_state", **{**usual, **exact})
        accounts = {"main"} if self._open else set()
        said = self._engine.evaluate(event, self._open.__contains__, accounts)
        said += self._memories.judge(event, self._open.__contains__, accounts)
        self._open |= {one.fingerprint for one in said if one.severity is not None}
        return {one.fingerprint.rule: one.severity for one in said}


@pytest.fixture
def watch(make_event: MakeEvent) -> Watch:
    return Watch(make_event)


def test_a_unit_that_falls_within_a_week(watch: Watch) -> None:
    assert watch.see(0, unit_value=1.0) == {}
    assert watch.see(24, unit_value=0.85) == {}
    assert watch.see(48, unit_value=0.8) == {"leader_drawdown": Severity.WARNING}
    assert watch.see(72, unit_value=0.6)["leader_drawdown_deep"] is Severity.CRITICAL


def test_a_fall_that_takes_longer_than_the_window_is_none(watch: Watch) -> None:
    for week in range(6):
        assert watch.see(week * 24 * 8, unit_value=1 - week * 0.1) == {}


def test_an_exodus_of_followers(watch: Watch) -> None:
    assert watch.see(0, followers=100) == {}
    assert watch.see(1, followers=76) == {}
    assert watch.see(2, followers=75) == {"leader_followers": Severity.WARNING}
    assert watch.see(3, followers=99) == {"leader_followers": None}


def test_a_long_hold_ends_with_the_order(watch: Watch) -> None:
    long = {"hold_ratio": 6.0, "held_for_s": 90000.0, "orders_open": 1}
    assert watch.see(0, **long) == {"leader_long_hold": Severity.WARNING}
    assert watch.see(1, orders_open=0, silent_for_s=0.0)["leader_long_hold"] is None


def test_what_a_look_did_not_learn_ends_nothing(watch: Watch) -> None:
    watch.see(0, hold_ratio=6.0, held_for_s=90000.0, orders_open=1, silent_for_s=0.0)
    watch.see(0, equity_share=1.1)
    assert watch.see(1, followers=10) == {}


def test_traders_are_told_apart(watch: Watch) -> None:
    assert watch.see(0, unit_value=1.0) == {}
    assert watch.see(1, unit_value=0.5, trader="T2") == {}


def test_who_is_not_followed_any_more_is_forgotten(watch: Watch) -> None:
    assert watch.see(0, unit_value=1.0) == {}
    assert watch.see(1, followed=False) == {}
    assert watch.see(2, unit_value=0.5) == {}


@pytest.mark.parametrize(("level", "share"), [("120%", "1.19"), (1.2, "1.19")])
def test_levels_are_written_as_people_count(
    make_rule: Callable[..., Any], make_event: MakeEvent, level: object, share: str
) -> None:
    mine = make_rule(type="ladder", event="leader_state", field="equity_share", levels={"warning": level})
    engine = RuleEngine({"mine": mine}, {})
    (said,) = engine.evaluate(make_event("leader_state", equity_share=Decimal(share)), lambda _: False)
    assert said.severity is Severity.WARNING


def test_positions_are_not_handed_to_the_memories_for_the_sake_of_leaders() -> None:
    kinds = Memories(RuleEngine(BUILTIN_RULES, {}).looking_back, {"main": {}}).kinds
    assert not kinds & {MarginState, PositionSnapshot}
    assert LeaderState in kinds
