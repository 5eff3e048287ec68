"""What was answered last, and only as long as it says something about now."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """Of one question. Times are monotonic seconds; `for_s`: how long an answer says something."""

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._value: Value | None = None
        self._at_s = float("-inf")

    def put(self, value: Value, now_s: float) -> None:
        """It was answered so."""
        self._value, self._at_s = value, now_s

    def get(self, now_s: float) -> Value | None:
        """The answer; None where there is none, or it is too old."""
        return self._value if now_s - self._at_s <= self._for_s else None
