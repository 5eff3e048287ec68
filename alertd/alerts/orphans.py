"""Alerts that nothing will judge any more, because their rule or account left the configuration. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from datetime import datetime

from alertd.domain.alert import Alert, AlertState, Resolution


def set_apart(
    open_alerts: Iterable[Alert], rules: Container[str], accounts: Container[str], now: datetime
) -> tuple[list[Alert], list[Alert]]:
    """Those to go on with, and those that end here. Nobody is told: whoever took the rule away knows.

    An alert without an account (a sink's) belongs to all of them.
    """
    kept: list[Alert] = []
    ended: list[Alert] = []
    for alert in open_alerts:
        account = alert.fingerprint.account
        if alert.fingerprint.rule in rules and (not account or account in accounts):
            kept.append(alert)
        else:
            ended.append(_ended(alert, now))
    return kept, ended


def _ended(alert: Alert, now: datetime) -> Alert:
    return replace(
        alert,
        state=AlertState.RESOLVED,
        resolution=Resolution.EXPIRED,
        resolved_at=now,
        updated_at=now,
        version=alert.version + 1,
    )
