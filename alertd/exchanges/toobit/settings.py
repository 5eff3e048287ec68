"""`[accounts.X]` with `exchange = "toobit"`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from alertd.domain.address import check_plain_stays_here, checked_url

SECRET_KEYS: tuple[str, ...] = ("api_key", "api_secret")
ACTION_KEYS: tuple[str, ...] = ("action_api_key", "action_api_secret")
REST_URL = "https://api.toobit.com"


class ToobitAccount(BaseModel):
    """One Toobit account. Keys are secrets: environment or secret files, not this file.

    The key must belong to the copy-trading account; one that may only read is enough for everything but
    changes. `poll_interval_s`: how often it is asked what is copied and led; the money of each leader half as
    often, at least every 10 s. `followers_interval_s`: how often a leader's whole list of followers is read.
    `key_created`: the day a key without IP whitelist was made, which lives for 90 days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    exchange: Literal["toobit"]
    role: Literal["auto", "copier", "lead"] = "auto"
    labels: dict[str, str] = Field(default_factory=dict)
    api_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    api_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    rest_url: str = REST_URL
    ca_file: Path | None = None
    poll_interval_s: float = Field(default=5.0, ge=1.0, le=60.0, allow_inf_nan=False)
    followers_interval_s: float = Field(default=300.0, ge=5.0, le=3600.0, allow_inf_nan=False)
    key_created: date | None = None
    # A key of its own for actions, so that the one that watches need not be allowed to change anything.
    action_api_key: SecretStr | None = None
    action_api_secret: SecretStr | None = None

    def for_actions(self) -> Self:
        """The same account with the key that may act: its own one where none is given apart."""
        if self.action_api_key is None:
            return self
        return self.model_copy(
            update={key: getattr(self, f"action_{key}") for key in SECRET_KEYS},
        )

    @field_validator(*SECRET_KEYS, mode="after")
    @classmethod
    def _given(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Secret files end with a newline; no key begins or ends with one, nor holds one."""
        text = value.get_secret_value().strip("\r\n")
        key = info.field_name or ""
        if not text:
            variable = f"ALERTD_ACCOUNTS__NAME__{key.upper()}"
            raise ValueError(f"is missing: set {variable}, or write the secret file accounts.NAME.{key}")
        if not text.isprintable():
            raise ValueError("holds control characters: copy it again")
        return SecretStr(text)

    @field_validator(*ACTION_KEYS, mode="after")
    @classmethod
    def _readable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        text = value.get_secret_value().strip("\r\n")
        if not text or not text.isprintable():
            raise ValueError("is empty or holds control characters: copy it again, or leave it out")
        return SecretStr(text)

    @model_validator(mode="after")
    def _whole_action_key(self) -> Self:
        missing = [key for key in ACTION_KEYS if getattr(self, key) is None]
        if missing and len(missing) < len(ACTION_KEYS):
            raise ValueError(
                f"of the key for actions {' and '.join(missing)} is missing: set the secret accounts.NAME."
                f"{missing[0]}, or leave the others out as well; then the account's own key is used"
            )
        return self

    @field_validator("rest_url", mode="after")
    @classmethod
    def _usable_url(cls, value: str) -> str:
        check_plain_stays_here(checked_url(value, "https", "http"), "https", "http")
        return value.rstrip("/")
