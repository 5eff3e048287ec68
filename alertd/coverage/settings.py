"""The `[coverage]` table of the configuration."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from alertd.coverage.judging import Bounds

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(rf"(?P<day>{'|'.join(DAYS)}) (?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)")

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
LongSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CoverageSettings(BaseModel):
    """When a person hears that an account is not watched, and how old a proof may be.

    An account without positions is told as info after `info_after_s`, one with positions as warning and
    then critical; while an alert of it is firing it is critical after `alarmed_after_s`, almost at once.
    `weekly_report`: day and local time, "" = none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    alarmed_after_s: Seconds = 5.0  # as long as an ordinary reconnect takes
    info_after_s: Seconds = 60.0
    warning_after_s: Seconds = 60.0
    critical_after_s: Seconds = 180.0
    sink_proven_within_s: LongSeconds = 26 * 3600.0
    clock_offset_max_s: LongSeconds = 5.0
    weekly_report: str = "mon 08:00"

    @field_validator("weekly_report")
    @classmethod
    def _is_a_day_and_a_time(cls, text: str) -> str:
        if text and not _WEEKLY.fullmatch(text):
            raise ValueError(f'{text!r} is no day and time; write "mon 08:00", or "" for no report')
        return text

    @model_validator(mode="after")
    def _worse_comes_later(self) -> CoverageSettings:
        if self.critical_after_s < self.warning_after_s:
            raise ValueError(
                f"critical_after_s ({self.critical_after_s:g}) must not be below warning_after_s"
                f" ({self.warning_after_s:g})"
            )
        return self

    def bounds(self, reconciled_within_s: float | None) -> Bounds:
        """How old a proof may be. None: nothing compares with the exchange's records."""
        return Bounds(
            offset_s=self.clock_offset_max_s,
            sink_proven_within_s=self.sink_proven_within_s,
            reconciled_within_s=reconciled_within_s,
        )

    @property
    def weekly(self) -> tuple[int, time] | None:
        """Day of the week (0 = Monday) and local time."""
        found = _WEEKLY.fullmatch(self.weekly_report)
        if found is None:
            return None
        return DAYS.index(found["day"]), time(int(found["hour"]), int(found["minute"]))
