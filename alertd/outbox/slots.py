"""How many deliveries of one sink may be under way at once. Pure."""

from __future__ import annotations

from collections import deque

from alertd.domain.notification import Outcome, SendResult

LOOKED_AT = 8  # successes in a row, so that one hiccup of ours does not make a slow service
WAITS_S = 0.02  # four sends keep a CPU busy for a third of it; longer each time is the service's doing
# What a send costs us wherever it goes (measured: 1 to 1.5 ms of CPU through Apprise). More at once than a
# send takes multiples of it gains nothing: they wait for each other, and the event loop for all of them.
WORK_S = 0.0015


class Slots:
    """`first` for a sink that has shown nothing yet, twice that for one that works; up to `most` for one that
    works and lets each send wait.

    A quick service needs few; at one that answers after 50 ms a burst would crawl through few. One quick
    answer ends that, and anything but a success leads back to the first: a sink that hangs holds few
    deliveries, and few are in doubt after a crash.
    """

    def __init__(self, first: int, most: int) -> None:
        self._first = first
        self._most = most
        self._took_s: deque[float] = deque(maxlen=LOOKED_AT)
        self.number = first

    def ended(self, result: SendResult) -> None:
        """A send is over."""
        if result.outcome is Outcome.SENT:
            self._took_s.append(result.took_s)
        else:
            self._took_s.clear()
        self.number = min(self._wanted(), self._most)

    def _wanted(self) -> int:
        if len(self._took_s) < LOOKED_AT:
            return self._first
        quickest_s = min(self._took_s)
        return max(2 * self._first, int(quickest_s / WORK_S) if quickest_s >= WAITS_S else 0)
