"""Covers alertd/alerts/orphans.py."""

from __future__ import annotations

import pytest

from alertd.alerts.orphans import set_apart
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from tests.alerts.nouns import START, at, margin


def alert(account: str, rule: str) -> Alert:
    event = margin(account=account)
    return Alert(
        fingerprint=Fingerprint(account, event.kind, rule, event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.WARNING,
        event=event,
        since=START,
        updated_at=START,
        version=3,
    )


@pytest.mark.parametrize(
    ("account", "rule", "goes_on"),
    [
        ("main", "margin_ratio", True),
        ("main", "taken_away", False),
        ("taken_away", "margin_ratio", False),
        ("", "margin_ratio", True),
        ("", "taken_away", False),
    ],
)
def test_an_alert_goes_on_only_with_its_rule_and_account(account: str, rule: str, goes_on: bool) -> None:
    stored = alert(account, rule)
    kept, ended = set_apart([stored], {"margin_ratio"}, {"main"}, at(60))
    if goes_on:
        assert (kept, ended) == ([stored], [])
        return
    assert kept == []
    (end,) = ended
    assert (end.state, end.resolution) == (AlertState.RESOLVED, Resolution.EXPIRED)
    assert (end.resolved_at, end.version) == (at(60), 4)
