"""Whether a sink takes what it is given, and how hard it may be tried. Pure."""

from __future__ import annotations

from alertd.domain.notification import Comeback, DeliveryState, Outcome, SendResult

PROBE_EVERY_S = 60.0
FAILING_AFTER = 8  # failures in a row: it is the sink, not one message
LONGEST_PROBE_S = 30.0  # so much later a sink that works again is noticed at most
FAILING_TOLD_S = 600.0  # of nothing but failures; a delivery is given up after hours only
OUTAGE_S = 5.0  # of nothing but failures: shorter ones keep nothing waiting for long


class SinkHealth:
    """Fed with each outcome.

    A permanent failure means the sink is set up wrongly, or that it refuses this one message. So the next
    delivery is tried at once, alone; while that fails for good too, one a minute is tried: each costs a
    delivery, and one success ends it. A provider that asks to wait is left in peace by all deliveries of
    the sink, for at most a minute at a time: it may mean one message only.

    A sink that failed `FAILING_AFTER` times in a row, be it for a while each time, is tried with one delivery
    at a time, with gaps that double up to `LONGEST_PROBE_S`: thousands that wait must not each try for
    themselves, and few are in doubt where it hangs. Each time it is another one's turn (`merging.py`), for it
    may be one message that it fails at. It is sick once a delivery is dead, or once nothing but
    failures came from it for `FAILING_TOLD_S`.
    """

    def __init__(self) -> None:
        # Unknown at first: the first success after a restart also ends what an earlier process reported.
        self._is_healthy: bool | None = None
        self._refusals = 0  # in a row
        self._probe_at_s = 0.0
        self._wished_until_s = 0.0
        self._failing_since_s: float | None = None
        self._failures = 0  # in a row
        self._gap_s = 0.5

    @property
    def is_failing(self) -> bool:
        """It is the sink that fails, whatever it is given."""
        return self._failures >= FAILING_AFTER

    @property
    def is_sick(self) -> bool:
        """Known not to take what it is given."""
        return self._is_healthy is False

    def comeback(self, result: SendResult, now_s: float) -> Comeback | None:
        """Ask before `observe`: what this outcome shows to wait no longer for the sink's sake; None: nothing.

        The first success of a process counts as one after an outage: what an earlier one saw is not known.
        """
        if result.outcome is not Outcome.SENT:
            return None
        if self.is_failing or not self._is_healthy:
            return Comeback(unknown=self.is_failing or self.is_sick)
        since_s = self._failing_since_s
        is_back = since_s is not None and now_s - since_s >= OUTAGE_S
        return Comeback(tried_below=FAILING_AFTER) if is_back else None

    def observe(self, result: SendResult, state: DeliveryState, now_s: float) -> bool | None:
        """Take in an outcome. Returns the health to report if it changed, else None."""
        if result.outcome is Outcome.SENT:
            self._refusals = 0
            self._probe_at_s = 0.0
            self._failing_since_s = None
            self._failures, self._gap_s = 0, 0.5
            return self._becomes(is_healthy=True)
        if self._failing_since_s is None:
            self._failing_since_s = now_s
        if result.outcome is Outcome.PERMANENT:
            self._refusals += 1
            if self._refusals > 1:
                self._probe_at_s = now_s + PROBE_EVERY_S
        else:
            self._failed(result, now_s)
        fails_for_long = now_s - self._failing_since_s >= FAILING_TOLD_S
        return self._becomes(is_healthy=False) if state is DeliveryState.DEAD or fails_for_long else None

    def slots(self, in_flight: int, concurrency: int) -> int:
        """How many more deliveries may be in flight."""
        return max(0, (1 if self._refusals or self.is_failing else concurrency) - in_flight)

    def wait_s(self, now_s: float) -> float:
        """Seconds during which nothing may be started."""
        return max(0.0, self._probe_at_s - now_s, self._wished_until_s - now_s)

    def _failed(self, result: SendResult, now_s: float) -> None:
        self._failures += 1
        if result.retry_after_s:
            wished_s = min(result.retry_after_s, PROBE_EVERY_S)
            self._wished_until_s = max(self._wished_until_s, now_s + wished_s)
        if self.is_failing and now_s >= self._probe_at_s:  # others that were under way are no probes
            self._gap_s = min(2 * self._gap_s, LONGEST_PROBE_S)
            self._probe_at_s = now_s + self._gap_s

    def _becomes(self, *, is_healthy: bool) -> bool | None:
        if self._is_healthy is is_healthy:
            return None
        self._is_healthy = is_healthy
        return is_healthy
