"""The `[web]` table of the configuration."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

COMING_KEYS = ("public_url", "allowed_hosts")


class WebSettings(BaseModel):
    """Where alertd answers HTTP. `port` 0: any free one. `token`: secret; what other machines must send."""

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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`. A name but localhost may resolve to anything: False."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
