"""What evaluations do to alerts: open an episode, worsen it, hold it, make it better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from alertd.alerts import judgement
from alertd.alerts.calm import FORGOTTEN_AFTER_S, KNOWN_AFTER_S, NOT_BETTER, calm_until
from alertd.alerts.chain import AT_REST
from alertd.alerts.damping import continued
from alertd.alerts.damping import hold_s as damped_hold_s
from alertd.alerts.ledger import Draft, Ledger
from alertd.alerts.plans import from_now
from alertd.alerts.states import Move, state_after
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.evaluation import Evaluation
from alertd.domain.notification import Reason

# A firing alert whose figures alone change writes a row this often, not with every push.
FIGURES_STORED_EVERY_S = 60.0

_FIGURES_AGE = timedelta(seconds=FIGURES_STORED_EVERY_S)
_KNOWN_AFTER = timedelta(seconds=KNOWN_AFTER_S)
_FORGOTTEN_AFTER = timedelta(seconds=FORGOTTEN_AFTER_S)


class Episodes:
    """Judges evaluations against the open alerts of a ledger. `labels` by account."""

    def __init__(
        self,
        ledger: Ledger,
        last_episodes: Mapping[Fingerprint, int],
        labels: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._ledger = ledger
        self.labels = labels
        self._last = dict(last_episodes)
        self._unseen: set[Fingerprint] = set()  # whose figure was not seen since a start or a gap

    def restore(self, alert: Alert) -> None:
        """Count the episode of an open alert from the store."""
        self.count([alert])
        self._unseen.add(alert.fingerprint)

    def count(self, alerts: Iterable[Alert]) -> None:
        """Take note of episodes that began elsewhere."""
        for alert in alerts:
            self._last[alert.fingerprint] = max(alert.episode, self._last.get(alert.fingerprint, 0))

    def next_of(self, name: Fingerprint) -> int:
        """The number of the next episode."""
        return self._last.get(name, 0) + 1

    def judge(self, evaluation: Evaluation, draft: Draft) -> None:
        """Change what one rule's word on one event changes."""
        if evaluation.error is not None:
            evaluation = judgement.as_rule_failure(evaluation)
        elif judgement.is_about_closed(evaluation):
            return
        alert = self._ledger.open.get(evaluation.fingerprint)
        if alert is None:
            if evaluation.severity is not None:
                self._first(evaluation, evaluation.severity, draft)
        elif judgement.is_an_end(evaluation):
            self._ledger.latest[alert.fingerprint] = evaluation
            self.improve(alert, None, draft)
        elif not judgement.ends_by_time(evaluation):
            self._follow_state(alert, evaluation, draft)
        elif evaluation.severity is not None:
            self._repeat(alert, evaluation, draft)

    def improve(self, alert: Alert, held: Severity | None, draft: Draft) -> None:
        """The better level has held: lower to it in silence, or resolve where nothing is held."""
        if held is None:
            is_pending = alert.state is AlertState.PENDING
            self._ledger.resolve(alert, Resolution.EXPIRED if is_pending else Resolution.RECOVERED, draft)
            return
        lower = replace(alert, severity=held, state=state_after(alert.state, Move.LOWER), **NOT_BETTER)
        facts: dict[str, Any] = {"remind_at": None}
        if lower.state is AlertState.FIRING:
            facts |= from_now(self._ledger.remind_after(lower), lower, draft.now)
        self._ledger.edit(lower, draft, **facts)

    def _first(self, evaluation: Evaluation, severity: Severity, draft: Draft) -> None:
        name = evaluation.fingerprint
        episode = self.next_of(name)
        labels = self.labels.get(name.account, {})
        alert = judgement.opened(evaluation, severity, episode, labels, draft.now)
        damping_s = evaluation.timing.damping_s
        former = self._ledger.recovered.take(name, draft.now, damping_s)
        if former is not None and not judgement.ends_by_time(evaluation):
            alert = continued(former, alert, damping_s)
        self._last[name] = alert.episode
        self._ledger.latest[name] = evaluation
        self._unseen.discard(name)
        if alert.state is AlertState.PENDING:
            self._ledger.edit(alert, draft)
        else:
            self._ledger.tell(alert, Reason.NEW, draft, due=draft.now)

    def _repeat(self, alert: Alert, evaluation: Evaluation, draft: Draft) -> None:
        """An occurrence of an open episode once more."""
        is_news = judgement.is_news(alert, evaluation)
        if not is_news and judgement.is_same_fact(alert, evaluation):
            return
        self._ledger.latest[alert.fingerprint] = evaluation
        severity = judgement.worst(alert.severity, evaluation.severity)
        is_acknowledged = alert.state is AlertState.ACKNOWLEDGED and not is_news
        counted: dict[str, Any] = {
            "occurrences": alert.occurrences + 1,
            **judgement.ending(evaluation, severity, draft.now, is_acknowledged=is_acknowledged),
        }
        if is_news:
            self._worsen(alert, evaluation, draft, **counted)
        else:
            self._ledger.edit(alert, draft, **counted)

    def _follow_state(self, alert: Alert, evaluation: Evaluation, draft: Draft) -> None:
        """What a state stands at now: worse, the same, or better."""
        self._look_at_figure(alert, evaluation)
        self._ledger.latest[alert.fingerprint] = evaluation
        if judgement.is_news(alert, evaluation):
            # An occurrence may have gone before, of which the time runs.
            lasts = judgement.ending(evaluation, alert.severity, draft.now)
            alert = self._worsen(alert, evaluation, draft, **NOT_BETTER, **lasts)
        held = judgement.level_held(evaluation)
        if held is not None and held.rank >= alert.severity.rank:
            if alert.better_since is not None:
                self._ledger.edit(alert, draft, **NOT_BETTER)
            else:
                self._refresh(alert, draft)
        elif alert.state is AlertState.PENDING:
            self.improve(alert, held, draft)
        else:
            self._hold_better(alert, held, evaluation, draft)

    def _hold_better(self, alert: Alert, held: Severity | None, evaluation: Evaluation, draft: Draft) -> None:
        """A milder level holds from when the alert's own was left; none at all from when the last one was."""
        timing, since = evaluation.timing, alert.better_since or draft.now
        clear_since = None if held is not None else alert.clear_since or draft.now
        hold_s = damped_hold_s(alert, timing.hold_better_s, timing.damping_s)
        calm = calm_until(alert, evaluation.event, held, hold_s, draft.now)
        if draft.now - since < _KNOWN_AFTER and self._may_be_unknown(alert, evaluation):
            calm = alert.calm_until
        facts = {"better_since": since, "clear_since": clear_since, "calm_until": calm}
        if draft.now - (clear_since or since) >= timedelta(seconds=hold_s):
            self.improve(alert, held, draft)
        elif any(getattr(alert, name) != value for name, value in facts.items()):
            self._ledger.edit(alert, draft, **facts)
        else:
            self._refresh(alert, draft)

    def _look_at_figure(self, alert: Alert, evaluation: Evaluation) -> None:
        former = self._ledger.latest.get(alert.fingerprint, alert).event
        if evaluation.value is not None:
            self._unseen.discard(alert.fingerprint)
        elif evaluation.event.received_at - former.received_at >= _FORGOTTEN_AFTER:
            self._unseen.add(alert.fingerprint)

    def _may_be_unknown(self, alert: Alert, evaluation: Evaluation) -> bool:
        """Whether the figure is absent, and was so since this process began or saw nothing for long."""
        is_absent = evaluation.figure is not None and evaluation.value is None
        return is_absent and alert.fingerprint in self._unseen

    def _refresh(self, alert: Alert, draft: Draft) -> None:
        """Nothing but the figures changed: no row, unless the stored ones are old."""
        if draft.now - alert.updated_at >= _FIGURES_AGE:
            self._ledger.edit(alert, draft)
        elif alert.better_since is not None:
            self._ledger.schedule(alert)  # after a restart the time it must hold is known again

    def _worsen(self, alert: Alert, evaluation: Evaluation, draft: Draft, **fields: Any) -> Alert:
        """A higher severity or a new fact: told at once, unless nothing of this alert is told yet."""
        severity = judgement.worst(alert.severity, evaluation.severity)
        fields |= {
            "state": state_after(alert.state, Move.WORSEN),
            "severity": severity,
            "facts": judgement.facts_with(alert, evaluation.fact),
        }
        if alert.state is AlertState.PENDING:
            return self._ledger.edit(alert, draft, **fields)
        previous = alert.severity if severity is not alert.severity else None
        if previous is not None:
            fields |= AT_REST  # another danger: the chain begins anew; a new fact alone does not hold it up
        fields["reminders"] = 0
        return self._ledger.tell(alert, Reason.WORSENED, draft, due=draft.now, previous=previous, **fields)
