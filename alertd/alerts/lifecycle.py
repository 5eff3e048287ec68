"""The life cycle of alerts: the one writer of their state, from evaluations and time to what is told.

What decides later notifications stands in the rows given out in `Changes.alerts`: a Lifecycle built from
the newest stored rows goes on as if it had never stopped. Three things are in memory only. The newest
figures, so that a push which changes nothing writes no row (stored figures are at most 60 s older).
Liquidations of the last minutes, found again where their own alert is still open. And how long a better
state must hold, which the next evaluation tells again: until then it is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alertd.alerts import judgement
from alertd.alerts.chain import NO_CHAINS, Chains
from alertd.alerts.drills import Drills
from alertd.alerts.endings import LiquidationMemory, end_by_time
from alertd.alerts.episodes import Episodes
from alertd.alerts.escalation import Escalation
from alertd.alerts.ledger import RECORDS_AWAITED_S, Draft, Ledger, Withheld, reason_due
from alertd.alerts.mutes import NO_MUTING, MutingRules
from alertd.alerts.muting import mutes_of, review, run_silences, schedule_silences, settle
from alertd.alerts.obeying import Desk, obey
from alertd.alerts.orphans import Configured
from alertd.alerts.register import Company, company_of
from alertd.alerts.reminding import remind
from alertd.alerts.states import Move, state_after
from alertd.alerts.vanishing import Vanishing
from alertd.domain.alert import Alert, Fingerprint, Resolution, Severity
from alertd.domain.canary import is_canary
from alertd.domain.command import AnyCommand
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import (
    Event,
    LeaderState,
    Liquidation,
    MarginState,
    PositionSnapshot,
)
from alertd.domain.notification import Notification, Reason
from alertd.domain.silence import Silence


class Changes(msgspec.Struct, frozen=True):
    """Rows to store, oldest version first, and what to tell, in order: one transaction.

    `withheld`: what is not told, because something mutes it. `events`: what is observed thereby, to be judged
    next.
    """

    alerts: Sequence[Alert] = ()
    notifications: Sequence[Notification] = ()
    silences: Sequence[Silence] = ()
    withheld: Sequence[Withheld] = ()
    events: Sequence[Event] = ()


_NOTHING = Changes()
_RECORDS_AWAITED = timedelta(seconds=RECORDS_AWAITED_S)


class Lifecycle:
    """All alerts of the process. `labels` by account; `remind_after` gives seconds, () = no reminders;
    `chains`: who is told after those that a route names; `drills`: those that ended lately.
    """

    def __init__(
        self,
        open_alerts: Iterable[Alert],
        last_episodes: Mapping[Fingerprint, int],
        remind_after: Callable[[Alert], Sequence[float]],
        labels: Mapping[str, Mapping[str, str]],
        chains: Chains = NO_CHAINS,
        drills: Iterable[Alert] = (),
        *,
        silences: Iterable[Silence] = (),
        muting: MutingRules = NO_MUTING,
        recovered: Iterable[Alert] = (),
    ) -> None:
        self._ledger = Ledger(remind_after, chains, mutes_of(silences, muting, labels))
        self._ledger.audience = muting.audience
        self._escalation = Escalation(self._ledger)
        self._episodes = Episodes(self._ledger, last_episodes, labels)
        self._liquidations = LiquidationMemory()
        self._vanishing = Vanishing(self._ledger, self._liquidations)
        self.drills = Drills(drills)
        schedule_silences(self._ledger)
        self._ledger.recovered.restore(recovered)
        for alert in open_alerts:
            self._ledger.restore(alert)
            self._episodes.restore(alert)
            if isinstance(alert.event, Liquidation):
                self._liquidations.remember(alert.event)

    def is_open(self, fingerprint: Fingerprint) -> bool:
        """Whether an alert of this fingerprint is not resolved."""
        return fingerprint in self._ledger.open

    def open_alerts(self) -> Collection[Alert]:
        """All that are open as stored (for the age of their figures see the module), without the canary's."""
        return [alert for alert in self._ledger.open.all() if not is_canary(alert.event)]

    def silences(self) -> list[Silence]:
        """All that are known, be they over or not."""
        return self._ledger.mutes.silences.all()

    def open_accounts(self) -> Container[str]:
        """A live view of the accounts that have an open alert: what lets a quiet account cost nothing."""
        return self._ledger.open.accounts()

    def worst_danger(self, account: str) -> Severity | None:
        """The worst severity told of the account and not over, our own blindness apart."""
        return self._ledger.open.worst_danger(account)

    def is_alarmed(self, account: str) -> bool:
        """Whether a danger of the account was told and is not over."""
        return self.worst_danger(account) in (Severity.WARNING, Severity.CRITICAL)

    def next_due(self) -> datetime | None:
        """The earliest time a tick has something to do; None: not before the next event."""
        return self._ledger.timers.next_due()

    def reconfigure(
        self,
        configured: Configured,
        remind_after: Callable[[Alert], Sequence[float]],
        labels: Mapping[str, Mapping[str, str]],
        now: datetime,
        chains: Chains = NO_CHAINS,
        muting: MutingRules = NO_MUTING,
    ) -> Changes:
        """Go on under another configuration: alerts nothing will judge any more end, no timer is reset."""
        self._ledger.remind_after = remind_after
        self._ledger.chains = chains
        self._ledger.audience = muting.audience
        self._ledger.mutes.reconfigure(muting, labels, self._ledger.open.all())
        self._episodes.labels = labels
        draft = Draft(now)
        for alert in list(self._ledger.open.all()):
            if configured.judges(alert):
                self._ledger.schedule(alert)
            else:
                self._ledger.resolve(alert, Resolution.EXPIRED, draft)
        return self._changes(draft)

    def obey(self, command: AnyCommand, now: datetime) -> Changes:
        """What a person wants. Raises: CommandRefused; nothing was changed then."""
        draft = Draft(now)
        obey(command, Desk(self._ledger, self._episodes, self.drills), draft)
        return self._changes(draft)

    def shown(self, alert: Alert) -> Alert:
        """An open alert with the newest figures there are."""
        return self._ledger.shown(alert)

    def apply(self, event: Event, evaluations: Sequence[Evaluation], now: datetime) -> Changes:
        """One event with what the rules say about it. Timers that have run out by `now` come first."""
        if not evaluations and self.is_untouched_by(event, now):
            return _NOTHING
        draft = Draft(now)
        if isinstance(event, Liquidation):
            self._liquidations.remember(event)  # before the timers: a late tick may still tell the reason
        self._run_timers(draft)
        if isinstance(event, MarginState):
            self._vanishing.follow(event, event.subject, event.open, draft)
        elif isinstance(event, PositionSnapshot):
            for subject in self._ledger.open.positions(event.account):
                self._vanishing.follow(event, subject, subject in event.subjects, draft)
        elif isinstance(event, LeaderState) and not event.followed:
            self._forget_leader(event, draft)
        for evaluation in evaluations:
            self._episodes.judge(evaluation, draft)
        self._escalation.wake(event, draft)
        return self._changes(draft)

    def is_untouched_by(self, event: Event, now: datetime | None = None) -> bool:
        """Whether an event that no rule has a word on changes nothing. `now`: where it may run timers."""
        if self._ledger.timers.is_due(now or event.received_at):
            return False
        if event.__class__ is MarginState:
            if not event.open or self._ledger.open.vanished:
                return False
            return not self._escalation.may_wake(event)
        if isinstance(event, LeaderState):
            return event.followed
        return not isinstance(event, Liquidation | PositionSnapshot)

    def tick(self, now: datetime) -> Changes:
        """Let the timers run. Touches only alerts that are due."""
        if not self._ledger.timers.is_due(now):
            return _NOTHING
        draft = Draft(now)
        self._run_timers(draft)
        return self._changes(draft)

    def _forget_leader(self, event: LeaderState, draft: Draft) -> None:
        """How it stands concerns nobody any more; that it is not followed is told as such."""
        for alert in self._ledger.open.of_account(event.account):
            if (alert.fingerprint.kind, alert.fingerprint.subject) == (event.kind, event.subject):
                self._ledger.resolve(alert, Resolution.EXPIRED, draft)

    def _run_timers(self, draft: Draft) -> None:
        to_remind: dict[Company, None] = {}
        to_escalate: dict[Company, None] = {}
        for name in self._ledger.timers.take_due(draft.now):
            alert = self._ledger.open.get(name)
            while alert is not None and self._run_timer(alert, draft):
                alert = self._ledger.open.get(name)
            if alert is None:
                continue
            self._ledger.schedule(alert)
            if alert.remind_at and alert.remind_at <= draft.now:
                to_remind[company_of(name)] = None
            if self._escalation.is_due(alert, draft):
                to_escalate[company_of(name)] = None
        run_silences(self._ledger, draft)
        for company in to_escalate:
            self._escalation.run(company, draft)
        for company in to_remind:
            remind(company, self._ledger, draft)

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

    def _changes(self, draft: Draft) -> Changes:
        settle(self._ledger, draft)
        if not (draft.alerts or draft.silences or draft.events):
            return _NOTHING
        return Changes(draft.alerts, draft.notifications, draft.silences, draft.withheld, draft.events)
