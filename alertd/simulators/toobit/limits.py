"""What the exchange counts and how long its intervals are. Tests shorten them; a user may, too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`weight` in each `window_s`, by address; whoever goes on after so many 429 in a window is banned."""

    weight: int = 3000
    window_s: float = 60.0
    refusals_before_ban: int = 10
    shortest_ban_s: float = 120.0
    longest_ban_s: float = 3 * 86400.0
    ahead_ms: int = 1000
    recv_window_ms: int = 5000
    longest_recv_window_ms: int = 60000


class Meter:
    """The weights and bans of one address. Times are seconds that only grow."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._window = -1
        self.used = 0
        self._refused = 0
        self._banned_until_s = float("-inf")
        self._bans = 0

    def take(self, weight: int, now_s: float) -> int:
        """200, or 429, or 418."""
        if now_s < self._banned_until_s:
            return 418
        window = int(now_s // self._limits.window_s)
        if window != self._window:
            self._window, self.used, self._refused = window, 0, 0
        self.used += weight
        if self.used <= self._limits.weight:
            return 200
        self._refused += 1
        if self._refused > self._limits.refusals_before_ban:
            self.ban(now_s)
            return 418
        return 429

    def ban(self, now_s: float, for_s: float | None = None) -> None:
        """Bans the address: longer each time."""
        usual_s = min(self._limits.shortest_ban_s * 2**self._bans, self._limits.longest_ban_s)
        self._banned_until_s = now_s + (usual_s if for_s is None else for_s)
        self._bans += 1

    def pardon(self) -> None:
        """Ends a ban and forgets what was counted."""
        self._banned_until_s, self._window = float("-inf"), -1

    def left(self) -> int:
        return max(self._limits.weight - self.used, 0)

    def reset_in_s(self, now_s: float) -> float:
        """Until the window ends."""
        return self._limits.window_s - now_s % self._limits.window_s
