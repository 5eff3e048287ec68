"""A drawdown rule: how far a figure has fallen from its peak of the last seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

import msgspec

from alertd.domain.alert import Severity
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event, MarginMode
from alertd.domain.recollection import LooksBack, Recollection
from alertd.rules.conditions import Conditions
from alertd.rules.judging import fingerprint_of
from alertd.rules.looking_back_settings import DrawdownSettings
from alertd.rules.remembering import Step

# The window is kept in so many parts, which bounds the memory; a peak may count one part longer.
PARTS = 100
# The one figure that all cross positions of a currency share: the others are those of the nearest position,
# which may be another one with the next event.
COMMON_FIGURE = "margin_ratio"

_CLOCK_SET_BACK = timedelta(seconds=60)


class Sample(NamedTuple):
    """A figure at a time."""

    at: datetime
    value: Decimal


class DrawdownMemory(NamedTuple):
    """The peak first, then ever lower and younger ones that follow it when it leaves the window.

    `opened_at`: of the position whose figures these are, where that is known.
    """

    began_at: datetime
    opened_at: datetime | None
    peaks: tuple[Sample, ...]


class DrawdownRule:
    """One compiled `type = "drawdown"` rule. Raises: ConfigError where its conditions cannot be compiled."""

    def __init__(self, name: str, settings: DrawdownSettings) -> None:
        self.name = name
        self.kind = settings.event
        self.definition = settings.definition
        self._severity = settings.severity
        self._timing = settings.timing
        self._conditions = Conditions(name, settings)
        self.figures = self._conditions.names | {settings.field}
        self._field = settings.field
        self._is_common = settings.field == COMMON_FIGURE
        self._read = attrgetter(settings.field)
        self._fall = settings.fall
        self._held = settings.fall * (1 - settings.hysteresis)
        self._window_s = settings.window_s
        self._part = timedelta(seconds=settings.window_s / PARTS)
        self._lasts = timedelta(seconds=settings.window_s) + self._part

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""
        return self._conditions.covers(account, exchange, labels)

    def may_concern(self, event: Event) -> bool:
        """Whether it has the figure, and the matchers hold."""
        if self._read(event) is None or (event.margin_mode is MarginMode.CROSS and not self._is_common):
            return False
        return self._conditions.may_hold(event)

    def subject(self, event: Event) -> str:
        """What the event is about."""
        return event.subject

    def evaluate(self, memory: DrawdownMemory | None, event: Event, *, is_open: bool) -> Step | None:
        """Follows the figure; says what it has fallen to where that is far enough, or an alert is open."""
        read = self._read(event)
        if read is None or (event.margin_mode is MarginMode.CROSS and not self._is_common):
            return None
        verdict = self._conditions.judge(event)
        if verdict.error is not None:
            return Step(memory, self._failed(event, verdict.error))
        if not verdict.holds:
            over = is_open and verdict.holds is False
            return Step(memory, self.stand_down(event)) if over else None
        value = read if type(read) is Decimal else Decimal(read)
        followed = self._followed(memory, event, value)
        peak = followed.peaks[0].value
        # A fall from nothing, or from a loss, is no part of it.
        has_fallen = peak > 0 and peak - value >= peak * self._fall
        if not has_fallen and not is_open:
            return None if followed is memory else Step(followed)
        holds_on = peak > 0 and peak - value > peak * self._held
        severity = self._severity if has_fallen else None
        held = self._severity if has_fallen or holds_on else None
        return Step(followed, self._say(event, value, followed, severity, held))

    def stand_down(self, event: Event) -> Evaluation:
        """It looks at the figure no more."""
        known = DrawdownMemory(event.received_at, None, ())
        value = self._read(event)
        return self._say(event, None if value is None else Decimal(value), known, None, None)

    def encode(self, memory: DrawdownMemory) -> str:
        """The memory as text."""
        return msgspec.json.encode(memory).decode()

    def decode(self, body: str) -> DrawdownMemory:
        """The inverse of `encode`. Raises: ValueError."""
        memory = msgspec.json.decode(body, type=DrawdownMemory)
        if not memory.peaks or not all(sample.value.is_finite() for sample in memory.peaks):
            raise ValueError("a drawdown's memory without a peak")
        return memory

    def is_stale(self, memory: DrawdownMemory, event: Event) -> bool:
        """Whether every peak has left the window."""
        return event.received_at - memory.peaks[-1].at >= self._lasts

    def _followed(self, memory: DrawdownMemory | None, event: Event, value: Decimal) -> DrawdownMemory:
        at = event.received_at
        opened_at: datetime | None = getattr(event, "opened_at", None)
        if memory is None or self._is_another(memory, at, opened_at):
            return DrawdownMemory(at, opened_at, (Sample(at, value),))
        peaks, newest = memory.peaks, memory.peaks[-1]
        is_lower = value < newest.value
        if is_lower and at - newest.at < self._part and at - peaks[0].at < self._lasts:
            return memory
        kept = [peak for peak in peaks if at - peak.at < self._lasts and peak.value > value]
        if not (is_lower and kept and at - newest.at < self._part):
            kept.append(Sample(max(at, newest.at), value))
        return DrawdownMemory(memory.began_at, memory.opened_at or opened_at, tuple(kept))

    def _is_another(self, memory: DrawdownMemory, at: datetime, opened_at: datetime | None) -> bool:
        """The figures are of another position, or of a time that the clock was set back from."""
        if opened_at is not None and memory.opened_at is not None and opened_at != memory.opened_at:
            return True
        return memory.peaks[-1].at - at > _CLOCK_SET_BACK

    def _say(
        self,
        event: Event,
        value: Decimal | None,
        memory: DrawdownMemory,
        severity: Severity | None,
        held: Severity | None,
    ) -> Evaluation:
        peak = memory.peaks[0] if memory.peaks else None
        is_fall = peak is not None and value is not None and peak.value > 0
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=severity,
            held=held,
            figure=self._field,
            value=value,
            threshold=peak.value * (1 - self._fall) if peak is not None and is_fall else None,
            recollection=Recollection(
                rule_type=LooksBack.DRAWDOWN,
                span_s=self._window_s,
                known_since=memory.began_at,
                since=peak.at if peak is not None else None,
                peak=peak.value if peak is not None else None,
                fall=(peak.value - value) / peak.value
                if peak is not None and value is not None and is_fall
                else None,
                fall_wanted=self._fall,
            ),
        )

    def _failed(self, event: Event, error: str) -> Evaluation:
        return Evaluation(
            fingerprint_of(event, self.name),
            event,
            self._timing,
            severity=self._severity,
            held=self._severity,
            error=error,
        )
