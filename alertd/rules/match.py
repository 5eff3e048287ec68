"""A match rule: fires with one severity while its conditions hold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from operator import attrgetter

from alertd.domain.evaluation import Evaluation
from alertd.domain.events import EVENT_TYPES, Event
from alertd.rules.conditions import Conditions
from alertd.rules.judging import RULE_FAILED, fact_of, fingerprint_of
from alertd.rules.settings import MatchSettings


class MatchRule:
    """One compiled `type = "match"` rule. Raises: ConfigError where its conditions cannot be compiled."""

    def __init__(self, name: str, settings: MatchSettings) -> None:
        self.name = name
        self.kind = settings.event
        self._severity = settings.severity
        self._timing = settings.timing
        self._tells_state = EVENT_TYPES[settings.event].tells_state
        self._conditions = Conditions(name, settings)
        self.figures = self._conditions.names
        self._figure = self._conditions.matchers.figure
        self.gate = self._conditions.matchers.gate
        self.may_fire = self._conditions.may_hold

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""
        return self._conditions.covers(account, exchange, labels)

    def covers_like(self, event: Event) -> bool:
        """Whether events on the same instrument, side and margin can fire it at all."""
        return self._conditions.covers_like(event)

    def evaluate(self, event: Event, *, is_open: bool) -> Evaluation | None:
        """Fires, fails, or (state kinds with an open alert only) says that it no longer holds."""
        verdict = self._conditions.judge(event)
        if verdict.error is not None:
            return self._failed(event, verdict.error)
        if verdict.holds:
            return self._fired(event)
        if verdict.holds is None or not is_open or not self._tells_state:
            return None
        return self.stand_down(event)

    def stand_down(self, event: Event) -> Evaluation:
        """It does not fire, and nothing is held."""
        return Evaluation(fingerprint_of(event, self.name), event, self._timing, severity=None)

    def _fired(self, event: Event) -> Evaluation:
        field, threshold = self._figure or (None, None)
        value = attrgetter(field)(event) if field else None
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=self._severity,
            held=self._severity,
            figure=field,
            value=None if value is None else Decimal(value),
            threshold=threshold,
            fact=fact_of(event),
        )

    def _failed(self, event: Event, error: str) -> Evaluation:
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=self._severity,
            held=self._severity,
            fact=None if self._tells_state else RULE_FAILED,
            error=error,
        )
