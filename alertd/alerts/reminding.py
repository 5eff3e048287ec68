"""Reminds of an account's alerts: one notification for all that are due."""

from __future__ import annotations

from alertd.alerts.inhibition import BLIND
from alertd.alerts.ledger import Draft, Ledger, Withheld
from alertd.alerts.pausing import Pausing, each
from alertd.alerts.register import Company
from alertd.alerts.reminders import due_together, most_urgent, next_reminder
from alertd.alerts.states import Move, state_after
from alertd.domain.alert import Alert
from alertd.domain.notification import Reason


def remind(company: Company, ledger: Ledger, draft: Draft) -> Pausing[None]:
    """The worst of those that are due carries it; what is muted is neither told nor named."""
    due = due_together(ledger.open.company(company), draft.now)
    told: list[Alert] = []

    def consider(row: Alert) -> None:
        alert = ledger.shown(row)
        if not ledger.remind_after(alert):
            _advance(alert, ledger, draft)
        elif not _leave_out(alert, ledger, draft):
            told.append(alert)

    yield from each(due, consider)
    if not told:
        return
    [carrier] = yield from most_urgent(told)
    others = [alert for alert in told if alert is not carrier]
    yield from each(others, lambda alert: _advance(alert, ledger, draft))
    ledger.tell(
        carrier,
        Reason.REMINDER,
        draft,
        due=carrier.remind_at or draft.now,
        also=(yield from ledger.others(carrier)),
        state=state_after(carrier.state, Move.REMIND),
        reminders=carrier.reminders + 1,
    )


def _leave_out(alert: Alert, ledger: Ledger, draft: Draft) -> bool:
    """Withhold the reminder of an alert that is muted by now, or whose figures are known to be old."""
    if ledger.withhold(alert, Reason.REMINDER, draft):
        return True
    if ledger.mutes.inhibitions.skips_reminder(alert, ledger.shown):
        draft.withheld.append(Withheld(alert, Reason.REMINDER, (BLIND,)))
        _advance(alert, ledger, draft)
        return True
    return False


def _advance(alert: Alert, ledger: Ledger, draft: Draft) -> None:
    """Another alert's reminder names it; where routes want no reminders any more the timer ends."""
    count, due = alert.reminders + 1, alert.remind_at or draft.now
    remind_at = next_reminder(ledger.remind_after(alert), count, due, draft.now)
    ledger.edit(alert, draft, reminders=count, remind_at=remind_at)
