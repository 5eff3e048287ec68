"""The life cycle of alerts: the one writer of their state, from evaluations and time to what is told.

What decides later notifications stands in the rows given out in `Changes.alerts`: a Lifecycle built from
the newest stored rows goes on as if it had never stopped. Three things are in memory only. The newest
figures, so that a push which changes nothing writes no row (stored figures are at most 60 s older).
Liquidations of the last minutes, found again where their own alert is still open. And how long a better
state must hold, which the next evaluation tells again: until then it is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from alertd.alerts.chain import NO_CHAINS, Chains, runs, steps_left
from alertd.alerts.drills import Drills
from alertd.alerts.endings import LiquidationMemory
from alertd.alerts.episodes import Episodes
from alertd.alerts.escalation import Escalation
from alertd.alerts.ledger import RECORDS_AWAITED_S, Draft, Ledger, Withheld
from alertd.alerts.mutes import NO_MUTING, MutingRules
from alertd.alerts.muting import mutes_of, schedule_silences, settle
from alertd.alerts.obeying import Desk, obey
from alertd.alerts.orphans import Configured
from alertd.alerts.pausing import Pausing
from alertd.alerts.plans import Plans
from alertd.alerts.ticking import Ticking
from alertd.alerts.vanishing import Vanishing
from alertd.domain.alert import Alert, Fingerprint, Resolution, Severity
from alertd.domain.canary import is_canary
from alertd.domain.command import AnyCommand
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import (
    Event,
    LeaderState,
    LeadTradeFailed,
    Liquidation,
    MarginState,
    PositionSnapshot,
)
from alertd.domain.notification import Notification
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
    """All alerts of the process. `labels` by account; `remind_after`: who is reminded, and when;
    `chains`: who is told after those that a route names; `drills`: those that ended lately.
    """

    def __init__(
        self,
        open_alerts: Iterable[Alert],
        last_episodes: Mapping[Fingerprint, int],
        remind_after: Callable[[Alert], Plans],
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
        self._open_accounts = self._ledger.open.accounts()
        self._escalation = Escalation(self._ledger)
        self._episodes = Episodes(self._ledger, last_episodes, labels)
        self._liquidations = LiquidationMemory()
        self._vanishing = Vanishing(self._ledger, self._liquidations)
        self._ticking = Ticking(self._ledger, self._episodes, self._escalation, self._vanishing)
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

    def open_alert(self, fingerprint: Fingerprint) -> Alert | None:
        """The one of this fingerprint that is not resolved, as stored."""
        return self._ledger.open.get(fingerprint)

    def silences(self) -> list[Silence]:
        """All that are known, be they over or not."""
        return self._ledger.mutes.silences.all()

    def open_accounts(self) -> Container[str]:
        """A live view of the accounts that have an open alert: what lets a quiet account cost nothing."""
        return self._open_accounts

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
        remind_after: Callable[[Alert], Plans],
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

    def obey(self, command: AnyCommand, now: datetime) -> Pausing[Changes]:
        """What a person wants. Raises: CommandRefused; nothing was changed then."""
        draft = Draft(now)
        yield from obey(command, Desk(self._ledger, self._episodes, self.drills), draft)
        return self._changes(draft)

    def shown(self, alert: Alert) -> Alert:
        """An open alert with the newest figures there are."""
        return self._ledger.shown(alert)

    def next_step(self, alert: Alert) -> datetime | None:
        """When the next step of its chain is due, as far as nothing holds it back; None: none is to come."""
        chain = self._ledger.chains.chain_of(alert)
        steps = steps_left(alert, chain) if runs(alert, chain) else []
        return steps[0][0] if steps else None

    def apply(
        self, event: Event, evaluations: Sequence[Evaluation], now: datetime, *, between: bool = False
    ) -> Iterable[Changes]:
        """One event with what the rules say about it. Timers that have run out by `now` come first.

        In pieces, each to be stored in its order and before anything else is done here, unless it follows
        from the piece (`between`: no timers are run); one without changes is a pause.
        """
        if not evaluations and (between or self.is_untouched_by(event, now)):
            return ()
        return self._apply(event, evaluations, now, between=between)

    def _apply(
        self, event: Event, evaluations: Sequence[Evaluation], now: datetime, *, between: bool
    ) -> Iterator[Changes]:
        if isinstance(event, Liquidation):
            self._liquidations.remember(event)  # before the timers: a late tick may still tell the reason
        if not between:
            yield from self._run_timers(now)
        draft = Draft(now)
        if isinstance(event, MarginState):
            self._vanishing.follow(event, event.subject, event.open, draft)
        elif isinstance(event, PositionSnapshot):
            for subject in filter(event.speaks_of, self._ledger.open.positions(event.account)):
                self._vanishing.follow(event, subject, subject in event.subjects, draft)
        elif isinstance(event, LeaderState) and not event.followed:
            self._forget_leader(event, draft)
        elif isinstance(event, LeaderState):
            for alert in self._shortfalls(event):
                self._ledger.resolve(alert, Resolution.EXPIRED, draft)
        for evaluation in evaluations:
            self._episodes.judge(evaluation, draft)
        for _ in self._escalation.wake(event, draft):
            yield _NOTHING
        yield self._changes(draft)
        if not between:
            yield from self.tick(now)  # what waited while it was better is due where it is worse

    def is_untouched_by(self, event: Event, now: datetime | None = None) -> bool:
        """Whether an event that no rule has a word on changes nothing. `now`: where it may run timers."""
        if self._ledger.timers.is_due(now or event.received_at):
            return False
        if event.__class__ is MarginState:
            if not event.open or self._ledger.open.vanished:
                return False
            return event.account not in self._open_accounts or not self._escalation.may_wake(event)
        if isinstance(event, LeaderState):
            return event.followed and not self._shortfalls(event)
        return not isinstance(event, Liquidation | PositionSnapshot)

    def tick(self, now: datetime) -> Iterable[Changes]:
        """Let the timers run, in pieces as `apply`. Touches only alerts that are due."""
        return self._tick(now) if self._ledger.timers.is_due(now) else ()

    def _forget_leader(self, event: LeaderState, draft: Draft) -> None:
        """How it stands concerns nobody any more; that it is not followed is told as such."""
        for alert in self._ledger.open.of_account(event.account):
            if (alert.fingerprint.kind, alert.fingerprint.subject) == (event.kind, event.subject):
                self._ledger.resolve(alert, Resolution.EXPIRED, draft)

    def _shortfalls(self, event: LeaderState) -> list[Alert]:
        """Trades not led for too little equity, where there is enough now: the equity itself tells that."""
        if not event.is_own or event.equity_share is None or event.equity_share <= 1:
            return []
        return [
            alert
            for alert in self._ledger.open.of_account(event.account)
            if isinstance(alert.event, LeadTradeFailed)
            and alert.event.info_type == LeadTradeFailed.EQUITY
            and alert.event.received_at < event.received_at
        ]

    def _tick(self, now: datetime) -> Iterator[Changes]:
        yield from self._run_timers(now)
        yield self._changes(Draft(now))

    def _run_timers(self, now: datetime) -> Iterator[Changes]:
        for draft in self._ticking.run(now):
            yield _NOTHING if draft is None else _given_out(draft)

    def _changes(self, draft: Draft) -> Changes:
        """The last piece: silences run, and what is muted no more is told."""
        settle(self._ledger, draft)
        return _given_out(draft)


def _given_out(draft: Draft) -> Changes:
    if not (draft.alerts or draft.silences or draft.events):
        return _NOTHING
    return Changes(draft.alerts, draft.notifications, draft.silences, draft.withheld, draft.events)
