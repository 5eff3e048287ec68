"""How much what may have grown from the first hour to the last. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.soak.growth import Bound, Sample

_ROWS = "rows of "
# Of what happened in the last hour, which is not the same in each: the sinks that are down, and rare stories.
_ROWS_AT_MOST, _ROWS_SHARE = 6.0, 0.1
FIGURES = (
    Bound(
        "memory", "MB", 3.0, about="resident, garbage collected; daemon, simulators and chats in one process"
    ),
    Bound("given out", "MB", 1.0, about="of the memory: by the C library, beside Python's own small blocks"),
    Bound("holes", "MB", 3.0, about="of the memory: kept by the C library between what it has given out"),
    Bound("blocks", "thousand", 3.0, share=0.01, about="pieces of memory that Python holds"),
    Bound("objects", "thousand", 0.5, share=0.01, about="what the garbage collector looks after"),
    Bound("cached", "", 200.0, about="entries of the daemon's bounded caches, emptied before each look"),
    Bound("tasks", "", 1.0),
    Bound("threads", "", 0.5),
    Bound("files", "", 1.0, about="open files and sockets of the process"),
    Bound("timers", "", 2.0, about="of the event loop, without cancelled ones"),
    Bound("counters", "", 12.0, about="label sets behind /metrics; each cause that is new brings its own"),
    Bound("fingerprints", "", 15.0, about="the newest alert of each stays, so that the next counts on"),
    Bound("open alerts", "", 1.0),
    Bound("store", "MB", 0.1, share=0.1),
    Bound("log", "MB", 0.5, about="SQLite's write-ahead log beside it"),
)


# The newest 200 frames that could not be read are kept: a ring that fills up.
_RINGS = {"rows of kept_frames": Bound("rows of kept_frames", "", 200.0, about="the newest 200 are kept")}


def of(samples: Sequence[Sample]) -> tuple[Bound, ...]:
    """Those above, and one for each table of the store."""
    tables = [name for name in (samples[0] if samples else ()) if name.startswith(_ROWS)]
    rows = (_RINGS.get(name, Bound(name, "", _ROWS_AT_MOST, share=_ROWS_SHARE)) for name in tables)
    return (*FIGURES, *rows)
