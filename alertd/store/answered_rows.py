"""What has become of an alert since a delivery of it was queued: read only where that may matter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from alertd.alerts.reminders import ALSO_AT_MOST
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.notification import Notification, Reason
from alertd.store.codec import CodecError, decode_alert
from alertd.store.prepared import Prepared
from alertd.store.tables import alerts, clean_text

_newest = select(alerts.c.body).where(
    alerts.c.fingerprint == bindparam("fingerprint"), alerts.c.episode == bindparam("episode")
)
_NEWEST = Prepared({"sqlite": _newest, "postgresql": _newest})


class Answers:
    """When somebody acknowledged anything last: what is told later than that need not be looked up."""

    def __init__(self) -> None:
        self._latest: datetime | None = None

    def see(self, stored: Iterable[Alert]) -> None:
        """These stand in the store."""
        for alert in stored:
            at = alert.acknowledged_at
            if at is not None and (self._latest is None or self._latest < at):
                self._latest = at

    def may_concern(self, notification: Notification) -> bool:
        """Whether somebody may take care of it since."""
        return self._latest is not None and notification.created_at <= self._latest


def newest_of(connection: Connection, fingerprint: str, episode: int) -> Alert | None:
    """How the alert stands by now; None where it is gone or unreadable: what was queued leaves as it is."""
    for (body,) in _NEWEST.run(connection, {"fingerprint": fingerprint, "episode": episode}):
        try:
            return decode_alert(body)
        except CodecError:
            return None
    return None


def is_answered(newest: Alert, notification: Notification) -> bool:
    """Whether the message must say so, however young it is: somebody takes care since it was made, or it asks
    for somebody where none is needed any more.
    """
    if newest.state is AlertState.ACKNOWLEDGED:
        return notification.alert.state is not AlertState.ACKNOWLEDGED
    return notification.reason is Reason.ESCALATED and not newest.is_open


def why_nobody_is_woken(connection: Connection, newest: Alert, notification: Notification) -> str:
    """Why an escalation needs to ring no more; "" where it must: some alert that it names goes on unanswered,
    or may do so: of very many not all are named.
    """
    also = notification.also
    if notification.reason is not Reason.ESCALATED or len(also) >= ALSO_AT_MOST or _waits(newest):
        return ""
    if any(_waits(_stored(connection, other.fingerprint, other.episode)) for other in also):
        return ""
    if newest.is_open:
        return f"nobody was woken: {newest.acknowledged_by} takes care"
    return f"nobody was woken: the alert is over ({newest.resolution})"


def _waits(alert: Alert | None) -> bool:
    return alert is None or alert.state not in (AlertState.ACKNOWLEDGED, AlertState.RESOLVED)


def _stored(connection: Connection, name: Fingerprint, episode: int) -> Alert | None:
    return newest_of(connection, clean_text(str(name)), episode)
