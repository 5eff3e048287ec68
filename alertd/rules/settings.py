"""The `[rules.NAME]` tables of the configuration.

A rule that names an occurrence (the exchange's warning, a liquidation, a failed lead trade) and gives no
`resolve_after_s` ends after a day: nothing ever says that an occurrence is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from alertd.domain.alert import Severity
from alertd.domain.evaluation import Timing
from alertd.domain.events import EVENT_TYPES, RULE_KINDS, EventKind, field_types
from alertd.rules.figures import FRACTION_FIELDS, RATIO_FIELDS, read_figure, read_number
from alertd.rules.nearest import did_you_mean

OCCURRENCE_RESOLVE_AFTER_S = 86400.0
LONGEST_EXPRESSION = 2000  # characters

TYPES = ("ladder", "match")
COMING_TYPES = ("count", "absence", "drawdown", "all")
COMING_KEYS = ("actions", "actions_from")
COMING_KINDS = ("copy_relation", "leader_state", "action")


def _refuse_coming_key(_: object) -> None:
    raise ValueError("not available in this version yet; remove the key")


def _read_kind(raw: object) -> object:
    if raw in COMING_KINDS:
        raise ValueError(f'event "{raw}" is not available in this version yet')
    if raw not in RULE_KINDS:
        raise ValueError(f'there is no event "{raw}" for rules{did_you_mean(str(raw), RULE_KINDS)}')
    return raw


def _read_field(raw: object, info: ValidationInfo) -> object:
    kind = info.data.get("event")
    if kind is None:  # its own error is reported
        return raw
    numbers = [name for name, kept in field_types(kind).items() if kept in (Decimal, int)]
    if raw not in numbers:
        raise ValueError(f'{kind} has no figure "{raw}"{did_you_mean(str(raw), numbers)}')
    return raw


def _read_level(raw: object, info: ValidationInfo) -> Decimal:
    field = str(info.data.get("field", ""))
    level = read_figure(field, raw)
    if field in RATIO_FIELDS | FRACTION_FIELDS and level <= 0:
        raise ValueError(f"{raw} is too low for {field}: a level lies above 0")
    return level


def _read_hysteresis(raw: object) -> Decimal:
    number = read_number(raw)
    if not 0 <= number < 1:
        raise ValueError(f'{raw} must be at least 0 and below 1: 0.1 means 10 %; write 0.1 or "10%"')
    return number


ComingKey: TypeAlias = SkipJsonSchema[Annotated[Any, BeforeValidator(_refuse_coming_key)]]
Seconds: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number: TypeAlias = str | int | Decimal
MatcherValue: TypeAlias = (
    str | bool | int | Decimal | list[str | bool | int | Decimal] | dict[str, str | list[str]]
)


class _CommonSettings(BaseModel):
    """The keys of every rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    event: Annotated[EventKind, BeforeValidator(_read_kind)]
    match: dict[str, MatcherValue] = Field(default_factory=dict)
    when: str | None = Field(default=None, min_length=1, max_length=LONGEST_EXPRESSION)
    for_s: Seconds = 0.0
    hold_better_s: Seconds = 0.0
    resolve_after_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    actions: ComingKey = Field(default=None, repr=False)
    actions_from: ComingKey = Field(default=None, repr=False)

    @property
    def timing(self) -> Timing:
        """The times of the rule, with the default end of an occurrence filled in."""
        resolve_after_s = self.resolve_after_s
        if resolve_after_s is None and not EVENT_TYPES[self.event].tells_state:
            resolve_after_s = OCCURRENCE_RESOLVE_AFTER_S
        return Timing(self.for_s, self.hold_better_s, resolve_after_s)


class LadderSettings(_CommonSettings):
    """One figure, a level for each severity: the figure strictly beyond a level has reached it."""

    type: Literal["ladder"]
    field: Annotated[str, BeforeValidator(_read_field)]
    side: Literal["below", "above"] = "below"
    levels: dict[Severity, Annotated[Decimal, BeforeValidator(_read_level, json_schema_input_type=Number)]]
    hysteresis: Annotated[Decimal, BeforeValidator(_read_hysteresis, json_schema_input_type=Number)] = (
        Decimal("0.1")
    )
    hold_better_s: Seconds = 300.0

    @field_validator("levels")
    @classmethod
    def _ordered(cls, levels: dict[Severity, Decimal], info: ValidationInfo) -> dict[Severity, Decimal]:
        if not levels:
            raise ValueError("give at least one level: info, warning or critical")
        below = info.data.get("side") != "above"
        ranked = sorted(levels, key=lambda severity: severity.rank)
        for milder, worse in pairwise(ranked):
            if levels[milder] == levels[worse] or (levels[worse] < levels[milder]) is not below:
                raise ValueError(_disorder(milder, worse, levels, below=below))
        return levels


def _disorder(milder: Severity, worse: Severity, levels: Mapping[Severity, Decimal], *, below: bool) -> str:
    side, relation, other = ("below", "lower", "above") if below else ("above", "higher", "below")
    bad, good = f"{worse} level ({levels[worse]})", f"{milder} level ({levels[milder]})"
    return (
        f'with side = "{side}" the {bad} must be {relation} than the {good}; '
        f'for the other order write side = "{other}"'
    )


class MatchSettings(_CommonSettings):
    """Fires with one severity while `match` and `when` hold."""

    type: Literal["match"]
    severity: Severity


def _read_type(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    kind = raw.get("type")
    available = " or ".join(f'"{name}"' for name in TYPES)
    if kind is None:
        raise ValueError(f"type is missing; write type = {available}")
    if kind in COMING_TYPES:
        raise ValueError(f'type "{kind}" is not available in this version yet; available: {available}')
    if kind not in TYPES:
        raise ValueError(f'there is no rule type "{kind}"; available: {available}')
    return raw


RuleSettings: TypeAlias = Annotated[
    Annotated[LadderSettings | MatchSettings, Discriminator("type")], BeforeValidator(_read_type)
]
