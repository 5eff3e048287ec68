"""When which alert wants to be looked at: one time per alert, the earliest first."""

from __future__ import annotations

import heapq
from datetime import datetime
from itertools import count

from alertd.alerts.pausing import AT_ONCE, Pausing
from alertd.domain.alert import Fingerprint


class Timers:
    """A heap with lazy deletion: setting is cheap, and only what is due is touched.

    A time moved later leaves its old heap entry, which is corrected when it comes up, so an alert that
    flutters between two times does not fill the heap.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, Fingerprint]] = []
        self._wanted: dict[Fingerprint, datetime] = {}
        self._queued: dict[Fingerprint, datetime] = {}  # the heap entry that counts, never after `_wanted`

    def set(self, fingerprint: Fingerprint, at: datetime | None) -> None:
        """Look at this alert at `at`, replacing what was set before; None: not at all."""
        if at is None:
            self._wanted.pop(fingerprint, None)
            return
        self._wanted[fingerprint] = at
        queued = self._queued.get(fingerprint)
        if queued is None or at < queued:
            self._queue(fingerprint, at)

    def at(self, fingerprint: Fingerprint) -> datetime | None:
        """The time set for this alert."""
        return self._wanted.get(fingerprint)

    def is_due(self, now: datetime) -> bool:
        """Whether `take_due` may find something. May be true for nothing, never false for something."""
        return bool(self._heap) and self._heap[0][0] <= now

    def take_due(self, now: datetime) -> Pausing[list[Fingerprint]]:
        """The alerts whose time has come, earliest first. Each must be `set` again by the caller."""
        due: list[tuple[datetime, Fingerprint]] = []
        for number in count(1):
            if not self.is_due(now):
                break
            self._take(now, due)
            if number % AT_ONCE == 0:
                yield
        return [fingerprint for _, fingerprint in sorted(due)]

    def is_taken(self, fingerprint: Fingerprint) -> bool:
        """Whether it was taken and not set again."""
        return fingerprint in self._wanted and fingerprint not in self._queued

    def next_due(self) -> datetime | None:
        """The earliest time set."""
        while self._heap:
            at, fingerprint = self._heap[0]
            wanted = self._wanted.get(fingerprint)
            if wanted == at == self._queued.get(fingerprint):
                return at
            if self._pop() is not None and wanted is not None:
                self._queue(fingerprint, wanted)
        return None

    def _take(self, now: datetime, due: list[tuple[datetime, Fingerprint]]) -> None:
        """The first entry of the heap, if it still counts."""
        entry = self._pop()
        wanted = self._wanted.get(entry) if entry else None
        if entry is None or wanted is None:
            return
        if wanted > now:
            self._queue(entry, wanted)
        else:
            due.append((wanted, entry))

    def _queue(self, fingerprint: Fingerprint, at: datetime) -> None:
        self._queued[fingerprint] = at
        heapq.heappush(self._heap, (at, fingerprint))

    def _pop(self) -> Fingerprint | None:
        """Take the first entry off the heap; None where it no longer counts."""
        at, fingerprint = heapq.heappop(self._heap)
        if self._queued.get(fingerprint) != at:
            return None
        del self._queued[fingerprint]
        return fingerprint
