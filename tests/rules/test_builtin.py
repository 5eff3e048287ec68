from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.domain.alert import Severity
from alertd.domain.events import CoverageCause, Event
from alertd.rules.builtin import BUILTIN_RULES, merged_rules, with_builtin_keys
from alertd.rules.engine import RuleEngine, compile_problems
from alertd.rules.settings import RuleSettings

I, W, C = Severity.INFO, Severity.WARNING, Severity.CRITICAL  # noqa: E741
_RULES: TypeAdapter[Any] = TypeAdapter(dict[str, RuleSettings])

CASES: list[tuple[str, dict[str, Any], dict[str, Severity]]] = [
    ("margin_state", {"margin_ratio": 12.0, "buffer_used": 0.1, "minutes_to_liquidation": 99.0}, {}),
    ("margin_state", {"margin_ratio": 4.5}, {"margin_ratio": W}),
    ("margin_state", {"margin_ratio": 2.5}, {"margin_ratio": C}),
    ("margin_state", {"margin_ratio": 2.5, "opening_margin_ratio": 2.6}, {"margin_ratio": I}),
    ("margin_state", {"buffer_used": 0.6}, {"buffer_used": W}),
    ("margin_state", {"buffer_used": 0.8}, {"buffer_used": C}),
    ("margin_state", {"minutes_to_liquidation": 29.0}, {"minutes_to_liquidation": W}),
    ("margin_state", {"minutes_to_liquidation": 9.0}, {"minutes_to_liquidation": C}),
    ("liquidation_warning", {"margin_ratio": 2.0}, {"exchange_warning": C}),
    ("liquidation_warning", {"readable": False, "instrument": None}, {"exchange_warning": C}),
    ("liquidation", {}, {"liquidation": C}),
    ("lead_trade_failed", {"info_type": "1"}, {"lead_position_limit": W}),
    ("lead_trade_failed", {"info_type": "2"}, {"lead_daily_limit": W}),
    ("lead_trade_failed", {"info_type": "3"}, {"lead_equity": W}),
    ("lead_trade_failed", {"info_type": "9"}, {"lead_trade_unknown": W}),
    ("lead_trade_failed", {"info_type": ""}, {"lead_trade_unknown": W}),
    ("copy_relation", {"change": "left"}, {"copied_trader_left": W}),
    ("copy_relation", {"change": "appeared"}, {"copied_trader": I}),
    ("copy_relation", {"change": "changed"}, {"copied_trader": I}),
    ("copy_relation", {"party": "followers", "change": "left"}, {}),
    ("leader_change", {"change": "order_opened", "leverage_jump": 2.0}, {"leader_leverage": W}),
    ("leader_change", {"change": "leverage_changed", "leverage_jump": 3.0}, {"leader_leverage": W}),
    ("leader_change", {"change": "order_opened", "leverage_jump": 1.9}, {}),
    ("leader_change", {"change": "order_opened"}, {}),
    ("leader_change", {"change": "order_grown", "leverage_jump": 3.0}, {}),
    ("leader_change", {"change": "order_grown", "profit_rate": -0.1}, {"leader_adds_to_loser": W}),
    ("leader_change", {"change": "order_grown", "profit_rate": -0.09}, {}),
    ("leader_change", {"change": "order_reduced", "profit_rate": -0.5}, {}),
    ("leader_change", {"change": "inactive"}, {"leader_gone": W}),
    ("leader_change", {"change": "limit_reached"}, {"copy_limit": W}),
    ("leader_change", {"change": "config_changed"}, {"lead_settings": I}),
    ("leader_change", {"change": "symbols_changed"}, {"lead_settings": I}),
    ("leader_change", {"change": "followers_left", "left": 9}, {}),
    ("leader_state", {"hold_ratio": 6.0, "held_for_s": 86400.0}, {"leader_long_hold": W}),
    ("leader_state", {"hold_ratio": 6.0, "held_for_s": 86399.0}, {}),
    ("leader_state", {"hold_ratio": 5.0, "held_for_s": 864000.0}, {}),
    ("leader_state", {"silent_for_s": 0.0}, {}),
    ("leader_state", {"silent_for_s": 604801.0}, {"leader_silent": I}),
    ("leader_state", {"silent_for_s": 1209601.0}, {"leader_silent": W}),
    ("leader_state", {"equity_share": 1.25}, {}),
    ("leader_state", {"equity_share": 1.19}, {"lead_equity_low": W}),
    ("leader_state", {"equity_share": 0.99}, {"lead_equity_low": C}),
    ("leader_state", {"day_share": 0.79}, {}),
    ("leader_state", {"day_share": 0.8}, {"lead_day_share": W}),
    ("coverage", {"state": "watched"}, {}),
    ("coverage", {"state": "blind", "cause": CoverageCause.CREDENTIALS}, {"account_parked": C}),
    ("coverage", {"state": "degraded", "cause": CoverageCause.CREDENTIALS}, {"account_parked": C}),
    ("coverage", {"state": "blind", "cause": CoverageCause.STALE}, {}),
    ("coverage", {"state": "blind", "cause": CoverageCause.STALE, "urgency": 1}, {"coverage": I}),
    ("coverage", {"state": "blind", "urgency": 2}, {"coverage": W}),
    ("coverage", {"state": "blind", "urgency": 3}, {"coverage": C}),
    ("coverage_report", {"account": ""}, {"coverage_report": I}),
    ("maintenance", {"account": "", "urgency": 0}, {}),
    ("maintenance", {"account": "", "urgency": 1}, {"maintenance": I}),
    ("maintenance", {"account": "", "urgency": 2}, {"maintenance": W}),
    ("action", {"state": "planned"}, {"action": I}),
    ("action", {"state": "confirmed", "urgency": 2}, {"action": W}),
    ("action", {"state": "awaiting", "urgency": 3}, {"action": C}),
    ("delivery", {"healthy": True}, {}),
    ("delivery", {"healthy": False, "account": "", "exchange": ""}, {"sink_dead": C}),
    ("self_check", {"check": "canary", "healthy": True, "account": "", "exchange": ""}, {}),
    ("self_check", {"check": "canary", "healthy": False, "account": "", "exchange": ""}, {"canary": C}),
    ("self_check", {"check": "dead_man", "healthy": False, "account": ""}, {"dead_man_unreachable": W}),
    ("self_check", {"check": "peer", "healthy": False, "account": "", "name": "far"}, {"peer_silent": C}),
    ("configuration", {"accepted": True, "account": "", "exchange": ""}, {}),
    ("configuration", {"accepted": False, "account": "", "exchange": ""}, {"configuration_refused": W}),
    ("findings", {"worst": "ok"}, {"started": I}),
    ("findings", {"worst": "info"}, {"started": I}),
    ("findings", {"worst": "warning"}, {"findings": W}),
    ("findings", {"worst": "critical"}, {"findings": W}),
    ("findings", {"worst": "blocking"}, {"findings": W}),
    ("stopping", {"exposed": False}, {"stopping": I}),
    ("stopping", {"exposed": True}, {"stopping_exposed": W}),
    ("summary", {"account": ""}, {"summary": I}),
    ("copy_digest", {}, {"copy_digest": I}),
]


