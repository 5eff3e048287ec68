"""How many messages a sink may be given, with a share kept for what is critical. Pure."""

from __future__ import annotations

import sys
from datetime import datetime

import msgspec

RESERVED_SHARE = 0.25
# Where a pace is so quick that nobody needs a longer burst, and the other sinks need the time: the quicker it
# is, the sooner the next are told anyway.
MOST_AT_ONCE = 30
QUICK_PER_S = 5.0
MOST_WHERE_QUICK = 8
_ROUNDING = 1e-6  # a wait that was told must be enough, whatever floats make of it


class PaceMark(msgspec.Struct, frozen=True, kw_only=True):
    """What a bucket held at a time on the wall."""

    tokens: float
    at: datetime


class TokenBucket:
    """Fills with `per_minute` tokens a minute up to `burst`; one message takes one.

    In any time of T minutes at most `burst + per_minute * T` messages pass. What is not critical leaves
    `reserved_share` of the burst untouched, so that a critical one finds a token at once. `per_minute` 0:
    unpaced. `burst`: where it is not given a quarter of `per_minute`, at least 1, up to `MOST_AT_ONCE`, of
    `QUICK_PER_S` a second and more up to `MOST_WHERE_QUICK`.
    `now_s`: monotonic.
    What is left of it can be kept over a restart (`mark`, `resume`).
    """

    def __init__(
        self, per_minute: float, burst: int | None = None, reserved_share: float = RESERVED_SHARE
    ) -> None:
        self.per_s = per_minute / 60.0
        self._burst = float(_burst_of(per_minute) if burst is None else max(1, burst))
        # At least one whole token must be free for the others, or a burst of 1 would never serve them.
        self._reserved = min(self._burst * reserved_share, self._burst - 1.0)
        self._tokens = self._burst
        self._filled_at_s: float | None = None

    def take(self, now_s: float, critical: bool) -> float:
        """Take a token and return 0.0, or return the seconds until there will be one and take none."""
        wait_s = self.wait_s(now_s, critical)
        if wait_s == 0.0 and self.per_s:
            self._tokens -= 1.0
        return wait_s

    def wait_s(self, now_s: float, critical: bool) -> float:
        """Seconds until a message may pass; takes nothing."""
        if not self.per_s:
            return 0.0
        self._fill(now_s)
        missing = self._needed(critical) - self._tokens
        return missing / self.per_s if missing > _ROUNDING else 0.0

    def available(self, now_s: float, critical: bool) -> int:
        """How many messages may pass now."""
        if not self.per_s:
            return sys.maxsize
        self._fill(now_s)
        spare = self._tokens - self._needed(critical) + _ROUNDING
        return int(spare) + 1 if spare >= 0 else 0

    @property
    def is_fresh(self) -> bool:
        """Nothing was ever taken from it or asked of it."""
        return self._filled_at_s is None

    def mark(self, now_s: float, at: datetime) -> PaceMark:
        """What there is now, at `at` on the wall."""
        self._fill(now_s)
        return PaceMark(tokens=round(self._tokens, 6), at=at)

    def resume(self, mark: PaceMark, now_s: float, at: datetime) -> None:
        """Go on from what there was. A mark from a time to come tells nothing: the clock was set back."""
        passed_s = (at - mark.at).total_seconds()
        if passed_s >= 0 and self.per_s:
            self._tokens = min(self._burst, max(0.0, mark.tokens) + passed_s * self.per_s)
            self._filled_at_s = now_s

    def _needed(self, critical: bool) -> float:
        return 1.0 if critical else 1.0 + self._reserved

    def _fill(self, now_s: float) -> None:
        if self._filled_at_s is not None:
            passed_s = max(0.0, now_s - self._filled_at_s)
            self._tokens = min(self._burst, self._tokens + passed_s * self.per_s)
        self._filled_at_s = now_s if self._filled_at_s is None else max(now_s, self._filled_at_s)


def _burst_of(per_minute: float) -> int:
    most = MOST_AT_ONCE if per_minute < QUICK_PER_S * 60.0 else MOST_WHERE_QUICK
    return max(1, min(int(per_minute / 4), most))
