"""Alerts, what was told of them and what became of that, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import msgspec

from alertd.domain.alert import Alert, AlertState
from alertd.domain.command import AnyCommand
from alertd.domain.notification import Notification
from alertd.store.archive import StoredDelivery

Json = dict[str, Any]


def summary(alert: Alert) -> Json:
    """An alert in a list. `id` is what people call it."""
    name, event = alert.fingerprint, alert.event
    return {
        "id": alert.short_id,
        "state": alert.state.value,
        "severity": alert.severity.value,
        "account": name.account,
        "exchange": event.exchange,
        "kind": name.kind.value,
        "rule": name.rule,
        "subject": name.subject,
        "figure": alert.figure,
        "value": _text(alert.value),
        "threshold": _text(alert.threshold),
        "since": time(alert.since),
        "updated_at": time(alert.updated_at),
        "occurrences": alert.occurrences,
        "labels": alert.labels,
        "acknowledged": acknowledgement(alert),
        "muted_by": list(alert.muted_by),
        "resolved_at": time(alert.resolved_at),
        "resolution": _text(alert.resolution),
    }


def acknowledgement(alert: Alert) -> Json | None:
    """The newest one; `in_force` until something worse broke it."""
    if alert.acknowledged_by is None:
        return None
    return {
        "by": alert.acknowledged_by,
        "at": time(alert.acknowledged_at),
        "comment": alert.acknowledged_comment,
        "in_force": alert.state.value == "acknowledged",
    }


def whole(alert: Alert, next_step_at: datetime | None = None) -> Json:
    """One alert with all its timers, and what the exchange said, as far as that was read. `next_step_at`:
    when the next step of its chain is due.
    """
    event = msgspec.to_builtins(alert.event, builtin_types=(), str_keys=True)
    event.pop("raw", None)
    return {
        **summary(alert),
        "episode": alert.episode,
        "error": alert.error,
        "told_at": time(alert.told_at),
        "told": alert.sequence,
        "reminders": alert.reminders,
        "remind_at": time(alert.remind_at),
        "escalation": _escalation(alert, next_step_at),
        "pending_until": time(alert.pending_until),
        "better_since": time(alert.better_since),
        "calm_until": time(alert.calm_until),
        "vanished_at": time(alert.vanished_at),
        "expires_at": time(alert.expires_at),
        "stays_until_acknowledged": alert.kept_s is not None,
        "muted_until": time(alert.muted_until),
        "broke": list(alert.broke),
        "event": {name: value for name, value in event.items() if value not in (None, "", [])},
    }


def _escalation(alert: Alert, next_step_at: datetime | None) -> Json | None:
    """Nobody has taken care yet, and others hear of it; None: so there is none to come."""
    if alert.chain_since is None or alert.state is not AlertState.FIRING:
        return None
    return {
        "round": alert.chain_round + 1,
        "round_since": time(alert.chain_since),
        "newest_step_at": time(alert.chain_done_at),
        "next_step_at": time(next_step_at),
    }


def history(deliveries: Sequence[StoredDelivery]) -> list[Json]:
    """What was told, in order, each with what became of it at every sink. `deliveries` as the archive has
    them: those of one notification beside each other.
    """
    return [
        {**_told(group[0].notification), "deliveries": [_outcome(one) for one in group]}
        for group in (list(group) for _, group in groupby(deliveries, key=lambda one: one.notification.key))
    ]


def delivery(one: StoredDelivery) -> Json:
    """A delivery in a list, with what it tells of."""
    alert = one.notification.alert
    return {
        **_outcome(one),
        "alert": alert.short_id,
        "account": alert.fingerprint.account,
        "rule": alert.fingerprint.rule,
        "subject": alert.fingerprint.subject,
        **_told(one.notification),
    }


def command(one: AnyCommand) -> Json:
    """Who told alertd to do what."""
    return {name: value for name, value in msgspec.to_builtins(one).items() if value not in (None, "")}


def time(at: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat()


def _told(notification: Notification) -> Json:
    alert, previous = notification.alert, notification.previous_severity
    return {
        "reason": notification.reason.value,
        "at": time(notification.created_at),
        "sequence": alert.sequence,
        "severity": alert.severity.value,
        "previous_severity": _text(previous),
        "value": _text(alert.value),
        "also": [other.short_id for other in notification.also],
    }


def _outcome(one: StoredDelivery) -> Json:
    return {
        "delivery": one.delivery_id,
        "sink": one.sink,
        "state": one.state.value,
        "attempts": one.attempts,
        "created_at": time(one.created_at),
        "next_attempt_at": time(one.next_attempt_at),
        "sent_at": time(one.sent_at),
        "possible_duplicate": one.possible_duplicate,
        "detail": one.detail,
        "stands_in_for": list(one.stands_in_for),
        "held": one.is_held,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
