"""What a configuration says about muting: `[silences]` and `[[inhibit]]`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alertd.alerts.inhibition import PREFIX, Inhibition, builtin_inhibitions, inhibition_of
from alertd.alerts.matching import FIELDS
from alertd.alerts.settings import Globs, RouteMatch
from alertd.alerts.silences import MAX_S
from alertd.domain.silence import Matchers

_LABEL = "labels."
_EQUAL = (*FIELDS, "subject")


def _is_a_field(name: str) -> str:
    if name not in _EQUAL and not (name.startswith(_LABEL) and name != _LABEL):
        raise ValueError(f'"{name}" is no field of an alert; use {", ".join(_EQUAL)} or labels.NAME')
    return name


def _is_free(name: str) -> str:
    if name in [builtin.name.removeprefix(PREFIX) for builtin in builtin_inhibitions()]:
        raise ValueError(f'"{name}" is a built-in inhibition; take another name')
    return name


class SilenceSettings(BaseModel):
    """The `[silences]` table. `max_s`: the longest a silence may last, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_s: Annotated[float, Field(ge=60, le=30 * 86_400)] = MAX_S


class MuteMatch(RouteMatch):
    """Which alerts an inhibition means: as the match of a route, and by rule."""

    rule: Globs | None = None


class InhibitSettings(BaseModel):
    """One `[[inhibit]]` entry: while an alert that fits `source` was told and is not over, those that fit
    `target` and are alike in all of `equal` are not told. What gets worse is told all the same, and what
    still fires when the source is over is told then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_is_free)] | None = None
    source: MuteMatch
    target: MuteMatch
    equal: tuple[Annotated[str, AfterValidator(_is_a_field)], ...] = ("account",)

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        for side in ("source", "target"):
            if getattr(self, side).matchers == Matchers():
                raise ValueError(f"{side} would match every alert; say which, for example by rule")
        return self

    def inhibition(self, number: int) -> Inhibition:
        """The same for those who know no settings. `number`: its place, its name where it has none."""
        name = self.name or str(number)
        return inhibition_of(name, self.source.matchers, self.target.matchers, self.equal)
