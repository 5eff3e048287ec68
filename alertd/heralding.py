"""What the log and the counters say of the pipeline's work: what is told, and what is kept from people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from alertd.alerts.ledger import Withheld
from alertd.alerts.mutes import is_silence
from alertd.domain.notification import Address, Notification
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)


def record_told(counters: Counters, routed: Iterable[tuple[Notification, Sequence[Address]]]) -> None:
    """One line for each, the canary apart."""
    said = log.bind()  # once for all of a transaction
    for told, addresses in routed:
        if told.is_canary:
            continue
        name, severity = told.alert.fingerprint, told.alert.severity
        counters.add("notifications_total", reason=told.reason, severity=severity)
        said.info(
            "notification queued",
            reason=str(told.reason),
            severity=str(severity),
            rule=name.rule,
            account=name.account,
            subject=name.subject,
            sinks=[address.sink for address in addresses],
        )


def record_withheld(counters: Counters, withheld: Iterable[Withheld]) -> None:
    """One line for each."""
    for one in withheld:
        name, severity = one.alert.fingerprint, one.alert.severity
        by = "silence" if any(is_silence(mute) for mute in one.by) else "inhibition"
        counters.add("notifications_muted_total", by=by, reason=one.reason, severity=severity)
        log.info(
            "notification muted",
            by=list(one.by),
            reason=str(one.reason),
            severity=str(severity),
            rule=name.rule,
            account=name.account,
            subject=name.subject,
        )


def tell_afresh(rules: Sequence[str]) -> None:
    """Say which rules have lost their memory, because what they look at has changed."""
    for name in rules:
        log.info("rule changed: what it looks back on begins anew", rule=name)
