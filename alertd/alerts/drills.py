"""A drill: a marked critical alert that only an acknowledgement ends, or a day. Who answered, and how fast,
is a fact of its row.

It goes the way of real alerts: told by the routes, reminded of, escalated. One that goes `to_sink` alone is
the test that a deputy must have answered before escalations may go there (`away.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from alertd.alerts.ledger import Draft, Ledger
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.command import CommandRefused, StartDrill
from alertd.domain.events import Drill
from alertd.domain.notification import Reason
from alertd.domain.presence import DRILL_COUNTS_FOR

RULE = "drill"
LASTS = timedelta(days=1)


class Drills:
    """Which drills were answered: the newest of each sort. `passed`: ended drills from the store."""

    def __init__(self, passed: Iterable[Alert] = ()) -> None:
        self._answered: dict[str, datetime] = {}  # by the one sink, "" for the whole chain
        self._episodes: dict[Fingerprint, int] = {}
        for alert in passed:
            self._remember(alert)

    def answered_at(self, sink: str = "") -> datetime | None:
        """When somebody answered the newest answered drill to this sink alone, or to the whole chain."""
        return self._answered.get(sink)

    def counts(self, sink: str, now: datetime) -> bool:
        """Whether somebody answered one within the time it counts for."""
        at = self._answered.get(sink)
        return at is not None and now - at < DRILL_COUNTS_FOR

    def start(self, command: StartDrill, episode: int, ledger: Ledger, draft: Draft) -> Alert:
        """Raises: CommandRefused while one of the sort goes on, or for a sink that is not configured."""
        if command.sink and not ledger.chains.is_sink(command.sink):
            raise CommandRefused(f"there is no sink {command.sink!r}", "name one of [sinks]")
        if command.sink and command.account:
            raise CommandRefused("a drill goes to one sink or as of one account", "leave one of them out")
        alert = _opened(command, episode, draft.now)
        going_on = ledger.open.get(alert.fingerprint)
        if going_on is not None:
            raise CommandRefused(
                f"this drill goes on since {going_on.since:%Y-%m-%d %H:%M:%S} UTC",
                f"acknowledge it: alertd ack {going_on.short_id}",
            )
        return ledger.tell(alert, Reason.NEW, draft, due=draft.now)

    def end_answered(self, ledger: Ledger, draft: Draft) -> None:
        """End the drills that this draft acknowledges, and tell who answered."""
        for alert in [one for one in draft.alerts if isinstance(one.event, Drill)]:
            if alert.state is AlertState.ACKNOWLEDGED:
                ledger.resolve(alert, Resolution.RECOVERED, draft)
                self._remember(alert)

    def _remember(self, alert: Alert) -> None:
        if isinstance(alert.event, Drill) and alert.acknowledged_at is not None:
            known = self._answered.get(alert.event.to_sink)
            if known is None or known < alert.acknowledged_at:
                self._answered[alert.event.to_sink] = alert.acknowledged_at


def fingerprint_of(command: StartDrill) -> Fingerprint:
    """What the drill that this command starts is called."""
    event = Drill(
        event_id="",
        exchange="",
        account="",
        received_at=command.at,
        as_of=command.account,
        to_sink=command.sink,
    )
    return Fingerprint("", event.kind, RULE, event.subject)


def refuse_unknown_account(command: StartDrill, accounts: Container[str]) -> None:
    """Raises: CommandRefused."""
    if command.account and command.account not in accounts:
        raise CommandRefused(f"there is no account {command.account!r}", "name one of [accounts]")


def _opened(command: StartDrill, episode: int, now: datetime) -> Alert:
    name = fingerprint_of(command)
    return Alert(
        fingerprint=name,
        episode=episode,
        state=AlertState.FIRING,
        severity=Severity.CRITICAL,
        event=Drill(
            event_id=f"drill:{now.timestamp():.6f}",
            exchange="",
            account="",
            received_at=now,
            as_of=command.account,
            to_sink=command.sink,
            person=command.person,
            until=now + LASTS,
        ),
        since=now,
        updated_at=now,
        expires_at=now + LASTS,
    )