@pytest.mark.parametrize(("kind", "fields", "wanted"), CASES)
def test_built_in_rules(
    make_event: Callable[..., Event], kind: str, fields: dict[str, Any], wanted: dict[str, Severity]
) -> None:
    said = RuleEngine(BUILTIN_RULES, {}).evaluate(make_event(kind, **fields), lambda _: False)
    assert {evaluation.fingerprint.rule: evaluation.severity for evaluation in said} == wanted


TIMES = {
    "buffer_used": (0, 300, None),
    "minutes_to_liquidation": (0, 300, None),
    "margin_ratio": (0, 300, None),
    "exchange_warning": (0, 0, 7200),
    "liquidation": (0, 0, 86400),
    "lead_position_limit": (0, 0, 3600),
    "lead_daily_limit": (0, 0, 86400),
    "lead_equity": (0, 0, 86400),
    "lead_trade_unknown": (0, 0, 86400),
    "copied_trader_left": (0, 0, 86400),
    "copied_trader": (0, 0, 3600),
    "leader_drawdown": (0, 300, None),
    "leader_drawdown_deep": (0, 300, None),
    "leader_leverage": (0, 0, 86400),
    "leader_adds_to_loser": (0, 0, 86400),
    "leader_long_hold": (0, 300, None),
    "leader_silent": (0, 0, None),
    "leader_gone": (0, 0, 86400),
    "leader_followers": (0, 300, None),
    "lead_equity_low": (0, 300, None),
    "lead_day_share": (0, 0, None),
    "copy_limit": (0, 0, 86400),
    "lead_settings": (0, 0, 86400),
    "account_parked": (0, 0, None),
    "coverage": (0, 0, None),
    "coverage_report": (0, 0, 3600),
    "maintenance": (0, 0, None),
    "action": (0, 0, 3600),
    "sink_dead": (0, 0, None),
    "canary": (0, 0, None),
    "dead_man_unreachable": (0, 0, None),
    "peer_silent": (0, 0, None),
    "configuration_refused": (0, 0, None),
    "started": (0, 0, 900),
    "findings": (0, 0, 900),
    "stopping": (0, 0, 900),
    "stopping_exposed": (0, 0, 900),
    "silence_ending": (0, 0, 900),
    "summary": (0, 0, 3600),
    "copy_digest": (0, 0, 3600),
    "drill_due": (0, 0, 3600),
}


def test_times_of_the_built_in_rules() -> None:
    times = {
        name: (rule.timing.for_s, rule.timing.hold_better_s, rule.timing.resolve_after_s)
        for name, rule in BUILTIN_RULES.items()
    }
    assert times == TIMES
    staying = [name for name, rule in BUILTIN_RULES.items() if rule.timing.until_acknowledged]
    assert staying == ["liquidation", "action"]
    assert compile_problems(BUILTIN_RULES) == []


def test_a_users_rule_stands_in_the_place_of_the_built_in(make_rule: Callable[..., Any]) -> None:
    mine = make_rule(enabled=False)
    merged = merged_rules({"margin_ratio": mine, "extra": mine})
    assert merged["margin_ratio"] is mine
    assert list(merged)[-1] == "extra"
    assert merged["buffer_used"] is BUILTIN_RULES["buffer_used"]
    assert list(merged_rules({})) == list(BUILTIN_RULES)


def test_a_table_named_like_a_built_in_needs_only_what_differs() -> None:
    raw = {
        "margin_ratio": {"levels": {"critical": 2}},
        "sink_dead": {"enabled": False},
        "liquidation": {"type": "ladder", "event": "margin_state"},
        "mine": {"type": "match"},
        "wrong": 3,
    }
    filled: Any = with_builtin_keys(raw)
    assert {name: filled[name] for name in ("liquidation", "mine", "wrong")} == {
        name: raw[name] for name in ("liquidation", "mine", "wrong")
    }
    rules = _RULES.validate_python({name: filled[name] for name in ("margin_ratio", "sink_dead")})
    assert rules["margin_ratio"].levels == {C: 2}
    assert rules["margin_ratio"].field == "margin_ratio"
    assert not rules["sink_dead"].enabled
    assert with_builtin_keys("x") == "x"
