"""`[accounts.X]` with `exchange = "okx"`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from alertd.domain.address import check_plain_stays_here, checked_url
from alertd.exchanges.okx import hosts
from alertd.exchanges.okx.requests import MOST_SUBSCRIPTIONS

# Keys of the configuration contract that only later versions serve.
COMING_KEYS: frozenset[str] = frozenset(("poll_interval_s",))
SECRET_KEYS: tuple[str, ...] = ("api_key", "api_secret", "passphrase")
ACTION_KEYS: tuple[str, ...] = ("action_api_key", "action_api_secret", "action_passphrase")

UPDATE_INTERVALS_MS = (0, 2000, 3000, 4000)
_RETIRED_PORT = 8443
_SCHEMES = {"private_ws_url": ("wss", "ws"), "business_ws_url": ("wss", "ws"), "rest_url": ("https", "http")}
# liquidation-warning and positions are narrowed; account and balance_and_position are not.
_MOST_INSTRUMENTS = (MOST_SUBSCRIPTIONS - 2) // 2
_LONGEST_NAME = 64

Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME, pattern=r"^[A-Za-z0-9_.-]+$")]


class Instrument(BaseModel):
    """What the channels are narrowed to. `inst_id` says all; `inst_family` is not used beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inst_type: Literal["ANY", "MARGIN", "SWAP", "FUTURES", "OPTION"] = "ANY"
    inst_family: Name | None = None
    inst_id: Name | None = None

    @model_validator(mode="after")
    def _has_families(self) -> Instrument:
        if self.inst_family and self.inst_type == "MARGIN":
            raise ValueError("inst_family does not apply to MARGIN: use inst_id")
        return self


class OkxAccount(BaseModel):
    """One OKX account. Keys are secrets: environment or secret files, not the TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    exchange: Literal["okx"]
    role: Literal["auto", "copier", "lead", "trader"] = "auto"
    region: hosts.Region = "global"
    environment: hosts.Environment = "production"
    labels: dict[str, str] = Field(default_factory=dict)
    api_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    api_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    passphrase: SecretStr = Field(default=SecretStr(""), validate_default=True)
    instruments: tuple[Instrument, ...] = (Instrument(),)
    update_interval_ms: int | None = None
    # How often what the streams told is compared with the exchange's records. A minute: streams were seen to
    # lose a channel in silence, and a position can be gone in less.
    reconcile_interval_s: float = Field(default=60.0, ge=15, le=3600, allow_inf_nan=False)
    stale_after_s: float = Field(default=20.0, gt=0, allow_inf_nan=False)
    private_ws_url: str | None = None
    business_ws_url: str | None = None
    rest_url: str | None = None
    ca_file: Path | None = None
    allow_withdraw_key: bool = Field(
        default=False,
        description="Watch the account even if its key may withdraw money, which alertd never needs.",
    )
    # A key of its own for actions, so that the one that watches need not be allowed to change anything.
    action_api_key: SecretStr | None = None
    action_api_secret: SecretStr | None = None
    action_passphrase: SecretStr | None = None
    # Named in the configuration contract, served by a later version.
    poll_interval_s: float | None = None

    def endpoints(self) -> hosts.Endpoints:
        """Where to connect: the exchange's own addresses, or what is configured instead."""
        own = hosts.endpoints(self.region, self.environment)
        return hosts.Endpoints(
            self.private_ws_url or own.private_ws_url,
            self.business_ws_url or own.business_ws_url,
            self.rest_url or own.rest_url,
        )

    def for_actions(self) -> Self:
        """The same account with the key that may act: its own one where none is given apart."""
        if self.action_api_key is None:
            return self
        return self.model_copy(
            update={key: getattr(self, f"action_{key}") for key in SECRET_KEYS},
        )

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

    @field_validator("instruments", mode="after")
    @classmethod
    def _few_enough(cls, value: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
        if not value:
            raise ValueError("is empty: leave it out to watch every instrument")
        if len(value) > _MOST_INSTRUMENTS:
            raise ValueError(
                f"{len(value)} entries are more than one connection may subscribe ({_MOST_INSTRUMENTS}): "
                "narrow by inst_family or inst_type instead"
            )
        return value

    @field_validator("update_interval_ms", mode="after")
    @classmethod
    def _offered(cls, value: int | None) -> int | None:
        if value is not None and value not in UPDATE_INTERVALS_MS:
            raise ValueError("must be 0 (only on events), 2000, 3000 or 4000; leave it out for about 5000")
        return value

    @field_validator("private_ws_url", "business_ws_url", "rest_url", mode="after")
    @classmethod
    def _usable_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        _check_url(value, _SCHEMES[info.field_name or ""])
        return value.rstrip("/")


def _check_url(url: str, schemes: tuple[str, str]) -> None:
    """Raises: ValueError with the cure."""
    safe, plain = schemes
    parts = checked_url(url, safe, plain)
    host = parts.hostname or ""
    if parts.port == _RETIRED_PORT and (host == "okx.com" or host.endswith(".okx.com")):
        raise ValueError(
            "port 8443 was switched off by OKX on 2026-10-31: remove :8443 (port 443 is the default), "
            "or leave the key out"
        )
    check_plain_stays_here(parts, safe, plain)
