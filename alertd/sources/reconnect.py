"""When to connect again, and whether to: decided by how earlier connections of the stream ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alertd.domain.errors import AlertdError, ConnectionLost, LoginRefused
from alertd.sources.timing import SessionCodes
from alertd.supervise import HEALTHY_AFTER_S, backoff

SLOW_S = 60.0  # where the exchange blames what we sent


class ReconnectDelays:
    """Seconds before each next connection: at once, then growing; slow where haste would do harm.

    Only a connection that was live for a while starts the series anew: a server may accept and close.
    """

    def __init__(self, series: Callable[[], Iterator[float]] = backoff) -> None:
        self._series = series
        self._pending: Iterator[float] | None = None
        self._slowly = False

    def ended(self, ended_by: Exception | None, live_s: float) -> None:
        """A connection that had been live for `live_s` seconds ended; None: it is to be replaced."""
        if live_s >= HEALTHY_AFTER_S:
            self._pending = None
        self._slowly = isinstance(ended_by, ConnectionLost) and ended_by.retry_slowly

    def __iter__(self) -> Iterator[float]:
        return self

    def __next__(self) -> float:
        if self._pending is None:
            self._pending = self._series()
        delay_s = next(self._pending)
        return SLOW_S + delay_s / 2 if self._slowly else delay_s


class LoginHistory:
    """Remembers over connections whether a doubtful refusal has had its second chance."""

    def __init__(self, codes: SessionCodes) -> None:
        self._doubtful = codes.doubtful_login
        self._doubted = False

    def accepted(self) -> None:
        """A login was accepted: the next doubtful refusal gets its chance again."""
        self._doubted = False

    def judge(self, refusal: LoginRefused) -> AlertdError:
        """What to raise: the refusal, or once ConnectionLost, so that one more login is tried."""
        if self._doubted or refusal.code not in self._doubtful:
            return refusal
        self._doubted = True
        return ConnectionLost(f"the login failed, one more is tried: {refusal}", code=refusal.code)
