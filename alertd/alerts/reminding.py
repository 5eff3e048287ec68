"""Reminds of an account's alerts: one notification for all that are due at the same sinks."""

from __future__ import annotations

from alertd.alerts.inhibition import BLIND
from alertd.alerts.ledger import Draft, Ledger, Withheld
from alertd.alerts.pausing import Pausing, each
from alertd.alerts.plans import after_this, due_now
from alertd.alerts.register import Company
from alertd.alerts.reminders import due_together
from alertd.alerts.rings import shared
from alertd.alerts.states import Move, state_after
from alertd.domain.alert import Alert
from alertd.domain.notification import Reason


def remind(company: Company, ledger: Ledger, draft: Draft) -> Pausing[None]:
    """Each sink hears of those that it is to be reminded of now; the worst of them carries its message. What
    is muted is neither told nor named.
    """
    due = due_together(ledger.open.company(company), draft.now)
    told: list[tuple[Alert, tuple[str, ...]]] = []

    def consider(row: Alert) -> None:
        alert = ledger.shown(row)
        plans = ledger.remind_after(alert)
        if not plans:
            _advance(alert, ledger, draft)
        elif not _leave_out(alert, ledger, draft):
            told.append((alert, due_now(plans, alert, draft.now).sinks))

    yield from each(due, consider)
    messages = yield from shared(told)
    carriers = {message.carrier.fingerprint for message in messages}
    others = [alert for alert, _ in told if alert.fingerprint not in carriers]
    yield from each(others, lambda alert: _advance(alert, ledger, draft))
    for message in messages:
        carrier = message.carrier
        ledger.tell(
            carrier,
            Reason.REMINDER,
            draft,
            due=carrier.remind_at or draft.now,
            also=(yield from ledger.others(carrier)),
            among=tuple(message.sinks),
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
    facts = after_this(ledger.remind_after(alert), alert, draft.now)
    ledger.edit(alert, draft, reminders=alert.reminders + 1, **facts)
