"""A clock that stands where it is put."""

from __future__ import annotations

from datetime import datetime

from alertd.clock import Clock


class SetClock(Clock):
    """Wall and monotonic time move together, when `at` is set."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.at.timestamp()
