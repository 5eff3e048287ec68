"""The only reader of the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Wall and monotonic time. Tests pass an object with the methods they need."""

    def now(self) -> datetime:
        """The wall time, aware, UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never go back; comparable with the event loop's time."""
        return time.monotonic()

    def busy_s(self) -> float:
        """CPU seconds that the calling thread has used."""
        return time.thread_time()
