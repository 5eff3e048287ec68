"""Covers alertd/actions/plans.py: what the configuration says, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.actions.plans import Trigger, plans_of, triggers_of
from alertd.actions.settings import ActionSettings
from alertd.domain.action import ALL_TRADERS, ActionType, OpenPositions
from alertd.domain.alert import Severity
from alertd.rules.settings import RuleSettings

_ACTIONS: TypeAdapter[Any] = TypeAdapter(dict[str, ActionSettings])
_RULES: TypeAdapter[Any] = TypeAdapter(dict[str, RuleSettings])
MATCH = {"type": "match", "event": "margin_state", "severity": "critical"}
STOP = {
    "type": "stop_copying",
    "account": "main",
    "lead_traders": "all",
    "open_positions": "leader_closes",
}


@dataclass(frozen=True)
class Account:
    exchange: str = "okx"
    role: str = "auto"
    labels: dict[str, str] = field(default_factory=dict)


ACCOUNTS = {
    "main": Account(),
    "second": Account(role="copier"),
    "desk": Account(role="trader"),
    "poll": Account(exchange="toobit"),
}


def made(stop: dict[str, Any] | None = None, **rules: dict[str, Any]) -> Any:
    read = _RULES.validate_python(rules or {"mine": {**MATCH, "actions": ["stop"]}})
    actions = _ACTIONS.validate_python({"stop": {**STOP, **(stop or {})}})
    return plans_of(actions, read, ACCOUNTS)["stop"]


def test_a_plan_says_what_the_table_says() -> None:
    plan = made({"max_traders": 3, "approvers": 2})
    assert (plan.action, plan.type, plan.open_positions) == (
        "stop", ActionType.STOP_COPYING, OpenPositions.LEADER_CLOSES,
    )  # fmt: skip
    assert (plan.max_traders, plan.approvers, plan.cooldown_s, plan.approval_ttl_s) == (3, 2, 3600, 900)
    assert (plan.traders, plan.allowed, plan.of_event) == ((ALL_TRADERS,), None, False)


@pytest.mark.parametrize(
    ("account", "concerned"),
    [
        ("main", {"main": "okx"}),
        ("*n*", {"main": "okx", "second": "okx"}),
        ("desk", {}),  # its role copies nobody
        ("p*", {"poll": "toobit"}),
        ("nobody", {}),
    ],
)
def test_it_concerns_the_accounts_that_can_have_it(account: str, concerned: dict[str, str]) -> None:
    assert made({"account": account}).accounts == concerned


def test_of_the_event_are_the_accounts_whose_events_its_rules_can_match() -> None:
    rules = {
        "mine": {**MATCH, "actions": ["stop"], "match": {"account": "ma*"}},
        "other": {**MATCH, "match": {"account": "second"}},
        "off": {**MATCH, "actions": ["stop"], "enabled": False},
    }
    plan = made({"account": "event"}, **rules)
    assert (plan.of_event, plan.accounts) == (True, {"main": "okx"})


def test_whom_the_event_names_may_be_narrowed() -> None:
    plan = made({"lead_traders": "event", "allowed_traders": ["25CD5A80241D6FE6"]})
    assert (plan.traders, plan.allowed) == (None, frozenset(("25CD5A80241D6FE6",)))


def test_the_hash_changes_with_the_action_and_with_what_triggers_it() -> None:
    rule = {**MATCH, "actions": ["stop"]}
    hashes = {
        made().config_hash,
        made({"cooldown_s": 1}).config_hash,
        made({"mode": "auto"}).config_hash,
        made(mine={**rule, "severity": "warning"}).config_hash,
        made(mine=rule, more=rule).config_hash,
    }
    assert len(hashes) == 5
    assert made(mine=rule, other=MATCH).config_hash == made().config_hash


def test_only_enabled_rules_with_actions_trigger() -> None:
    rules = {
        "one": {**MATCH, "actions": ["stop", "more"], "actions_from": "warning"},
        "two": MATCH,
        "off": {**MATCH, "actions": ["stop"], "enabled": False},
    }
    assert triggers_of(_RULES.validate_python(rules)) == {"one": Trigger(("stop", "more"), Severity.WARNING)}
