"""What the process and its store hold now."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sqlite3
import sys
import threading
from contextlib import closing
from functools import _lru_cache_wrapper
from pathlib import Path

from benchmarks.soak.world import World

_MB = 1 << 20
# The fields of glibc's `struct mallinfo2`, in their order.
_MALLINFO = (
    "arena", "ordblks", "smblks", "hblks", "hblkhd",
    "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
)  # fmt: skip


def sample(world: World) -> dict[str, float]:
    """By name of the figure, in the order they are told.

    Before, the daemon's bounded caches are emptied, which fill up over a day as they are meant to, and the
    garbage is collected.
    """
    cached = _empty_caches()
    gc.collect()
    gc.collect()
    counters = world.app.counters
    return {
        "memory": _resident() / _MB,
        **_allocator(),
        "blocks": sys.getallocatedblocks() / 1000,
        "objects": len(gc.get_objects()) / 1000,
        "cached": cached,
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "timers": _timers(),
        "counters": sum(len(cells) for _, cells in counters.families()),
        **_store(world.folder / "alertd.db"),
    }


def _empty_caches() -> int:
    """Returns how many entries they had."""
    entries = 0
    for found in gc.get_objects():
        if not isinstance(found, _lru_cache_wrapper) or found.cache_info().maxsize is None:
            continue
        if str(found.__module__).startswith("alertd."):
            entries += found.cache_info().currsize
            found.cache_clear()
    return entries


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class _MallInfo(ctypes.Structure):
    """As glibc 2.33 and newer tell it (`man mallinfo2`)."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _MALLINFO)


def _allocator() -> dict[str, float]:
    """What the C library has given out, and the holes it keeps between; nothing where it does not tell."""
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return {}
    ask.restype = _MallInfo
    told = ask()
    return {"given out": (told.uordblks + told.hblkhd) / _MB, "holes": told.fordblks / _MB}


def _timers() -> int:
    """Those that are to ring: asyncio keeps cancelled ones for a while."""
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", ())
    return sum(not one.cancelled() for one in scheduled)


def _store(path: Path) -> dict[str, float]:
    log = path.with_name(f"{path.name}-wal")
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        rows = {
            f"rows of {name}": float(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])
            for (name,) in names.fetchall()
            if not name.startswith(("sqlite_", "alembic_"))
        }
        is_open = "SELECT count(*) FROM alerts WHERE state != 'resolved'"
        open_alerts = connection.execute(is_open).fetchone()[0]
        is_kept_for_later = "SELECT count(*) FROM deliveries WHERE state = 'queued'"
        waiting = connection.execute(is_kept_for_later).fetchone()[0]
        names_known = connection.execute("SELECT count(DISTINCT fingerprint) FROM alerts").fetchone()[0]
    return {
        "open alerts": float(open_alerts),
        "store": path.stat().st_size / _MB,
        "log": log.stat().st_size / _MB if log.exists() else 0.0,
        # The newest alert of each fingerprint stays for good: the next one counts on from it.
        "fingerprints": float(names_known),
        "waiting": float(waiting),  # for the end of quiet hours
        **rows,
        "rows of deliveries": rows["rows of deliveries"] - waiting,
        "rows of alerts": rows["rows of alerts"] - names_known,
    }
