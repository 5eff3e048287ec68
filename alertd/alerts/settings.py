"""What a route of the configuration says. The file's meaning is in `routing.py`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from alertd.alerts.quiet_hours import QuietHours
from alertd.domain.alert import Severity
from alertd.domain.events import RULE_KINDS
from alertd.domain.silence import Matchers

# Keys of the configuration contract that later versions serve. Refused by name, not as unknown.
COMING_KEYS = ("fallback", "fallback_after_s", "batch_s", "escalate")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


# One glob or several (`*`, `?`, `[...]`, case matters); it matches if any of them does.
Globs = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list), Field(min_length=1)
]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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


class RouteSettings(BaseModel):
    """One `[[routes]]` entry: what it matches, and the sinks that hear of it.

    `remind_s`: None = the default (critical alerts only), [] = no reminders, else the seconds before the
    first, second, ... reminder, of which the last one repeats. `quiet_hours`: what is not urgent waits until
    they are over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: RouteMatch = RouteMatch()
    sinks: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_as_list), Field(min_length=1)
    ]
    remind_s: tuple[Seconds, ...] | None = None
    quiet_hours: QuietHours | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_coming_keys(cls, values: Any) -> Any:
        coming = [key for key in COMING_KEYS if isinstance(values, dict) and key in values]
        if coming:
            raise ValueError(f"{', '.join(coming)}: not available in this version yet; leave it out")
        return values


def _each_matches_one_of(globs: tuple[str, ...] | None, known: list[str]) -> tuple[str, ...] | None:
    for glob in globs or ():
        if not any(fnmatchcase(name, glob) for name in known):
            raise ValueError(f"{glob!r} can never match; use one of {', '.join(known)}, or a glob like '*'")
    return globs
