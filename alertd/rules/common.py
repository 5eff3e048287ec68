"""What the tables of all types of rule share: their common keys, and how figures are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from alertd.domain.alert import Severity
from alertd.domain.evaluation import DAMPING_S, LONGEST_DAMPING_S, Timing
from alertd.domain.events import EVENT_TYPES, RULE_KINDS, EventKind, field_types
from alertd.rules.figures import read_number
from alertd.rules.nearest import did_you_mean

OCCURRENCE_RESOLVE_AFTER_S = 86400.0
ACTION_RESOLVE_AFTER_S = 3600.0
LONGEST_EXPRESSION = 2000  # characters

COMING_KEYS: tuple[str, ...] = ()


def _read_kind(raw: object) -> object:
    if raw not in RULE_KINDS:
        raise ValueError(f'there is no event "{raw}" for rules{did_you_mean(str(raw), RULE_KINDS)}')
    return raw


def read_field(raw: object, info: ValidationInfo) -> object:
    """The name of a figure of the rule's event. Raises: ValueError with the nearest one."""
    kind = info.data.get("event")
    if kind is None:  # its own error is reported
        return raw
    numbers = [name for name, kept in field_types(kind).items() if kept in (Decimal, int)]
    if raw not in numbers:
        raise ValueError(f'{kind} has no figure "{raw}"{did_you_mean(str(raw), numbers)}')
    return raw


def read_hysteresis(raw: object) -> Decimal:
    """A share, at least 0 and below 1. Raises: ValueError with the cure."""
    number = read_number(raw)
    if not 0 <= number < 1:
        raise ValueError(f'{raw} must be at least 0 and below 1: 0.1 means 10 %; write 0.1 or "10%"')
    return number


Seconds: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number: TypeAlias = str | int | Decimal
Figure: TypeAlias = Annotated[str, BeforeValidator(read_field)]
Hysteresis: TypeAlias = Annotated[Decimal, BeforeValidator(read_hysteresis, json_schema_input_type=Number)]
MatcherValue: TypeAlias = (
    str | bool | int | Decimal | list[str | bool | int | Decimal] | dict[str, str | list[str]]
)


# What is told when it changes, and not again while it stays so: its silence says nothing.
TOLD_ON_CHANGE = (
    EventKind.COVERAGE,
    EventKind.DELIVERY,
    EventKind.CONFIGURATION,
    EventKind.MAINTENANCE,
    EventKind.SELF_CHECK,
    EventKind.ACTION,
)


class CommonSettings(BaseModel):
    """The keys of every rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    event: Annotated[EventKind, BeforeValidator(_read_kind)]
    match: dict[str, MatcherValue] = Field(default_factory=dict)
    when: str | None = Field(default=None, min_length=1, max_length=LONGEST_EXPRESSION)
    for_s: Seconds = 0.0
    hold_better_s: Seconds = 0.0
    resolve_after_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    damping_s: float = Field(
        default=DAMPING_S,
        ge=0,
        le=LONGEST_DAMPING_S,
        allow_inf_nan=False,
        description="What recovered and fires again within it is the same episode, and over only once it was "
        "better for as long; 0: each time is an episode of its own.",
    )
    actions: tuple[str, ...] = Field(
        default=(), description="What is done as well: names of [actions.NAME]. Told it is all the same."
    )
    actions_from: Severity = Field(
        default=Severity.CRITICAL, description="The lowest severity that triggers them."
    )

    @model_validator(mode="after")
    def _damps_a_state(self) -> CommonSettings:
        if "damping_s" not in self.model_fields_set:
            return self
        if self.event in TOLD_ON_CHANGE or not EVENT_TYPES[self.event].tells_state:
            raise ValueError(
                f"damping_s: {self.event} is not a state that comes and goes by its figures; leave it out"
            )
        return self

    @property
    def timing(self) -> Timing:
        """The times of the rule, with the default end of an occurrence filled in."""
        if self.event is EventKind.ACTION:  # how far it has come is a state, how it ended an occurrence
            ends_s = self.resolve_after_s or ACTION_RESOLVE_AFTER_S
            return Timing(self.for_s, self.hold_better_s, ends_s, until_acknowledged=True)
        if self.resolve_after_s is not None or EVENT_TYPES[self.event].tells_state:
            return Timing(self.for_s, self.hold_better_s, self.resolve_after_s, damping_s=self.damping_s)
        stays = self.event is EventKind.LIQUIDATION  # nobody may find out by chance
        return Timing(self.for_s, self.hold_better_s, OCCURRENCE_RESOLVE_AFTER_S, stays)
