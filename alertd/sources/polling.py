"""When an endpoint is asked next, and what its answers prove: a poll is a carrier, as a channel is. Pure.

Times are monotonic seconds, but for `seen_at`, which is our wall time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from alertd.domain.errors import (
    Disposition,
    HostBlocked,
    LoginRefused,
    RequestRefused,
    RequestUnavailable,
)
from alertd.domain.events import CoverageCause, CoverageState
from alertd.sources.standing import Standing, after_end
from alertd.supervise import backoff

JITTER = 0.1  # accounts that began together must not ask together for ever
# Asking sooner cannot help where somebody must act first, or where this is no endpoint for the account.
SLOW_S = 600.0
AFTER_BLOCK_S = 5.0  # within so long after a ban all accounts ask again, not in one moment
_SLOW = frozenset({Disposition.CONFIG, Disposition.BUG})
_CAUSES = {
    Disposition.CLOCK: CoverageCause.CLOCK,
    Disposition.CREDENTIALS: CoverageCause.CREDENTIALS,
    Disposition.CONFIG: CoverageCause.CHANNEL_REFUSED,
    Disposition.BUG: CoverageCause.CHANNEL_REFUSED,
}


class Endpoint(msgspec.Struct, frozen=True):
    """What is asked, how often, and for how long an answer proves anything.

    `name`: among those of the account. `essential`: without it nothing of the account is seen.
    """

    name: str
    interval_s: float
    limit_s: float
    essential: bool = False


class Unasked(Enum):
    """In place of what an answer was: there was nothing to ask."""

    UNASKED = "unasked"


class PollRecord:
    """How one endpoint has answered so far."""

    def __init__(self, endpoint: Endpoint, began_s: float, series: Callable[[], Iterator[float]] = backoff):
        self.endpoint = endpoint
        self.seen_at: datetime | None = None  # the last good answer, by our wall time
        self._good_s: float | None = None
        self._began_s = began_s
        self._series = series
        self._pending = series()
        self._failure: Exception | None = None
        self._unread: str | None = None
        self._blocked_until_s = float("-inf")

    def answered(self, seen_at: datetime, now_s: float, unread: str | None = None) -> None:
        """It did. `unread`: what of it could not be read."""
        self.seen_at, self._good_s = seen_at, now_s
        self._failure, self._unread = None, unread
        self._pending = self._series()

    def failed(self, exc: Exception, now_s: float) -> None:
        """It did not."""
        self._failure = exc
        if isinstance(exc, HostBlocked):
            self._blocked_until_s = now_s + exc.for_s

    def is_missed(self, now_s: float) -> bool:
        """Nothing good was answered for so long that what happened meanwhile is not known."""
        return self._good_s is None or now_s - self._good_s > self.endpoint.limit_s

    def wait_s(self, chance: float) -> float:
        """From now until it is asked again; `chance`: 0 to 1."""
        exc = self._failure
        if exc is None:
            return self.endpoint.interval_s * (1 + JITTER * (2 * chance - 1))
        if isinstance(exc, HostBlocked):
            return exc.for_s + AFTER_BLOCK_S * chance
        if isinstance(exc, RequestRefused) and exc.wanted in _SLOW:
            return SLOW_S * (1 + JITTER * chance)
        next_s = next(self._pending)
        return next_s if next_s else next(self._pending)  # at once is what the call itself has tried

    def standing(self, now_s: float) -> Standing:
        """What is proved now."""
        if now_s < self._blocked_until_s and isinstance(self._failure, HostBlocked):
            return _after(self._failure)
        if not self.is_missed(now_s):
            if self._unread is not None:
                detail = f"An answer could not be read whole: {self._unread}."
                return Standing(CoverageState.DEGRADED, CoverageCause.UNREADABLE, "", detail)
            return Standing(CoverageState.WATCHED)
        if self._failure is not None:
            return _after(self._failure)
        since_s = self._began_s if self._good_s is None else self._good_s
        if self._good_s is None:
            return Standing(CoverageState.BLIND, CoverageCause.STARTING)
        detail = f"The last answer is {now_s - since_s:.0f} s old."
        return Standing(CoverageState.BLIND, CoverageCause.STALE, "", detail)

    def blind_since(self, now: datetime, now_s: float) -> datetime | None:
        """When it was last seen, where that is too long ago; None: it never was."""
        if self._good_s is None:
            return None
        return now - timedelta(seconds=now_s - self._good_s)


def refusal_of(exc: RequestRefused) -> LoginRefused | None:
    """What ends an account: the exchange refuses its credentials."""
    return LoginRefused(exc.code, exc.detail) if exc.wanted is Disposition.CREDENTIALS else None


def parked(refusal: LoginRefused) -> Standing:
    """How an endpoint stands whose account was refused."""
    cure = f"It is tried again every {SLOW_S / 60:.0f} minutes, and at a reload."
    detail = f"The exchange refuses the key: {refusal.detail}. {cure}"
    return Standing(CoverageState.BLIND, CoverageCause.CREDENTIALS, refusal.code, detail)


def _after(exc: Exception) -> Standing:
    """How an endpoint stands that failed so."""
    match exc:
        case HostBlocked(code=code, detail=detail):
            return Standing(CoverageState.BLIND, CoverageCause.BANNED, code, detail)
        case RequestRefused(code=code, detail=detail, wanted=wanted):
            cause = _CAUSES.get(wanted, CoverageCause.CONNECTION)
            return Standing(CoverageState.BLIND, cause, code, detail)
        case RequestUnavailable():
            return Standing(CoverageState.BLIND, CoverageCause.CONNECTION, "", str(exc)[:200])
        case _:
            return after_end(exc)
