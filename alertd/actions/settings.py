"""The `[actions.NAME]` tables of the configuration: what alertd may do to an account, and how far by itself.

An action does nothing until a rule names it in `actions`. What an exchange or a role cannot serve is refused
when the whole configuration is looked at (`config/action_checks.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ValidationInfo,
    field_validator,
)

from alertd.domain.action import NO_TRADER, ActionType, Mode, OpenPositions
from alertd.rules.nearest import did_you_mean

OF_EVENT = "event"  # the account, or the trader, that the event names
ALL = "all"
LONGEST_COOLDOWN_S = 7 * 86400.0

_DAY_S = 86400.0

Party: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$")]
_CooldownSeconds: TypeAlias = Annotated[float, Field(ge=0, le=LONGEST_COOLDOWN_S, allow_inf_nan=False)]
_Seconds: TypeAlias = Annotated[float, Field(ge=1, le=_DAY_S, allow_inf_nan=False)]


class CommonAction(BaseModel):
    """The keys of every action. What is counted, is counted for the last 24 hours."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    exchanges: ClassVar[tuple[str, ...]]
    roles: ClassVar[tuple[str, ...]]

    account: Annotated[str, Field(min_length=1)] = Field(
        description='Of which account: a name, a glob (every account it fits), or "event": that of the event.'
    )
    mode: Mode = Field(
        default=Mode.OFF,
        description="off: nothing at all; dry_run: everything but the request; approve: a person is asked; "
        "auto: without asking, for accounts that were armed.",
    )
    cooldown_s: _CooldownSeconds = Field(
        default=3600.0, description="So long after one has ended, none for the same account and trader."
    )
    max_per_day: Annotated[int, Field(ge=1, le=100)] = Field(
        default=3, description="So many in 24 hours for the same account and trader."
    )
    max_per_day_total: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=20, description="So many in 24 hours for all accounts and traders together."
    )
    max_traders: Annotated[int, Field(ge=1, le=200)] = Field(
        default=10, description="So many traders of an account at once; if there are more, for none of them."
    )
    approval_ttl_s: _Seconds = Field(default=900.0, description="So long a question waits for an answer.")
    approvers: Annotated[int, Field(ge=1, le=5)] = Field(
        default=1, description="So many persons must approve."
    )
    auto_after_runs: Annotated[int, Field(ge=0, le=100)] = Field(
        default=1,
        description="So many dry runs, or approved runs that were confirmed, before it goes without asking.",
    )
    retry_s: _Seconds = Field(
        default=60.0, description="What the exchange refuses for now is tried again after so long."
    )
    retry_for_s: Annotated[float, Field(ge=0, le=_DAY_S, allow_inf_nan=False)] = Field(
        default=3600.0, description="And given up after so long."
    )

    @property
    def parties(self) -> tuple[str, ...] | Literal["all", "event"]:
        """Whom it concerns: the exchange's ids, or how they are found."""
        raise NotImplementedError


class StopCopying(CommonAction):
    """Copy one trader, several or all no more. `open_positions`: OKX only, and there is no default.

    Toobit refuses it while copied positions are open, so there it is no emergency brake.
    """

    exchanges: ClassVar[tuple[str, ...]] = ("okx", "toobit")
    roles: ClassVar[tuple[str, ...]] = ("auto", "copier")

    type: Literal["stop_copying"]
    lead_traders: Literal["all", "event"] | Annotated[tuple[Party, ...], Field(min_length=1)] = Field(
        description='Whom: the exchange\'s ids, "all" that are copied then, or "event": whom the event names.'
    )
    allowed_traders: Annotated[tuple[Party, ...], Field(min_length=1)] | None = Field(
        default=None,
        description='With lead_traders = "event": nobody but these. Left out: whoever the event names.',
    )
    open_positions: OpenPositions | None = Field(
        default=None,
        description="What becomes of copied positions (OKX): close_at_market, leader_closes (when the trader "
        "closes his own), leave_to_me.",
    )

    @field_validator("lead_traders", mode="before")
    @classmethod
    def _whom(cls, given: object) -> object:
        if given in (ALL, OF_EVENT) or (isinstance(given, list | tuple) and given):
            return given
        raise ValueError(
            f'write ["ID", ...], "{ALL}" that are copied then, or "{OF_EVENT}": whom the event names'
        )

    @field_validator("lead_traders")
    @classmethod
    def _different(cls, given: tuple[str, ...] | str) -> tuple[str, ...] | str:
        if isinstance(given, str):
            return given
        for word in (ALL, OF_EVENT):
            if word in given:
                raise ValueError(f'"{word}" is no trader: write lead_traders = "{word}", without a list')
        return _once_each(given)

    @field_validator("allowed_traders")
    @classmethod
    def _for_events(cls, given: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        if given is None:
            return None
        if info.data.get("lead_traders", OF_EVENT) != OF_EVENT:
            raise ValueError('goes with lead_traders = "event" only: write these traders there, or remove it')
        return _once_each(given)

    @property
    def parties(self) -> tuple[str, ...] | Literal["all", "event"]:
        return self.lead_traders


class PauseLeading(CommonAction):
    """Lead nothing for a while: a cool-down with an end of its own, kept by the exchange."""

    exchanges: ClassVar[tuple[str, ...]] = ("toobit",)
    roles: ClassVar[tuple[str, ...]] = ("auto", "lead")

    type: Literal["pause_leading"]
    pause_s: Annotated[float, Field(ge=60, le=30 * _DAY_S, allow_inf_nan=False)] = Field(
        description="How long; the exchange itself ends it."
    )

    @property
    def parties(self) -> tuple[str, ...]:
        return (NO_TRADER,)


class RemoveFollower(CommonAction):
    """Send followers away. No list of the exchange names them, so their ids must be given."""

    exchanges: ClassVar[tuple[str, ...]] = ("toobit",)
    roles: ClassVar[tuple[str, ...]] = ("auto", "lead")

    type: Literal["remove_follower"]
    followers: Annotated[tuple[Party, ...], Field(min_length=1)] = Field(
        description="The exchange's ids of the followers."
    )

    @field_validator("mode")
    @classmethod
    def _asks_always(cls, mode: Mode) -> Mode:
        if mode is Mode.AUTO:
            raise ValueError('a follower is never removed without asking: write mode = "approve"')
        return mode

    @field_validator("followers")
    @classmethod
    def _different(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return _once_each(given)

    @property
    def parties(self) -> tuple[str, ...]:
        return self.followers


def _once_each(given: tuple[str, ...]) -> tuple[str, ...]:
    plain = [one.casefold() for one in given]
    twice = sorted({one for one in given if plain.count(one.casefold()) > 1})
    if twice:
        raise ValueError(f"names {', '.join(twice)} twice")
    return given


def _read_type(raw: object) -> object:
    if not isinstance(raw, Mapping):
        return raw
    kind = raw.get("type")
    if kind is None:
        available = ", ".join(f'"{name}"' for name in ActionType)
        raise ValueError(f"type is missing; write type = one of {available}")
    if kind not in list(ActionType):
        raise ValueError(f'there is no action type "{kind}"{did_you_mean(str(kind), ActionType)}')
    return raw


AnyAction: TypeAlias = StopCopying | PauseLeading | RemoveFollower
ActionSettings: TypeAlias = Annotated[
    Annotated[AnyAction, Discriminator("type")], BeforeValidator(_read_type)
]
