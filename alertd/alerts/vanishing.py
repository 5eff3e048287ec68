"""A position that is gone: its alerts end a little later, with the reason, in one word."""

from __future__ import annotations

from datetime import timedelta

from alertd.alerts.calm import NOT_BETTER
from alertd.alerts.endings import LiquidationMemory
from alertd.alerts.ledger import RECORDS_AWAITED_S, Draft, Ledger
from alertd.alerts.reminders import urgency
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.events import MarginState, PositionSnapshot, Source

_RECORDS_AWAITED = timedelta(seconds=RECORDS_AWAITED_S)


class Vanishing:
    """Works on the ledger of a life cycle. `liquidations`: what may have ended a position."""

    def __init__(self, ledger: Ledger, liquidations: LiquidationMemory) -> None:
        self._ledger = ledger
        self._liquidations = liquidations

    def follow(
        self, event: MarginState | PositionSnapshot, subject: str, is_there: bool, draft: Draft
    ) -> None:
        """A position that ends is told a little later, with the reason; one that comes back is not told.

        One that ended while nobody watched is told once the exchange's records were asked for the reason.
        """
        is_asked = isinstance(event, PositionSnapshot) and event.source is Source.RECONCILE
        reason_by = draft.now + _RECORDS_AWAITED if event.after_gap else None
        for alert in self._ledger.open.of_position(event.account, subject):
            if is_there == (alert.vanished_at is None):
                if alert.reason_by is not None and is_asked:
                    self._ledger.edit(alert, draft, reason_by=None)
            elif is_there:
                self._ledger.edit(alert, draft, vanished_at=None, reason_by=None)
            elif alert.state is AlertState.PENDING:
                self._ledger.resolve(alert, Resolution.EXPIRED, draft)
            else:
                self._ledger.edit(alert, draft, vanished_at=draft.now, reason_by=reason_by, **NOT_BETTER)

    def end(self, alert: Alert, draft: Draft) -> None:
        """One position, one word: the worst alert tells the end for those of its severity.

        Another severity may have gone to other sinks, so it is told by its own.
        """
        resolution = self._why_gone(alert)
        together = [
            other
            for other in self._ledger.open.of_position(alert.fingerprint.account, alert.fingerprint.subject)
            if (other.severity, other.vanished_at) == (alert.severity, alert.vanished_at)
            and self._why_gone(other) is resolution
        ]
        for other in together:
            if not self._ledger.tells_end(other, resolution, draft.now):
                self._ledger.resolve(other, resolution, draft)
        heard = [self._ledger.shown(other) for other in together if other.fingerprint in self._ledger.open]
        if heard:
            carrier, *others = sorted(heard, key=urgency)
            self._ledger.resolve(carrier, resolution, draft, also=tuple(others))
            for other in others:
                self._ledger.resolve(other, resolution, draft, is_told=False)

    def _why_gone(self, alert: Alert) -> Resolution:
        """Unknown where nobody watched, and the exchange's records could not be asked."""
        reason = self._liquidations.why_gone(alert)
        is_unasked = reason is Resolution.CLOSED and alert.reason_by is not None
        return Resolution.UNKNOWN if is_unasked else reason
