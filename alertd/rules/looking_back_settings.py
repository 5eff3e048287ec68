"""The tables of the rules that look back: `count`, `absence` and `drawdown`."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, field_validator

from alertd.domain.alert import Severity
from alertd.domain.evaluation import Timing
from alertd.domain.events import EVENT_TYPES, EventKind
from alertd.rules.common import TOLD_ON_CHANGE, CommonSettings, Figure, Hysteresis, Number, Seconds
from alertd.rules.figures import read_number

LONGEST_LOOK_S = 30 * 86400.0
MOST_COUNTED = 1000
SHORTEST_ABSENCE_S = 60.0
SHORTEST_WINDOW_S = 10.0
# Bursts that come again within it are one alert, unless the rule says otherwise.
COUNT_ENDS_AFTER_S = 3600.0

# What a memory does not depend on: a rule that differs in these keys only keeps it.
_OF_THE_ALERT = {
    "enabled",
    "severity",
    "for_s",
    "hold_better_s",
    "damping_s",
    "resolve_after_s",
    "actions",
    "actions_from",
}


def _read_count(raw: object) -> object:
    number = read_number(raw, f"write a whole number from 2 to {MOST_COUNTED}, such as 3")
    if number != number.to_integral_value() or not 2 <= number <= MOST_COUNTED:
        raise ValueError(
            f"{raw} must be a whole number from 2 to {MOST_COUNTED}; "
            'for every single event write type = "match" without count'
        )
    return int(number)


def _read_fall(raw: object) -> Decimal:
    number = read_number(raw)
    if not 0 < number <= 1:
        raise ValueError(
            f'{raw} must be above 0 and at most 1: 0.1 means 10 % of the peak; write "10%" or 0.1'
        )
    return number


def _span(least_s: float, why: str) -> BeforeValidator:
    def read(raw: object) -> float:
        seconds = float(read_number(raw, "write it in seconds: 3600 for an hour"))
        if not least_s <= seconds <= LONGEST_LOOK_S:
            raise ValueError(f"{raw} must be from {least_s:g} to {LONGEST_LOOK_S:.0f} seconds: {why}")
        return seconds

    return BeforeValidator(read, json_schema_input_type=Number)


_WithinSpan = Annotated[float, _span(1.0, "write 600 for ten minutes")]
_WindowSpan = Annotated[float, _span(SHORTEST_WINDOW_S, "write 3600 for an hour")]
_AbsenceSpan = Annotated[
    float, _span(SHORTEST_ABSENCE_S, "less than a minute cannot be told from a stream that is slow or dead")
]


class _Settings(CommonSettings):
    _not_of_the_memory: ClassVar[frozenset[str]] = frozenset()

    severity: Severity

    @property
    def definition(self) -> str:
        """A short name of the keys that decide what the rule remembers."""
        keys = self.model_dump_json(exclude=_OF_THE_ALERT | self._not_of_the_memory)
        return blake2b(keys.encode(), digest_size=12).hexdigest()


class CountSettings(_Settings):
    """Fires when so many events of an account fall within so many seconds."""

    type: Literal["count"]
    count: Annotated[int, BeforeValidator(_read_count, json_schema_input_type=int)]
    within_s: _WithinSpan

    @property
    def timing(self) -> Timing:
        """Ends so long after the last event that counted."""
        ends_s = self.resolve_after_s
        return Timing(
            self.for_s,
            self.hold_better_s,
            max(self.within_s, COUNT_ENDS_AFTER_S) if ends_s is None else ends_s,
            damping_s=self.damping_s,
        )


class AbsenceSettings(_Settings):
    """Fires when an account was watched for so many seconds in which no such event came."""

    _not_of_the_memory: ClassVar[frozenset[str]] = frozenset({"absent_for_s"})

    type: Literal["absence"]
    absent_for_s: _AbsenceSpan

    @field_validator("event")
    @classmethod
    def _comes_again(cls, kind: EventKind) -> EventKind:
        if kind in TOLD_ON_CHANGE:
            raise ValueError(f"{kind} is told when it changes only, so that its absence says nothing")
        return kind


class DrawdownSettings(_Settings):
    """Fires while a figure lies so far below its peak of the last seconds. `fall`: a part of the peak."""

    _not_of_the_memory: ClassVar[frozenset[str]] = frozenset({"fall", "hysteresis"})

    type: Literal["drawdown"]
    field: Figure
    fall: Annotated[Decimal, BeforeValidator(_read_fall, json_schema_input_type=Number)]
    window_s: _WindowSpan
    hysteresis: Hysteresis = Decimal("0.1")
    hold_better_s: Seconds = Field(default=300.0)

    @field_validator("event")
    @classmethod
    def _goes_on(cls, kind: EventKind) -> EventKind:
        if not EVENT_TYPES[kind].tells_state:
            raise ValueError(
                f"{kind} comes as single events, a drawdown needs a figure that goes on: margin_state"
            )
        return kind


LookingBackSettings: TypeAlias = CountSettings | AbsenceSettings | DrawdownSettings
