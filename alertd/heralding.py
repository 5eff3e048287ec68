"""What the log and the counters say of the pipeline's work: what is told, and what is kept from people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import structlog

from alertd.alerts.ledger import Withheld
from alertd.alerts.mutes import is_silence
from alertd.domain.alert import Alert, Severity
from alertd.domain.notification import Address, Notification, Reason
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)


LINES_AT_MOST = 8  # of one transaction; in a storm each would cost as much as storing what it tells
_NAMED_AT_MOST = 3

Told = tuple[Notification, Sequence[Address]]


def record_told(counters: Counters, routed: Iterable[Told]) -> None:
    """One line for each, the canary apart; of many one for each reason, severity, rule and account."""
    told = [one for one in routed if not one[0].is_canary]
    kinds = Counter((one.reason, one.alert.severity) for one, _ in told)
    for (reason, severity), number in kinds.items():
        counters.add("notifications_total", number, reason=reason, severity=severity)
    if len(told) > LINES_AT_MOST:
        _record_many(told)
        return
    for one, addresses in told:
        log.info(
            "notification queued",
            **_about(one.reason, one.alert),
            subject=one.alert.fingerprint.subject,
            sinks=[address.sink for address in addresses if not address.if_heard],
        )


def _record_many(told: Iterable[Told]) -> None:
    alike: dict[tuple[Reason, Severity, str, str], list[Told]] = {}
    for one in told:
        name = one[0].alert.fingerprint
        key = one[0].reason, one[0].alert.severity, name.rule, name.account
        alike.setdefault(key, []).append(one)
    for several in alike.values():
        first = several[0][0]
        log.info(
            "notifications queued",
            **_about(first.reason, first.alert),
            notifications=len(several),
            subjects=[one.alert.fingerprint.subject for one, _ in several[:_NAMED_AT_MOST]],
            sinks=list(
                dict.fromkeys(
                    address.sink for _, addresses in several for address in addresses if not address.if_heard
                )
            ),
        )


def _about(reason: Reason, alert: Alert) -> dict[str, str]:
    name = alert.fingerprint
    return {
        "reason": str(reason),
        "severity": str(alert.severity),
        "rule": name.rule,
        "account": name.account,
    }


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
