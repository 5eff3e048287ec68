"""The `[canary]`, `[dead_man]` and `[watch_for.NAME]` tables of the configuration."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

SIX_HOURS_S = 6 * 3600.0
LONGEST_S = 7 * 86_400.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}")


class CanarySettings(BaseModel):
    """How often alertd tries itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    interval_s: Annotated[
        float,
        Field(ge=10, le=LONGEST_S, description="Seconds between two rounds through alertd itself."),
    ] = 300.0
    within_s: Annotated[
        float,
        Field(gt=0, le=600, description="Seconds a round may take; it is tried twice before it has failed."),
    ] = 60.0
    chat_interval_s: Annotated[
        float,
        Field(
            le=LONGEST_S,
            description="A chat that nothing was delivered to for so many seconds is sent a message, silent "
            "where the service knows that: 6 hours or more; 0 = never.",
        ),
    ] = SIX_HOURS_S

    @field_validator("chat_interval_s")
    @classmethod
    def _not_too_often(cls, seconds: float) -> float:
        if seconds != 0 and seconds < SIX_HOURS_S:
            raise ValueError(
                f"{seconds:g} is too often for a chat: write {SIX_HOURS_S:g} (6 hours) or more, or 0"
            )
        return seconds


class DeadManSettings(BaseModel):
    """Who outside hears, at intervals, that alertd gets alerts out, and calls a person when that ends.

    `url` "": nobody.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    url: SecretStr = Field(
        default=SecretStr(""),
        description="Asked with GET whenever a canary was delivered. Secret: the environment variable "
        "ALERTD_DEAD_MAN__URL or the secret file dead_man.url.",
    )
    interval_s: Annotated[float, Field(ge=10, le=LONGEST_S, description="Seconds between two pings.")] = 300.0

    @field_validator("url")
    @classmethod
    def _is_a_web_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if text and not _is_web_address(text):
            raise ValueError("is no web address: write https://HOST/PATH, as the watching service shows it")
        return url

    @property
    def address(self) -> str | None:
        """The URL; None where nobody is to be told."""
        return self.url.get_secret_value() or None


class PeerSettings(BaseModel):
    """Another alertd that this one watches: its `dead_man.url` is https://THIS-HOST/watch/TOKEN."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr = Field(
        description="What its pings are known by: 16 letters, digits, - or _ at least. Secret: environment "
        "variable ALERTD_WATCH_FOR__NAME__TOKEN or the secret file watch_for.NAME.token."
    )
    after_s: Annotated[
        float, Field(ge=60, le=LONGEST_S, description="Critical after so many seconds without a ping.")
    ] = 900.0

    @field_validator("token")
    @classmethod
    def _cannot_be_guessed(cls, token: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("must be 16 letters, digits, - or _ at least, so that nobody guesses it")
        return token


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
