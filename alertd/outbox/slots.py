"""How many deliveries of one sink may be under way at once. Pure."""

from __future__ import annotations

from collections import deque

from alertd.domain.notification import Outcome, SendResult

FIRST_SLOTS = 4
LOOKED_AT = 8  # sends: two rounds of the first slots, so that one hiccup of ours does not make a slow service
WAITS_S = 0.02  # the first slots keep a CPU busy for half of it; longer each time is the service's doing
# What a send costs us wherever it goes (measured: 1 to 1.5 ms of CPU through Apprise). More at once than a
# send takes multiples of it gains nothing: they wait for each other, and the event loop for all of them.
WORK_S = 0.0015


class Slots:
    """Grows, up to `most`, with how long the service lets each send wait.

    A quick service needs few; at one that answers after 50 ms a burst would crawl through few. One quick
    answer, or anything but a success, leads back to the first slots: a sink that hangs holds few
    deliveries, and few are in doubt after a crash.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._took_s: deque[float] = deque(maxlen=LOOKED_AT)
        self.number = min(FIRST_SLOTS, most)

    def ended(self, result: SendResult) -> None:
        """A send is over."""
        if result.outcome is Outcome.SENT:
            self._took_s.append(result.took_s)
        else:
            self._took_s.clear()
        quickest_s = min(self._took_s) if len(self._took_s) == LOOKED_AT else 0.0
        wanted = int(quickest_s / WORK_S) if quickest_s >= WAITS_S else FIRST_SLOTS
        self.number = min(wanted, self._most)
