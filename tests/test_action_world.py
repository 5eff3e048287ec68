"""Covers alertd/action_world.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest

from alertd.action_world import ActionWorld
from alertd.alerts.lifecycle import Lifecycle
from alertd.config import Settings
from alertd.coverage.account import AccountCoverage
from alertd.domain.alert import Alert, AlertState, Severity
from tests.actions.nouns import alert, at, margin

CONFIG = {
    "accounts": {"main": {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}},
    "sinks": {"phone": {"url": "json://127.0.0.1:9/"}},
    "people": {"anna": {"can": ["read", "approve"]}, "ben": {"can": ["read", "ack"]}},
}


def world(*alerts: Alert, coverage: Mapping[str, AccountCoverage] | None = None) -> ActionWorld:
    settings = Settings.model_validate(CONFIG)
    lifecycle = Lifecycle(alerts, {}, lambda _: (), {})
    return ActionWorld(lambda: settings, lifecycle, lambda: coverage or {})


@pytest.mark.parametrize(("person", "may"), [("anna", True), ("admin", True), ("ben", False), ("eve", False)])
def test_who_decides_about_actions(person: str, may: bool) -> None:
    assert world().may_approve(person) is may


def test_which_exchange_an_account_is_of() -> None:
    assert (world().exchange("main"), world().exchange("other")) == ("okx", None)


@pytest.mark.parametrize(
    ("change", "severity", "expected"),
    [
        ({}, Severity.CRITICAL, True),
        ({}, Severity.WARNING, True),
        ({"state": AlertState.ACKNOWLEDGED}, Severity.CRITICAL, True),
        ({"state": AlertState.PENDING}, Severity.CRITICAL, False),
        ({"severity": Severity.WARNING}, Severity.CRITICAL, False),
        ({"episode": 2}, Severity.CRITICAL, False),
    ],
)
def test_what_is_in_force(change: dict[str, object], severity: Severity, expected: bool) -> None:
    stands = msgspec.structs.replace(alert(), **change)
    assert world(stands).is_in_force(alert().fingerprint, 1, severity) is expected


def test_what_is_over_is_not_in_force() -> None:
    assert not world().is_in_force(alert().fingerprint, 1, Severity.INFO)
    another = alert(margin(account="other"))
    assert not world(another).is_in_force(alert().fingerprint, 1, Severity.INFO)


def test_an_account_counts_as_watched_and_compared_from_evidence_only() -> None:
    one, _ = AccountCoverage.entered("main", "okx", None, None, at(0))
    asked = world(coverage={"main": one})
    assert not asked.is_watched("other")
    assert not asked.is_reconciled("other")
    assert not asked.is_reconciled("main")
    one.reconciled(at(0) + timedelta(seconds=1), 0)
    assert asked.is_reconciled("main")
    assert not asked.is_watched("main"), "nothing has shown it yet"
    one.lost_since = None
    assert asked.is_watched("main")
