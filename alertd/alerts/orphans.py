"""Alerts that nothing will judge any more: their rule, account or sink left the configuration. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import DeliveryHealth, Event, EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What there is to judge by, and to judge. `rules`: the event kind of each enabled rule."""

    rules: Mapping[str, EventKind]
    accounts: Container[str]
    sinks: Container[str]

    def judges(self, alert: Alert) -> bool:
        """Whether some event to come may still change this alert.

        An alert without an account (a sink's, the configuration's) belongs to all of them.
        """
        return self.rules.get(alert.fingerprint.rule) is alert.fingerprint.kind and self.has(alert.event)

    def has(self, event: Event) -> bool:
        """Whether what the event is about is configured."""
        if isinstance(event, DeliveryHealth) and event.sink not in self.sinks:
            return False
        return not event.account or event.account in self.accounts


def set_apart(
    open_alerts: Iterable[Alert], configured: Configured, now: datetime
) -> tuple[list[Alert], list[Alert]]:
    """Those to go on with, and those that end here. Nobody is told: whoever took the rule away knows."""
    kept: list[Alert] = []
    ended: list[Alert] = []
    for alert in open_alerts:
        if configured.judges(alert):
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
