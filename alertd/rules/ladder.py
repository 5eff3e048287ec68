"""A ladder rule: one figure against a level for each severity, with hysteresis. Stateless."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from decimal import Decimal
from operator import attrgetter

import msgspec

from alertd.domain.alert import Severity
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import EVENT_TYPES, Event
from alertd.rules.conditions import Conditions
from alertd.rules.expression import Verdict
from alertd.rules.judging import RULE_FAILED, fact_of, fingerprint_of
from alertd.rules.matchers import Gate
from alertd.rules.settings import LadderSettings

# The one figure with a memory of how the position began: a level it was opened inside of is told as info.
_RATIO, _OPENING_RATIO = "margin_ratio", "opening_margin_ratio"

# A figure whose absence is good news as long as the other one is known: a position with a known distance to
# its liquidation price and no minutes to it is not approaching it.
# Likewise of a lead trader whose orders were read, and none of whom has such a figure.
_ABSENT_IS_BETTER = {
    "minutes_to_liquidation": "distance_to_liquidation",
    "hold_ratio": "orders_open",
    "held_for_s": "orders_open",
    "worst_profit_rate": "orders_open",
}


class _Level(msgspec.Struct, frozen=True):
    severity: Severity
    reached: Decimal  # reached strictly beyond this
    held: Decimal  # kept strictly beyond this: hysteresis


class _Standing(msgspec.Struct, frozen=True):
    """Where a value stands: the level reached, its bound, and the level still held."""

    severity: Severity | None
    threshold: Decimal | None
    held: Severity | None


class LadderRule:
    """One compiled `type = "ladder"` rule. Raises: ConfigError where its conditions cannot be compiled."""

    def __init__(self, name: str, settings: LadderSettings) -> None:
        self.name = name
        self.kind = settings.event
        self._timing = settings.timing
        self._tells_state = EVENT_TYPES[settings.event].tells_state
        self._conditions = Conditions(name, settings)
        self._field = settings.field
        self._read = attrgetter(settings.field)
        self._beyond = operator.lt if settings.side == "below" else operator.gt
        self._levels = _levels(settings)
        self._mildest = self._levels[-1].reached
        self._read_opening = None
        if settings.field == _RATIO and hasattr(EVENT_TYPES[settings.event], _OPENING_RATIO):
            self._read_opening = attrgetter(_OPENING_RATIO)
        self.figures = self._conditions.names | {settings.field}
        companion = _ABSENT_IS_BETTER.get(settings.field)
        self._read_companion = attrgetter(companion) if companion else None
        self.gate: Gate | None = Gate(settings.field, below=settings.side == "below", bound=self._mildest)

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""
        return self._conditions.covers(account, exchange, labels)

    def covers_like(self, event: Event) -> bool:
        """Whether events on the same instrument, side and margin can fire it at all."""
        return self._conditions.covers_like(event)

    def may_fire(self, event: Event) -> bool:
        """Whether the value has reached a level and the matchers hold."""
        value = self._read(event)
        return value is not None and self._beyond(value, self._mildest) and self._conditions.may_hold(event)

    def evaluate(self, event: Event, *, is_open: bool) -> Evaluation | None:
        """Level reached and level held, if there is one or an alert is open; a failure of `when` is said."""
        value = self._read(event)
        if value is None:
            return self.stand_down(event) if is_open and self._is_better_absent(event) else None
        standing = self._stand(Decimal(value), event)
        if standing.severity is None and not is_open:
            return None
        if standing.held is None:
            return self._say(event, Decimal(value), standing)
        verdict = self._conditions.judge(event)
        if verdict.error is not None or verdict.holds:
            return self._say(event, Decimal(value), standing, verdict)
        return self.stand_down(event) if is_open and verdict.holds is False and self._tells_state else None

    def stand_down(self, event: Event) -> Evaluation:
        """No level is reached or held."""
        return self._say(event, self._read(event), _Standing(None, None, None))

    def _is_better_absent(self, event: Event) -> bool:
        return self._read_companion is not None and self._read_companion(event) is not None

    def _stand(self, value: Decimal, event: Event) -> _Standing:
        opening = self._read_opening(event) if self._read_opening is not None else None
        held: Severity | None = None
        for level in self._levels:  # worst first
            is_known = opening is not None and self._beyond(opening, level.reached)
            severity = Severity.INFO if is_known else level.severity
            if self._beyond(value, level.reached):
                return _Standing(severity, level.reached, held or severity)
            if held is None and self._beyond(value, level.held):
                held = severity
        return _Standing(None, None, held)

    def _say(
        self, event: Event, value: Decimal | int | None, standing: _Standing, verdict: Verdict | None = None
    ) -> Evaluation:
        error = verdict.error if verdict is not None else None
        fact = None
        if standing.severity is not None:
            is_failed_occurrence = error is not None and not self._tells_state
            fact = RULE_FAILED if is_failed_occurrence else fact_of(event)
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=standing.severity,
            held=standing.held,
            figure=self._field,
            value=None if value is None else Decimal(value),
            threshold=standing.threshold,
            fact=fact,
            error=error,
        )


def _levels(settings: LadderSettings) -> list[_Level]:
    """Worst first."""
    outward = 1 if settings.side == "below" else -1
    return [
        _Level(severity, level, level + outward * settings.hysteresis * abs(level))
        for severity, level in sorted(settings.levels.items(), key=lambda item: -item[0].rank)
    ]
