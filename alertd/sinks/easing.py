"""Whether an alert that fires is better by its figures, and only has to stay so. Pure."""

from __future__ import annotations

from datetime import datetime

from alertd.alerts.escalation import is_near
from alertd.domain.alert import Alert, AlertState

_FIRES = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


def better_since(alert: Alert) -> datetime | None:
    """Since when no level holds it any more. None: one still does, it does not fire, or by its pace
    liquidation is near, beside which nothing is called better.
    """
    if alert.state not in _FIRES or is_near(alert.event):
        return None
    return alert.clear_since


def milder_since(alert: Alert) -> datetime | None:
    """Since when only a milder level holds it than the one it is called by; None as above."""
    if alert.state not in _FIRES or alert.clear_since is not None or is_near(alert.event):
        return None
    return alert.better_since
