"""What has become of an alert since a delivery of it was queued: read only where that may matter."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from alertd.alerts.states import END_REASONS
from alertd.domain.alert import Alert, AlertState
from alertd.domain.notification import Notification, Reason
from alertd.store.codec import CodecError, decode_alert
from alertd.store.prepared import Prepared
from alertd.store.tables import alerts, clean_text

_newest = select(alerts.c.body).where(
    alerts.c.fingerprint == bindparam("fingerprint"), alerts.c.episode == bindparam("episode")
)
_NEWEST = Prepared({"sqlite": _newest, "postgresql": _newest})
_later = (
    select(alerts.c.body)
    .where(alerts.c.fingerprint == bindparam("fingerprint"), alerts.c.episode > bindparam("episode"))
    .order_by(alerts.c.episode.desc())
    .limit(1)
)
_LATER = Prepared({"sqlite": _later, "postgresql": _later})
_ENDS = frozenset(END_REASONS.values())
_FIRES = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


class Answers:
    """When somebody acknowledged anything last, and when anything last fired again that had been over: what
    is told later than that need not be looked up.
    """

    def __init__(self) -> None:
        self._latest: datetime | None = None
        self._returned: datetime | None = None

    def see(self, stored: Iterable[Alert]) -> None:
        """These stand in the store."""
        for alert in stored:
            at = alert.acknowledged_at
            if at is not None and (self._latest is None or self._latest < at):
                self._latest = at
            is_back = alert.occurrences > 1 or alert.episode > 1
            if is_back and (self._returned is None or self._returned < alert.since):
                self._returned = alert.since

    def may_concern(self, notification: Notification) -> bool:
        """Whether somebody may take care of it since, or it may fire again though its end is told."""
        at = notification.created_at
        if self._latest is not None and at <= self._latest:
            return True
        return notification.reason in _ENDS and self._returned is not None and at <= self._returned


def newest_of(connection: Connection, fingerprint: str, episode: int) -> Alert | None:
    """How the alert stands by now; None where it is gone or unreadable: what was queued leaves as it is."""
    for (body,) in _NEWEST.run(connection, {"fingerprint": fingerprint, "episode": episode}):
        try:
            return decode_alert(body)
        except CodecError:
            return None
    return None


def gone_on(connection: Connection, newest: Alert) -> Alert:
    """How the danger stands: where this episode is over and a later one of it fires, that one."""
    if newest.is_open:
        return newest
    key = {"fingerprint": clean_text(str(newest.fingerprint)), "episode": newest.episode}
    for (body,) in _LATER.run(connection, key):
        with suppress(CodecError):  # then it is told as far as it can be read
            later = decode_alert(body)
            return later if later.state in _FIRES else newest
    return newest


def is_outdated(newest: Alert, notification: Notification, *, stands_in: bool = False) -> bool:
    """Whether the message must say so, however young it is: somebody takes care since it was made, it asks
    for somebody where none is needed any more, or it tells an end and the alert fires again. `stands_in`: who
    reads it hears of the alert by it alone.
    """
    if notification.reason in _ENDS:
        return newest.state in _FIRES
    if newest.state is AlertState.ACKNOWLEDGED:
        return notification.alert.state is not AlertState.ACKNOWLEDGED
    asks = notification.alert.is_open and (stands_in or notification.reason is Reason.ESCALATED)
    return asks and not newest.is_open
