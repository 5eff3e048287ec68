"""Tells an alert that nobody acknowledges to the next ones in its chain, and at once to who can be woken.

How far a chain has come are facts of the alert's row, written with each step: neither a restart nor another
configuration repeats a step, loses one or lets it begin anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from alertd.alerts import chain as chains
from alertd.alerts.away import deputy_of, with_deputy
from alertd.alerts.calm import is_calm
from alertd.alerts.ledger import Draft, Ledger
from alertd.alerts.pausing import Pausing, each
from alertd.alerts.register import Company
from alertd.alerts.reminders import GATHER_S, can_be_reminded, most_urgent, urgency
from alertd.alerts.rings import rung_by
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.events import Event, MarginState
from alertd.domain.notification import Reason

WAKE_BELOW_MIN = Decimal(10)
_GATHER = timedelta(seconds=GATHER_S)
_FIGURE = "minutes_to_liquidation"


def is_near(event: Event) -> bool:
    """Whether a liquidation is so near that nobody waits for the steps of a chain."""
    if not isinstance(event, MarginState) or _FIGURE in event.stale:
        return False
    minutes = event.minutes_to_liquidation
    return minutes is not None and not minutes.is_nan() and minutes < WAKE_BELOW_MIN


class Escalation:
    """Works on the ledger of a life cycle."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def is_due(self, alert: Alert, draft: Draft) -> bool:
        """Whether its chain wants something by now."""
        at = chains.look_at(alert, self._ledger.chains.chain_of(alert))
        return at is not None and at <= draft.now

    def run(self, company: Company, draft: Draft) -> Pausing[None]:
        """One notification for all steps of the account that are due; the worst alert carries it."""
        yield from each(self._soon(company, draft), lambda alert: self._put_right(alert, draft))
        due = yield from self._due(company, draft)
        if not due:
            return
        sinks: dict[str, None] = {}
        facts: dict[Fingerprint, dict[str, Any]] = {}
        deputy = deputy_of(self._ledger)

        def advance(one: tuple[Alert, chains.Chain]) -> None:
            alert, chain = one
            until = max(draft.now, chains.steps_left(alert, chain)[0][0])  # gathered: not its next step too
            found, changed = chains.told(alert, chain, until, draft.now)
            facts[alert.fingerprint] = changed
            if found:
                is_first = changed["chain_round"] == 0 and not is_near(alert.event)
                sinks.update(dict.fromkeys(with_deputy(found, deputy, alone=is_first)))

        yield from each(due, advance)
        told = [alert for alert, _ in due if facts[alert.fingerprint]]
        [carrier] = yield from most_urgent(told)
        others = [alert for alert in told if alert is not carrier]
        yield from self._tell(carrier, others, sinks, facts, draft)

    def may_wake(self, event: Event) -> bool:
        """Whether `wake` may find something to do."""
        if not is_near(event):
            return False
        alerts = self._ledger.open.of_position(event.account, event.subject)
        return any(
            can_be_reminded(alert) and alert.woken_at is None and not is_calm(alert, event.received_at)
            for alert in alerts
        )

    def wake(self, event: Event, draft: Draft) -> Pausing[None]:
        """Tell the waking sinks of the chain at once, if they were not yet: one message for the position.

        Those that are told of a new or worse alert in this very draft need not hear it twice.
        """
        if not self.may_wake(event):
            return
        here = [
            self._ledger.shown(one) for one in self._ledger.open.of_position(event.account, event.subject)
        ]
        if any(alert.woken_at is not None for alert in here):
            return
        meant = [
            (alert, self._ledger.chains.chain_of(alert))
            for alert in here
            if can_be_reminded(alert)
            and not is_calm(alert, draft.now)
            and not self._ledger.withhold(alert, Reason.ESCALATED, draft)
        ]
        meant = [(alert, chain) for alert, chain in meant if chain.waking]
        if not meant:
            return
        news = {
            one.alert.fingerprint
            for one in draft.notifications
            if one.reason in (Reason.NEW, Reason.WORSENED)
        }
        heard = {sink for alert, chain in meant if alert.fingerprint in news for sink in chain.told_first}
        sinks = dict.fromkeys(sink for _, chain in meant for sink in chain.waking if sink not in heard)
        if sinks:
            sinks = dict.fromkeys(with_deputy(sinks, deputy_of(self._ledger), alone=False))
        carrier = min((alert for alert, _ in meant), key=urgency)
        woken: dict[str, Any] = {"woken_at": draft.now}
        if not sinks:
            for alert, _ in meant:
                self._ledger.edit(alert, draft, **woken)
            return
        others = [alert for alert, _ in meant if alert is not carrier]
        facts = {alert.fingerprint: woken for alert, _ in meant}
        yield from self._tell(carrier, others, sinks, facts, draft)

    def _put_right(self, alert: Alert, draft: Draft) -> None:
        if chains.facts_to_change(alert, self._ledger.chains.chain_of(alert), draft.now):
            self._ledger.edit(alert, draft)  # the ledger does it

    def _soon(self, company: Company, draft: Draft) -> list[Alert]:
        """Those that a tick must look at within the gathering time, for whatever reason: few of many."""
        timers, latest = self._ledger.timers, draft.now + _GATHER
        found = self._ledger.open.company(company)
        return [one for one in found if (at := timers.at(one.fingerprint)) is not None and at <= latest]

    def _due(self, company: Company, draft: Draft) -> Pausing[list[tuple[Alert, chains.Chain]]]:
        """Alerts with a step due within the gathering time; [] if none is due by now."""
        waiting: list[tuple[datetime, tuple[Alert, chains.Chain]]] = []

        def look(row: Alert) -> None:
            alert, chain = self._ledger.shown(row), self._ledger.chains.chain_of(row)
            if chains.look_at(alert, chain) is not None and not is_calm(alert, draft.now):
                waiting.append((chains.steps_left(alert, chain)[0][0], (alert, chain)))

        yield from each(self._soon(company, draft), look)
        earliest = min((at for at, _ in waiting), default=None)
        if earliest is None or earliest > draft.now:
            return []
        # from the due time, not from `now`: how often somebody ticks must not decide who is told
        latest = max(draft.now, earliest + _GATHER)
        due = [one for at, one in waiting if at <= latest]
        muted = yield from each(due, lambda one: self._ledger.withhold(one[0], Reason.ESCALATED, draft))
        return [one for one, is_muted in zip(due, muted, strict=True) if not is_muted]

    def _tell(
        self,
        carrier: Alert,
        others: Sequence[Alert],
        sinks: Collection[str],
        facts: Mapping[Fingerprint, Mapping[str, Any]],
        draft: Draft,
    ) -> Pausing[None]:
        """One message to these sinks. `others`: their steps are told by it; who reads it has heard of those
        that it names. `facts`: what the rows say then.
        """
        also = yield from self._ledger.others(carrier)
        named = {alert.fingerprint for alert in also}

        def note(alert: Alert) -> None:
            rung = alert.rung
            if alert.fingerprint in named:
                rung = rung_by(alert, carrier, sinks)
            self._ledger.edit(alert, draft, **facts[alert.fingerprint], rung=rung)

        yield from each(others, note)
        rung = rung_by(carrier, carrier, sinks)
        told = {**facts[carrier.fingerprint], "rung": rung, "only_to": tuple(sinks)}
        self._ledger.tell(carrier, Reason.ESCALATED, draft, due=draft.now, also=also, **told)
