"""What a route of the configuration says. The file's meaning is in `routing.py`."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from alertd.alerts.quiet_hours import QuietHours
from alertd.alerts.reminders import growing_steps
from alertd.domain.alert import Severity
from alertd.domain.events import RULE_KINDS
from alertd.domain.silence import Matchers

# Sooner than so nobody can have acknowledged, and the chain repeats after its last step.
SHORTEST_STEP_S = 10.0
LONGEST_BATCH_S = 86_400.0

# Keys of the configuration contract that later versions serve. Refused by name, not as unknown.
COMING_KEYS: tuple[str, ...] = ()


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


# One glob or several (`*`, `?`, `[...]`, case matters); it matches if any of them does.
Globs = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list), Field(min_length=1)
]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sinks = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list), Field(min_length=1)
]


class RouteMatch(BaseModel):
    """What a route takes: every key given must match. None = anything, present or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Globs | None = None
    kind: Globs | None = None
    account: Globs | None = None
    exchange: Globs | None = None
    instrument: Globs | None = None
    labels: dict[str, Globs] = Field(default_factory=dict)

    @field_validator("severity")
    @classmethod
    def _names_severities(cls, globs: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return _each_matches_one_of(globs, [str(severity) for severity in Severity])

    @field_validator("kind")
    @classmethod
    def _names_kinds(cls, globs: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return _each_matches_one_of(globs, [str(kind) for kind in RULE_KINDS])

    @property
    def matchers(self) -> Matchers:
        """The same for those who know no settings."""
        return Matchers(**{name: globs for name, globs in self if globs is not None})


class GrowingReminders(BaseModel):
    """`remind_s` as a table: the first after `first_s`, each later one after `factor` times as long as the
    one before, but never longer than `longest_s`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_s: Seconds
    factor: Annotated[float, Field(ge=1.1, le=100)] = 2.0
    longest_s: Seconds = 3600.0


def _as_steps(value: object) -> object:
    """A table of growing reminders as the list it stands for."""
    if not isinstance(value, Mapping):
        return value
    try:
        growing = GrowingReminders.model_validate(value)
    except ValidationError as exc:
        found = (f"{'.'.join(map(str, one['loc']))}: {_lowered(one['msg'])}" for one in exc.errors())
        cure = "write remind_s = { first_s = 60, factor = 2, longest_s = 3600 }"
        raise ValueError(f"{'; '.join(found)}; {cure}") from None
    if growing.longest_s < growing.first_s:
        raise ValueError("longest_s must not be below first_s")
    return growing_steps(growing.first_s, growing.factor, growing.longest_s)


def _lowered(text: str) -> str:
    return text.replace("Input should", "must", 1).replace(
        "valid number, unable to parse string as a number", "number"
    )


Reminders = Annotated[
    tuple[Seconds, ...],
    BeforeValidator(_as_steps, json_schema_input_type=tuple[Seconds, ...] | GrowingReminders),
]


class StepSettings(BaseModel):
    """One step of `escalate`: who hears of an alert that nobody has acknowledged by then.

    `after_s` counts from the moment the alert was told, not from the step before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    after_s: Annotated[float, Field(ge=SHORTEST_STEP_S, allow_inf_nan=False)]
    sinks: Sinks


class RouteSettings(BaseModel):
    """One `[[routes]]` entry: what it matches, and the sinks that hear of it.

    `escalate`: after the last step the chain begins anew, until somebody acknowledges. `fallback`: the sinks
    that stand in where none of `sinks` has taken the message after `fallback_after_s`.
    `remind_s`: None = the default (critical alerts only), [] = no reminders, else the seconds before the
    first, second, ... reminder, of which the last one repeats, or `GrowingReminders`. `quiet_hours`: what is
    not urgent waits until they are over. `batch_s`: what is not critical waits up to so long, to leave in one
    message with others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: RouteMatch = RouteMatch()
    sinks: Sinks
    remind_s: Reminders | None = None
    escalate: tuple[StepSettings, ...] = ()
    fallback: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list)] = ()
    fallback_after_s: Seconds = 60.0
    quiet_hours: QuietHours | None = None
    batch_s: Annotated[float, Field(ge=0, le=LONGEST_BATCH_S, allow_inf_nan=False)] = 0.0

    @field_validator("escalate")
    @classmethod
    def _one_step_at_a_time(cls, steps: tuple[StepSettings, ...]) -> tuple[StepSettings, ...]:
        times = [step.after_s for step in steps]
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError(
                "each after_s counts from the alert, so it must be longer than that of the step before"
            )
        return steps

    @model_validator(mode="after")
    def _batches_something(self) -> RouteSettings:
        if self.batch_s and self.match.severity == (Severity.CRITICAL,):
            raise ValueError("batch_s: what is critical never waits for others; leave it out, or write 0")
        return self


def _each_matches_one_of(globs: tuple[str, ...] | None, known: list[str]) -> tuple[str, ...] | None:
    for glob in globs or ():
        if not any(fnmatchcase(name, glob) for name in known):
            raise ValueError(f"{glob!r} can never match; use one of {', '.join(known)}, or a glob like '*'")
    return globs
