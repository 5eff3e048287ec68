"""Alerts that nothing will judge any more: their rule, account or sink left the configuration. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import (
    Away,
    DeliveryHealth,
    Drill,
    Event,
    EventKind,
    Maintenance,
    SelfCheck,
    Stopping,
)
from alertd.domain.recollection import LooksBack


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to judge by, and to judge.

    `rules`: the event kind of each enabled rule; `looking_back`: the type of those that look back; `peers`:
    the other alertds that this one watches.
    """

    rules: Mapping[str, EventKind]
    accounts: Container[str]
    sinks: Container[str]
    looking_back: Mapping[str, LooksBack] = msgspec.field(default_factory=dict)
    peers: Container[str] = ()

    def judges(self, alert: Alert) -> bool:
        """Whether some event to come may still change this alert.

        An alert without an account (a sink's, the configuration's) belongs to all of them.
        """
        rule = alert.fingerprint.rule
        if isinstance(alert.event, Drill | Away):  # raised by a person, not by a rule
            return self.has(alert.event)
        return (
            self.rules.get(rule) is alert.fingerprint.kind
            and self._ends_alike(alert)
            and self.has(alert.event)
        )

    def _ends_alike(self, alert: Alert) -> bool:
        """Whether the rule is still of the type that raised it: another one would not know how it ends."""
        if alert.error is not None:
            return True
        type_then = None if alert.recollection is None else alert.recollection.rule_type
        return self.looking_back.get(alert.fingerprint.rule) is type_then

    def has(self, event: Event) -> bool:
        """Whether what the event is about is configured."""
        if isinstance(event, DeliveryHealth) and event.sink not in self.sinks:
            return False
        if isinstance(event, Drill) and not self._has_drilled(event):
            return False
        if isinstance(event, Away) and event.deputy not in self.sinks:
            return False
        if isinstance(event, Maintenance) and event.accounts:
            return any(account in self.accounts for account in event.accounts)
        if isinstance(event, SelfCheck) and event.name and event.name not in self.peers:
            return False
        return not event.account or event.account in self.accounts

    def _has_drilled(self, event: Drill) -> bool:
        has_account = not event.as_of or event.as_of in self.accounts
        return has_account and (not event.to_sink or event.to_sink in self.sinks)


def set_apart(
    open_alerts: Iterable[Alert], configured: Configured, now: datetime
) -> tuple[list[Alert], list[Alert]]:
    """Those to go on with, and those that end here. Nobody is told: whoever took the rule away knows.

    For a start: what was told of the last stop is over.
    """
    kept: list[Alert] = []
    ended: list[Alert] = []
    for alert in open_alerts:
        if configured.judges(alert) and not isinstance(alert.event, Stopping):
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
