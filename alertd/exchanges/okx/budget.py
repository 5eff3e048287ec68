"""How often OKX lets each REST endpoint be asked, and who has to wait how long. Pure.

Private endpoints count by user id (each sub-account its own), public ones by address; an answer 50011 says
that it was too often. Source: OKX API guide, "Rate Limits" and the endpoints' own pages (read July 2026);
of `system/status` it is not stated by whom it counts: by address is the stricter reading.
"""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """At most `most` requests in any `period_s`."""

    most: int
    period_s: float


LIMITS: dict[str, Limit] = {
    "/api/v5/public/time": Limit(10, 2.0),
    "/api/v5/system/status": Limit(1, 5.0),
    "/api/v5/account/config": Limit(5, 2.0),
    "/api/v5/account/balance": Limit(10, 2.0),
    "/api/v5/account/positions": Limit(10, 2.0),
    "/api/v5/account/positions-history": Limit(10, 2.0),
    "/api/v5/account/bills": Limit(5, 1.0),
    "/api/v5/copytrading/current-subpositions": Limit(20, 2.0),
    "/api/v5/copytrading/subpositions-history": Limit(20, 2.0),
}
# Requests are not counted where we send them but where they arrive, some sooner than others.
SHARE = 0.8
_UNKNOWN = Limit(5, 2.0)  # the narrowest that is usual


class Budget:
    """The requests of one account, or of one address. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._granted_s: dict[str, tuple[float, ...]] = {}  # the last ones; a deque takes 760 bytes
        self._not_before_s: dict[str, float] = {}

    def wait_s(self, endpoint: str, now_s: float) -> float:
        """Take the next place at an endpoint (its path, without query): seconds until it may be asked."""
        limit = LIMITS.get(endpoint, _UNKNOWN)
        most = max(int(limit.most * SHARE), 1)
        granted = self._granted_s.get(endpoint, ())
        at_s = max(now_s, self._not_before_s.get(endpoint, now_s))
        if len(granted) == most:
            at_s = max(at_s, granted[0] + limit.period_s)
        self._granted_s[endpoint] = (*granted, at_s)[-most:]
        return at_s - now_s

    def refused(self, endpoint: str, now_s: float) -> None:
        """It was asked too often, by us or by others with the same key: a whole period must pass."""
        period_s = LIMITS.get(endpoint, _UNKNOWN).period_s
        self._not_before_s[endpoint] = now_s + period_s
