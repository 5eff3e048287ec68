"""How many sends of one sink may be in flight at once. Pure."""

from __future__ import annotations

from alertd.domain.notification import Outcome

FIRST_SLOTS = 4
FEW = 2  # in flight: how long a send takes then is the service's doing, not our own threads'
# What a send costs us wherever it goes (measured: 1 to 1.5 ms of CPU through Apprise). More in flight than a
# send takes multiples of it gains nothing: they wait for each other, and the event loop for all of them.
WORK_S = 0.0015


class Slots:
    """Grows with how long the service lets a send wait, up to `most`.

    A quick service needs few; at one that answers after 50 ms a burst would crawl through few. Anything but
    a success leads back to the first ones: a sink that hangs holds few deliveries, and few are in doubt
    after a crash.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.number = min(FIRST_SLOTS, most)

    def ended(self, outcome: Outcome, took_s: float, beside: int) -> None:
        """A send is over. `beside`: how many were in flight when it began, itself included."""
        if outcome is not Outcome.SENT:
            self.number = min(FIRST_SLOTS, self._most)
        elif beside <= FEW:
            self.number = min(max(FIRST_SLOTS, int(took_s / WORK_S)), self._most)
