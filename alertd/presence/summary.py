"""What the daily summary holds, the danger first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from alertd.domain.alert import Alert, AlertState
from alertd.domain.events import NO_DANGER
from alertd.domain.finding import Finding, Grade, by_urgency
from alertd.domain.notification import DeliveryState
from alertd.domain.presence import OpenAlert, OpenPosition, SinkQueue

MOST_POSITIONS = 5
MOST_ALERTS = 10
# What costs nothing today and something one day, though it is no warning yet.
_TO_REMEMBER = frozenset({"key_unbound_expires", "no_watcher", "canary_off"})
_FAR = Decimal("Infinity")


def nearest(positions: Iterable[OpenPosition]) -> list[OpenPosition]:
    """Those nearest to liquidation, the nearest first; where no distance is given the ratio decides."""
    return sorted(positions, key=_nearness)[:MOST_POSITIONS]


def _nearness(one: OpenPosition) -> tuple[Decimal, Decimal, str, str]:
    return _or_far(one.distance_to_liquidation), _or_far(one.margin_ratio), one.account, one.instrument


def _or_far(figure: Decimal | None) -> Decimal:
    return _FAR if figure is None or not figure.is_finite() else figure


def open_positions(counts: Iterable[int | None]) -> int | None:
    """How many are open in all accounts; None where one of them is not known."""
    total = 0
    for count in counts:
        if count is None:
            return None
        total += count
    return total


def open_alerts(alerts: Iterable[Alert]) -> list[OpenAlert]:
    """Alerts that were told and are not over, the worst first. Neither reports nor drills are any."""
    told = [
        alert
        for alert in alerts
        if alert.state is not AlertState.PENDING and alert.fingerprint.kind not in NO_DANGER
    ]
    told.sort(key=lambda alert: (-alert.severity.rank, alert.since))
    return [
        OpenAlert(
            severity=str(alert.severity),
            account=alert.fingerprint.account,
            rule=alert.fingerprint.rule,
            since=alert.since,
            instrument=alert.event.instrument or alert.event.margin_currency or "",
            direction=str(alert.event.direction or ""),
        )
        for alert in told
    ]


def queues(counts: Mapping[tuple[str, DeliveryState], int], sinks: Sequence[str]) -> list[SinkQueue]:
    """Of each sink, in their order; `counts` by sink and state."""
    return [
        SinkQueue(
            sink=sink,
            queued=counts.get((sink, DeliveryState.QUEUED), 0) + counts.get((sink, DeliveryState.SENDING), 0),
            unknown=counts.get((sink, DeliveryState.UNKNOWN), 0),
            dead=counts.get((sink, DeliveryState.DEAD), 0),
        )
        for sink in sinks
    ]


def to_remember(findings: Iterable[Finding]) -> list[Finding]:
    """What must be mended, and what must not be forgotten, the worst first."""
    return by_urgency(
        finding
        for finding in findings
        if finding.severity.rank >= Grade.WARNING.rank or finding.code in _TO_REMEMBER
    )
