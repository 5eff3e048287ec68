"""The subject's side of a measurement: tells what the process has used, when it is asked.

Standard library only, so that it may be loaded beside any peer. A thread answers, so that the answer does not
wait for the loop under test; an end of the input ends the process, so that no subject outlives the benchmark.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

Facts = Callable[[], Mapping[str, Any]]
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") / 1024


def memory_kb() -> float:
    """Resident memory now."""
    with Path("/proc/self/statm").open() as told:
        return int(told.read().split()[1]) * _PAGE_KB


def peak_memory_kb() -> float:
    """The most since the start, or since `forget_peak`."""
    with Path("/proc/self/status").open() as told:
        return float(next(line.split()[1] for line in told if line.startswith("VmHWM")))


def forget_peak() -> None:
    """The peak counts from now on."""
    Path("/proc/self/clear_refs").write_text("5")


def usage() -> dict[str, Any]:
    """CPU seconds of all threads, and memory."""
    return {
        "cpu_s": time.process_time(),
        "memory_kb": memory_kb(),
        "peak_memory_kb": peak_memory_kb(),
        "python": platform.python_version(),
    }


def serve(facts: Facts, commands: Mapping[str, Callable[[str], Mapping[str, Any]]] | None = None) -> None:
    """Answer from now on. `facts` is asked with every `probe`; a command gets the rest of its line."""

    def run() -> None:
        for line in sys.stdin:
            name, _, rest = line.strip().partition(" ")
            if name == "probe":
                answer: Mapping[str, Any] = {**usage(), **facts()}
            else:
                answer = (commands or {})[name](rest)
            print("@" + json.dumps(answer), flush=True)
        os._exit(0)

    threading.Thread(target=run, name="probe", daemon=True).start()


def loop_name(loop: asyncio.AbstractEventLoop) -> str:
    """uvloop or asyncio."""
    return type(loop).__module__.split(".")[0]


def on_loop(
    loop: asyncio.AbstractEventLoop, work: Callable[[str], Awaitable[Mapping[str, Any]]]
) -> Callable[[str], Mapping[str, Any]]:
    """A command that runs on the loop under test."""

    async def run(rest: str) -> Mapping[str, Any]:
        return await work(rest)

    return lambda rest: asyncio.run_coroutine_threadsafe(run(rest), loop).result()


def arguments() -> dict[str, Any]:
    """The subject's settings: one JSON text on its command line."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    return settings
