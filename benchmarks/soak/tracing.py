"""Which lines of the program hold more memory at the end than after the first hours."""

from __future__ import annotations

import gc
import tracemalloc

_FRAMES = 6
_LINES = 25
_WARM_AFTER = 1


class Tracing:
    """Looks when the daemon is warm, and after the last hour. Traces from when it is made."""

    def __init__(self, hours: int) -> None:
        self._last = hours - 1
        self._snapshots: list[tracemalloc.Snapshot] = []
        tracemalloc.start(_FRAMES)

    def look(self, hour: int) -> None:
        """An hour is over."""
        if hour in (min(_WARM_AFTER, self._last - 1), self._last):
            gc.collect()
            ours = tracemalloc.Filter(inclusive=False, filename_pattern=tracemalloc.__file__)
            self._snapshots.append(tracemalloc.take_snapshot().filter_traces([ours]))

    def told(self) -> str:
        """The lines that hold most more, the most first."""
        before, after = self._snapshots
        return "\n".join(str(line) for line in after.compare_to(before, "lineno")[:_LINES])
