"""How many deliveries of one sink may be under way at once. Pure."""

from __future__ import annotations

from collections import deque

from alertd.domain.notification import Outcome, SendResult, Width

LOOKED_AT = 8  # successes in a row, so that one hiccup of ours does not make a slow service
DOUBLINGS = 2  # for each of the first successes
WAITS_S = 0.02  # four sends keep a CPU busy for a third of it; longer each time is the service's doing


class Slots:
    """As many as the sink's `Width` allows for what it has shown.

    The first successes multiply them, up to what is proven, where they are quick and nothing has failed yet:
    a storm begins at a sink that was quiet.
    A quick service needs few; at one that answers after 50 ms a burst would crawl through few. One quick
    answer ends that, and anything but a success leads back to the first: a sink that hangs holds few
    deliveries, and few are in doubt after a crash.
    """

    def __init__(self, width: Width) -> None:
        self._width = width
        self._took_s: deque[float] = deque(maxlen=LOOKED_AT)
        self._has_failed = False
        self.number = width.first

    def ended(self, result: SendResult) -> None:
        """A send is over."""
        if result.outcome is Outcome.SENT:
            self._took_s.append(result.took_s)
        else:
            self._took_s.clear()
            self._has_failed = True
        self.number = min(self._wanted(), self._width.most)

    def _wanted(self) -> int:
        if len(self._took_s) < LOOKED_AT:
            return self._first()
        quickest_s = min(self._took_s)
        waiting = int(quickest_s / self._width.work_s) if quickest_s >= WAITS_S else 0
        return max(self._width.proven, waiting)

    def _first(self) -> int:
        if self._has_failed or any(took_s >= WAITS_S for took_s in self._took_s):
            return self._width.first
        return min(self._width.first << DOUBLINGS * len(self._took_s), self._width.proven)
