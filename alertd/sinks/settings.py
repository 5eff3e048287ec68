"""What the configuration says about one sink."""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from alertd.sinks.privacy import Privacy
from alertd.sinks.speech import Reader
from alertd.sinks.texts import Language
from alertd.sinks.waking import WAKING

# Keys of the contract that a later version serves. They are refused, so that nobody relies on them in vain.
COMING_KEYS = ("user_ids", "interactive")

_PACES = {"json": 0, "jsons": 0, "xml": 0, "xmls": 0, "form": 0, "forms": 0, "tgram": 20, "slack": 50}
_OTHER_PACE = 30
# Source: measured on real servers; these answer "sent" although nothing need have arrived.
BEST_EFFORT = ("syslog", "rsyslog", "xmpp", "xmpps")


class SinkSettings(BaseModel):
    """One Apprise URL and how to use it."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    url: SecretStr = Field(
        min_length=1,
        description="Any Apprise URL with exactly one target. Secret: the environment variable "
        "ALERTD_SINKS__NAME__URL or the secret file sinks.NAME.url.",
    )
    pace_per_minute: int | None = Field(
        default=None,
        ge=0,
        le=6000,
        description="Messages a minute; 0 = unpaced. Default by scheme: 0 for json, xml and form, 20 tgram, "
        "50 slack, else 30.",
    )
    timeout_s: float = Field(default=10.0, ge=1, le=60, description="Seconds one send may take.")
    wakes_a_sleeper: bool | None = Field(
        default=None,
        description="It calls, pages or sends text messages, so neither the canary nor, unless a route "
        "names it, the daily summary goes there. Default: true for services that do, else false.",
    )
    via: Literal["native", "apprise"] | None = Field(
        default=None,
        description="Who sends. Default: alertd itself to a plain json:// or jsons:// URL, over kept "
        "connections and without a thread; Apprise to every other one.",
    )
    privacy: Privacy = Field(
        default="full",
        description="percent: no amounts, sizes and prices, only percentages, distances and minutes.",
    )
    language: Language | None = Field(default=None, description="Default: the language of the daemon.")
    timezone: ZoneInfo | None = Field(default=None, description="Default: the timezone of the daemon.")

    @property
    def scheme(self) -> str:
        """The URL's scheme in lower case, which is no secret."""
        return self.url.get_secret_value().strip().partition("://")[0].lower()

    @property
    def pace(self) -> int:
        """Messages a minute in force; 0 = unpaced."""
        if self.pace_per_minute is not None:
            return self.pace_per_minute
        return _PACES.get(self.scheme, _OTHER_PACE)

    @property
    def wakes(self) -> bool:
        """Whether a message there rings a telephone."""
        return self.scheme in WAKING if self.wakes_a_sleeper is None else self.wakes_a_sleeper

    @property
    def takes_canary(self) -> bool:
        """Whether a message that tells of nothing may go there, and would prove something."""
        return not self.wakes and self.scheme not in BEST_EFFORT

    def reader(self, language: Language, timezone: ZoneInfo) -> Reader:
        """Who reads there. `language` and `timezone` are the daemon's; the sink's own win."""
        return Reader(self.language or language, self.timezone or timezone, self.privacy)

    @property
    def zone(self) -> ZoneInfo | None:
        """The sink's own timezone."""
        return self.timezone
