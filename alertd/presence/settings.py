"""The `[summary]` table of the configuration."""

from __future__ import annotations

import re
from datetime import time

from pydantic import BaseModel, ConfigDict, field_validator

from alertd.presence.schedule import Appointment

_TIME = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")


class SummarySettings(BaseModel):
    """How everything stands, once a day. `at`: local time of `timezone`, "" = none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str = "08:00"

    @field_validator("at")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        if text and not _TIME.fullmatch(text):
            raise ValueError(f'{text!r} is no time of the day; write "08:00", or "" for no summary')
        return text

    @property
    def daily(self) -> Appointment | None:
        """When it is due."""
        found = _TIME.fullmatch(self.at)
        return Appointment(time(int(found["hour"]), int(found["minute"]))) if found else None
