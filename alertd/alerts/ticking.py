"""What time does to alerts: all timers that have run out, in pieces that may each be stored by itself.

First what ends, fires or is better for long enough, in the order of its time; then escalations, then
reminders, an account at a time. A piece leaves the rows so that a process that dies after it goes on with
the next one: what is still to be done is still due by the rows. What is told of an account in one message
is one piece, however many alerts it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from alertd.alerts import judgement
from alertd.alerts.calm import when_not_calm
from alertd.alerts.endings import end_by_time
from alertd.alerts.episodes import Episodes
from alertd.alerts.escalation import Escalation
from alertd.alerts.ledger import Draft, Ledger, reason_due
from alertd.alerts.muting import review
from alertd.alerts.pausing import AT_ONCE, each
from alertd.alerts.register import Company, company_of
from alertd.alerts.reminding import remind
from alertd.alerts.states import Move, state_after
from alertd.alerts.vanishing import Vanishing
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.notification import Reason


class Ticking:
    """Works on the ledger of a life cycle."""

    def __init__(
        self, ledger: Ledger, episodes: Episodes, escalation: Escalation, vanishing: Vanishing
    ) -> None:
        self._ledger = ledger
        self._episodes = episodes
        self._escalation = escalation
        self._vanishing = vanishing

    def run(self, now: datetime) -> Iterator[Draft | None]:
        """Do what is due by `now`, reminders and escalations last. None: a pause within a piece. Nothing else
        may be changed until the last piece.
        """
        names = yield from self._ledger.timers.take_due(now)
        to_escalate: dict[Company, None] = {}
        to_remind: dict[Company, None] = {}
        unfinished = iter(names)
        while some := list(islice(unfinished, AT_ONCE)):
            draft = Draft(now)
            for name in some:
                self._run_timers(name, draft, to_escalate, to_remind)
            yield draft
        for company in to_escalate:
            draft = Draft(now)
            yield from self._escalation.run(company, draft)
            yield draft
        for company in to_remind:
            draft = Draft(now)
            yield from remind(company, self._ledger, draft)
            yield draft
        yield from each(names, self._set_again)

    def _run_timers(
        self,
        name: Fingerprint,
        draft: Draft,
        to_escalate: dict[Company, None],
        to_remind: dict[Company, None],
    ) -> None:
        """All of one alert; its account is noted where it wants to be told."""
        alert = self._ledger.open.get(name)
        while alert is not None and self._run_timer(alert, draft):
            alert = self._ledger.open.get(name)
        if alert is None:
            return
        if alert.remind_at and when_not_calm(alert, alert.remind_at) <= draft.now:
            to_remind[company_of(name)] = None
        if self._escalation.is_due(alert, draft):
            to_escalate[company_of(name)] = None

    def _run_timer(self, alert: Alert, draft: Draft) -> bool:
        """Do what is due first with this alert, reminders apart. False: nothing is due."""
        timers: tuple[tuple[datetime | None, Callable[[Alert, Draft], None]], ...] = (
            (reason_due(alert), self._vanishing.end),
            (alert.pending_until, self._fire),
            (alert.expires_at, self._expire),
            (self._ledger.better_due(alert), self._end_hold),
            (alert.muted_until, self._review),
        )
        due = [(at, act) for at, act in timers if at is not None and at <= draft.now]
        if not due:
            return False
        _, act = min(due, key=lambda timer: timer[0])
        act(alert, draft)
        return True

    def _expire(self, alert: Alert, draft: Draft) -> None:
        self._ledger.resolve(alert, end_by_time(alert), draft)

    def _fire(self, alert: Alert, draft: Draft) -> None:
        state = state_after(alert.state, Move.FIRE)
        due = alert.pending_until or draft.now
        self._ledger.tell(alert, Reason.NEW, draft, due=due, state=state, pending_until=None)

    def _review(self, alert: Alert, draft: Draft) -> None:
        review(alert, self._ledger, draft)

    def _end_hold(self, alert: Alert, draft: Draft) -> None:
        held = judgement.level_held(self._ledger.latest[alert.fingerprint])
        self._episodes.improve(alert, held, draft)

    def _set_again(self, name: Fingerprint) -> None:
        """The timer of an alert that nothing has changed since it was taken."""
        alert = self._ledger.open.get(name)
        if alert is not None and self._ledger.timers.is_taken(name):
            self._ledger.schedule(alert)
