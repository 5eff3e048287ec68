"""What the exchange allows, and how it behaves where its documentation leaves a choice."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limits:
    """The documented numbers; a test or a demo replaces the ones it cannot wait for. `_s` is seconds of real
    time.

    pushes_keep_alive: the 30 s of silence count from the last frame in either direction. False is the
    stricter
        reading: only what the client sends counts.
    warning_delay_s: how long a ratio must stand at or below `warning_ratio` before the exchange's notice goes
    out. closing_rows: a close is pushed as a row with `pos` "0"; False leaves only its absence from the next
    snapshot. refuse_whole_request: one bad argument refuses its neighbours too. (OKX does not say which.)
    stopping_s, closing_s: how long a stop of copying, and then a market close, take once they were asked for.
    list_drops_first: the list of copied traders shows a stop at once, the settings when it is carried out.
    lists_until_closed: after `copy_close` the list names the trader while positions are open.
    names_copied_positions: copiers get rows in `current-subpositions`; names_manual_positions: also for what
        `manual_close` left. (OKX says nothing of any of these.)
    """

    connects_per_s: int = 3
    requests_per_hour: int = 480
    silence_s: float = 30.0
    pushes_keep_alive: bool = True
    connections_per_channel: int = 30
    longest_request_bytes: int = 64 * 1024
    frames_waiting: int = 10_000
    clock_window_s: float = 30.0
    regular_push_s: float = 5.0
    page_rows: int = 100
    warning_ratio: Decimal = Decimal(3)
    warning_period_s: float = 3600.0
    warning_delay_s: float = 0.0
    closing_rows: bool = True
    refuse_whole_request: bool = False
    close_after_refused_login: bool = True
    tick_s: float = 0.05
    stopping_s: float = 0.0
    closing_s: float = 0.0
    list_drops_first: bool = False
    lists_until_closed: bool = False
    names_copied_positions: bool = True
    names_manual_positions: bool = True


@dataclass(slots=True)
class SlidingWindow:
    """At most `count` in any `period_s`."""

    count: int
    period_s: float
    _taken: deque[float] = field(default_factory=deque)

    def take(self, now_s: float) -> bool:
        """False: refused, and not counted."""
        while self._taken and now_s - self._taken[0] >= self.period_s:
            self._taken.popleft()
        if len(self._taken) >= self.count:
            return False
        self._taken.append(now_s)
        return True
