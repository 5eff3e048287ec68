"""`[accounts.X]` with `exchange = "toobit"`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from alertd.domain.address import check_plain_stays_here, checked_url

# Keys of the configuration contract that only later versions serve.
COMING_KEYS: frozenset[str] = frozenset(("action_api_key", "action_api_secret"))
SECRET_KEYS: tuple[str, ...] = ("api_key", "api_secret")
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
    # Named in the configuration contract, served by a later version.
    action_api_key: SecretStr | None = None
    action_api_secret: SecretStr | None = None

    @field_validator(*sorted(COMING_KEYS), mode="before")
    @classmethod
    def _not_yet(cls, value: Any) -> Any:
        if value is not None:
            raise ValueError("not available in this version yet")
        return value

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

    @field_validator("rest_url", mode="after")
    @classmethod
    def _usable_url(cls, value: str) -> str:
        check_plain_stays_here(checked_url(value, "https", "http"), "https", "http")
        return value.rstrip("/")
