"""The whole configuration as one model. The models of the sections live in the rooms that use them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from alertd.actions.settings import ActionSettings
from alertd.alerts.mute_settings import InhibitSettings, SilenceSettings
from alertd.alerts.settings import RouteSettings
from alertd.canary.settings import CanarySettings, DeadManSettings, PeerSettings
from alertd.config.places import system_timezone
from alertd.coverage.settings import CoverageSettings
from alertd.exchanges.okx.settings import OkxAccount
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.presence.settings import SummarySettings
from alertd.rules.builtin import BUILTIN_RULES, merged_rules, with_builtin_keys
from alertd.rules.settings import RuleSettings
from alertd.sinks.settings import SinkSettings
from alertd.sinks.texts import Language
from alertd.store.settings import StoreSettings
from alertd.web.settings import PersonSettings, WebSettings

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Account = Annotated[OkxAccount | ToobitAccount, Field(discriminator="exchange")]


def _lower(raw: object) -> object:
    return raw.lower() if isinstance(raw, str) else raw


class LogSettings(BaseModel):
    """The `[log]` table. `auto`: lines for people on a terminal, JSON elsewhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["auto", "console", "json"] = "auto"
    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"


class Settings(BaseSettings):
    """What `load` gives: checked, complete and frozen.

    `rules` holds the user's rules over the built-in ones; `account_defaults` is empty, because it has been
    merged into the accounts.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, title="alertd")

    language: Language = "en"
    timezone: ZoneInfo = Field(default_factory=system_timezone)
    store: StoreSettings = Field(default_factory=StoreSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    people: dict[Name, PersonSettings] = Field(default_factory=dict)
    account_defaults: dict[str, Any] = Field(default_factory=dict)
    accounts: dict[Name, Account] = Field(default_factory=dict)
    sinks: dict[Name, SinkSettings] = Field(default_factory=dict)
    routes: list[RouteSettings] = Field(default_factory=list)
    inhibit: list[InhibitSettings] = Field(default_factory=list)
    silences: SilenceSettings = Field(default_factory=SilenceSettings)
    rules: dict[Name, RuleSettings] = Field(default_factory=lambda: dict(BUILTIN_RULES))
    actions: dict[Name, ActionSettings] = Field(default_factory=dict)
    coverage: CoverageSettings = Field(default_factory=CoverageSettings)
    summary: SummarySettings = Field(default_factory=SummarySettings)
    canary: CanarySettings = Field(default_factory=CanarySettings)
    dead_man: DeadManSettings = Field(default_factory=DeadManSettings)
    watch_for: dict[Name, PeerSettings] = Field(default_factory=dict)
    log: LogSettings = Field(default_factory=LogSettings)

    _config_path: Path = PrivateAttr(default=Path("config/alertd.toml"))
    _state_dir: Path = PrivateAttr(default=Path())
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @property
    def config_path(self) -> Path:
        """The TOML file these settings were read from."""
        return self._config_path

    @property
    def state_dir(self) -> Path:
        """The folder of everything the daemon keeps."""
        return self._state_dir

    def kept_in(self, folder: Path) -> Self:
        """The same, with everything the daemon keeps in a folder: for those that `load` did not make."""
        self._state_dir = folder
        return self

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong but does not end the start: one line each, no secrets."""
        return self._warnings

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        return completed(values) if isinstance(values, Mapping) else values

    @field_validator("rules")
    @classmethod
    def _over_built_in(cls, given: dict[str, Any]) -> dict[str, Any]:
        return dict(merged_rules(given))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings' own
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Made directly, it reads nothing: `load` brings sources that remember where each value stood."""
        return (init_settings,)


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration as it was read, with `[account_defaults]` put under each account, and the keys of a
    built-in rule under the table that adjusts it.
    """
    values = _with_account_defaults(values)
    return {**values, "rules": with_builtin_keys(values["rules"])} if "rules" in values else values


def _with_account_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    defaults, accounts = values.get("account_defaults"), values.get("accounts")
    if not isinstance(defaults, Mapping) or not isinstance(accounts, Mapping):
        return dict(values)
    merged = {name: _under(defaults, account) for name, account in accounts.items()}
    return {**values, "account_defaults": {} if accounts else defaults, "accounts": merged}


def _under(defaults: Mapping[str, Any], given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    merged = {**defaults, **given}
    for key, value in given.items():
        if isinstance(defaults.get(key), Mapping):
            merged[key] = _under(defaults[key], value)
    return merged
