"""Whether a sink takes what it is given, and how hard it may be tried. Pure."""

from __future__ import annotations

from alertd.domain.notification import DeliveryState, Outcome, SendResult

PROBE_EVERY_S = 60.0
FAILING_TOLD_S = 600.0  # of nothing but failures; a delivery is given up after an hour only


class SinkHealth:
    """Fed with each outcome.

    A permanent failure means the sink is set up wrongly, or that it refuses this one message. So the next
    delivery is tried at once, alone; while that fails for good too, one a minute is tried: each costs a
    delivery, and one success ends it. A provider that asks to wait is left in peace by all deliveries of
    the sink, for at most a minute at a time: it may mean one message only. A sink is sick once a delivery is
    dead, or once every attempt has failed for `FAILING_TOLD_S`, be it for a while each time.
    """

    def __init__(self) -> None:
        # Unknown at first: the first success after a restart also ends what an earlier process reported.
        self._is_healthy: bool | None = None
        self._refusals = 0  # in a row
        self._probe_at_s = 0.0
        self._wished_until_s = 0.0
        self._failing_since_s: float | None = None

    @property
    def is_sick(self) -> bool:
        """Known not to take what it is given."""
        return self._is_healthy is False

    def observe(self, result: SendResult, state: DeliveryState, now_s: float) -> bool | None:
        """Take in an outcome. Returns the health to report if it changed, else None."""
        if result.outcome is Outcome.SENT:
            self._refusals = 0
            self._probe_at_s = 0.0
            self._failing_since_s = None
            return self._becomes(is_healthy=True)
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        if result.outcome is Outcome.PERMANENT:
            self._refusals += 1
            if self._refusals > 1:
                self._probe_at_s = now_s + PROBE_EVERY_S
        elif result.retry_after_s:
            wished_s = min(result.retry_after_s, PROBE_EVERY_S)
            self._wished_until_s = max(self._wished_until_s, now_s + wished_s)
        fails_for_long = now_s - self._failing_since_s >= FAILING_TOLD_S
        return self._becomes(is_healthy=False) if state is DeliveryState.DEAD or fails_for_long else None

    def slots(self, in_flight: int, concurrency: int) -> int:
        """How many more deliveries may be in flight."""
        return max(0, (1 if self._refusals else concurrency) - in_flight)

    def wait_s(self, now_s: float) -> float:
        """Seconds during which nothing may be started."""
        return max(0.0, self._probe_at_s - now_s, self._wished_until_s - now_s)

    def _becomes(self, *, is_healthy: bool) -> bool | None:
        if self._is_healthy is is_healthy:
            return None
        self._is_healthy = is_healthy
        return is_healthy
