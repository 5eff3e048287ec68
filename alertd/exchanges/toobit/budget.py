"""How much Toobit lets one address ask, and how long nobody may ask. Pure; times are monotonic seconds.

Each call has a weight; 3000 a minute are allowed, it is not stated whether in fixed or sliding windows, nor
whether by key or by address: one budget for all accounts of a host is the stricter reading. Who goes on after
429 is banned (418) for 2 minutes to 3 days, longer each time. 403 is the firewall's answer.
Source: Toobit API, "Basic information" (Limits).
"""

from __future__ import annotations

from collections import deque

MOST_WEIGHT = 3000
WINDOW_S = 60.0
# Requests are counted where they arrive, and others may share the address.
SHARE = 0.8
SHORTEST_BAN_S = 120.0
LONGEST_BAN_S = 3 * 86400.0
SHORTEST_BLOCK_S = 60.0
LONGEST_BLOCK_S = 3600.0
# After 429 half as much is asked for, for so long.
CAREFUL_S = 600.0
# So long without a refusal and the next one counts as the first again.
FORGIVEN_AFTER_S = 3600.0

LOOKS_PER_BALANCE = 12
# Own positions cost five times what copies do: all accounts that read them get this part of the budget.
MARGIN_SHARE = 0.3

_WEIGHTS = {
    "/api/v1/futures/balance": 5,
    "/api/v1/futures/positions": 5,
}


def weight_of(path: str) -> int:
    """What one call costs; every copy-trading endpoint costs 1."""
    return _WEIGHTS.get(path, 1)


def margin_interval_s(readers: int, wanted_s: float) -> float:
    """How often each of so many accounts of a host reads its positions, and its balance with each twelfth."""
    a_look = weight_of("/api/v1/futures/positions") + weight_of("/api/v1/futures/balance") / LOOKS_PER_BALANCE
    return max(wanted_s, readers * a_look * WINDOW_S / (MARGIN_SHARE * SHARE * MOST_WEIGHT))


class HostBudget:
    """The calls of all accounts that reach one host from this address."""

    def __init__(self, most_weight: int = MOST_WEIGHT, share: float = SHARE) -> None:
        self._most = max(int(most_weight * share), 1)
        self._granted: deque[tuple[float, int]] = deque()  # when, how much; in order
        self._used = 0
        self._not_before_s = 0.0
        self._blocked_until_s = 0.0
        self._careful_until_s = 0.0
        self._last_block_s = 0.0  # how long it was
        self._answered_badly_at_s = float("-inf")

    def wait_s(self, weight: int, now_s: float, longest_s: float = float("inf")) -> float:
        """Take the next place: seconds until that much may be asked. None is taken that is farther away than
        `longest_s`: who comes too often would push everybody's place away for ever.
        """
        most = max(self._most // 2, 1) if now_s < self._careful_until_s else self._most
        at_s = max(now_s, self._not_before_s)
        if self._granted:
            at_s = max(at_s, self._granted[-1][0])  # nobody overtakes those who wait
        self._forget(at_s - WINDOW_S)
        left = self._used
        for granted_s, freed in self._granted:
            if left + weight <= most:
                break
            left -= freed
            at_s = max(at_s, granted_s + WINDOW_S)
        if at_s - now_s <= longest_s:
            self._forget(at_s - WINDOW_S)
            self._granted.append((at_s, weight))
            self._used += weight
        return at_s - now_s

    def used(self, now_s: float) -> int:
        """The weight of the last minute, places taken for later included."""
        return sum(weight for at_s, weight in self._granted if at_s > now_s - WINDOW_S)

    def limited(self, now_s: float, wait_s: float | None) -> float:
        """Answered 429: nobody asks for so long (not told: a whole window), then less for a while."""
        pause_s = WINDOW_S if wait_s is None else min(max(wait_s, 1.0), 10 * WINDOW_S)
        self._not_before_s = max(self._not_before_s, now_s + pause_s)
        self._careful_until_s = now_s + pause_s + CAREFUL_S
        return self._not_before_s - now_s

    def banned(self, now_s: float, stated_s: float | None) -> float:
        """Answered 418: seconds for which nothing at all is sent."""
        return self._block(now_s, SHORTEST_BAN_S, LONGEST_BAN_S, stated_s)

    def barred(self, now_s: float) -> float:
        """Answered 403: seconds for which nothing at all is sent."""
        return self._block(now_s, SHORTEST_BLOCK_S, LONGEST_BLOCK_S, None)

    def blocked_s(self, now_s: float) -> float:
        """Seconds that a ban still lasts, 0 if there is none."""
        return max(self._blocked_until_s - now_s, 0.0)

    def _block(self, now_s: float, shortest_s: float, longest_s: float, stated_s: float | None) -> float:
        """Answers to calls that were under way when it began say nothing new."""
        if self.blocked_s(now_s) <= 0:
            again = now_s - self._answered_badly_at_s < FORGIVEN_AFTER_S
            self._last_block_s = min(max(2 * self._last_block_s if again else 0.0, shortest_s), longest_s)
            self._blocked_until_s = now_s + self._last_block_s
        if stated_s is not None:
            self._blocked_until_s = max(self._blocked_until_s, now_s + min(stated_s, longest_s))
        self._answered_badly_at_s = self._blocked_until_s
        return self._blocked_until_s - now_s

    def _forget(self, before_s: float) -> None:
        while self._granted and self._granted[0][0] <= before_s:
            self._used -= self._granted.popleft()[1]
