"""The `[rules.NAME]` tables of the configuration.

A rule that names an occurrence (the exchange's warning, a liquidation, a failed lead trade) and gives no
`resolve_after_s` ends after a day: nothing ever says that an occurrence is over. A critical liquidation ends
a day after somebody acknowledged it, an action that went wrong an hour after.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, ValidationInfo, field_validator

from alertd.domain.alert import Severity
from alertd.rules.common import (
    COMING_KEYS,
    CommonSettings,
    Figure,
    Hysteresis,
    Number,
    Seconds,
)
from alertd.rules.figures import FRACTION_FIELDS, RATIO_FIELDS, read_figure
from alertd.rules.looking_back_settings import (
    AbsenceSettings,
    CountSettings,
    DrawdownSettings,
    LookingBackSettings,
)

__all__ = [
    "COMING_KEYS",
    "COMING_TYPES",
    "TYPES",
    "AbsenceSettings",
    "AnyRuleSettings",
    "CountSettings",
    "DrawdownSettings",
    "LadderSettings",
    "LookingBackSettings",
    "MatchSettings",
    "RuleSettings",
]

TYPES = ("ladder", "match", "count", "absence", "drawdown")
COMING_TYPES = ("all",)


def _read_level(raw: object, info: ValidationInfo) -> Decimal:
    field = str(info.data.get("field", ""))
    level = read_figure(field, raw)
    if field in RATIO_FIELDS | FRACTION_FIELDS and level <= 0:
        raise ValueError(f"{raw} is too low for {field}: a level lies above 0")
    return level


class LadderSettings(CommonSettings):
    """One figure, a level for each severity: the figure strictly beyond a level has reached it."""

    type: Literal["ladder"]
    field: Figure
    side: Literal["below", "above"] = "below"
    levels: dict[Severity, Annotated[Decimal, BeforeValidator(_read_level, json_schema_input_type=Number)]]
    hysteresis: Hysteresis = Decimal("0.1")
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


class MatchSettings(CommonSettings):
    """Fires with one severity while `match` and `when` hold."""

    type: Literal["match"]
    severity: Severity


def _read_type(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    kind = raw.get("type")
    available = " or ".join((", ".join(f'"{name}"' for name in TYPES[:-1]), f'"{TYPES[-1]}"'))
    if kind is None:
        raise ValueError(f"type is missing; write type = {available}")
    if kind in COMING_TYPES:
        raise ValueError(f'type "{kind}" is not available in this version yet; available: {available}')
    if kind not in TYPES:
        raise ValueError(f'there is no rule type "{kind}"; available: {available}')
    return raw


AnyRuleSettings: TypeAlias = LadderSettings | MatchSettings | LookingBackSettings
RuleSettings: TypeAlias = Annotated[
    Annotated[AnyRuleSettings, Discriminator("type")], BeforeValidator(_read_type)
]
