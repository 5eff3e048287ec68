"""The `[web]` and `[people.NAME]` tables of the configuration."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from alertd.domain.people import Right

COMING_KEYS = ("public_url", "allowed_hosts")
_TOKEN = re.compile(r"[A-Za-z0-9_~.+/=-]{16,200}")


class WebSettings(BaseModel):
    """Where alertd answers HTTP. `port` 0: any free one.

    `token`: secret; what the person "admin" shows. None: one is made and kept in STATE/web.token.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8787
    token: Annotated[SecretStr, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _outside_needs_a_token(self) -> WebSettings:
        if self.token is None and not is_loopback(self.host):
            raise ValueError(
                f'host "{self.host}" can be reached from other machines: set a token (environment variable '
                'ALERTD_WEB__TOKEN or secret file web.token), or write host = "127.0.0.1"'
            )
        return self


class PersonSettings(BaseModel):
    """Somebody who may ask alertd, and tell it what to do: every write is recorded with the name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    can: Annotated[tuple[Right, ...], Field(min_length=1)] = Field(
        default=(Right.READ,),
        description="read: see everything; ack: acknowledge, silence, drill, go away; approve: decide "
        "about actions.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="What the person shows over HTTP (Authorization: Bearer TOKEN): 16 letters or digits "
        "at least. Secret: environment variable ALERTD_PEOPLE__NAME__TOKEN or the secret file "
        "people.NAME.token.",
    )
    telegram_user_id: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="Who it is in a Telegram chat: for a later version, which listens there."
    )

    @field_validator("token")
    @classmethod
    def _cannot_be_guessed(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError(
                "must be 16 letters or digits at least (- _ ~ . + / = may stand among them), so that "
                "nobody guesses it"
            )
        return token


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`. A name but localhost may resolve to anything: False."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
