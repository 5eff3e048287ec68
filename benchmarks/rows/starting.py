"""From the start of a process to its first acknowledged subscription, and what it then keeps in memory."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Absent, Measured, of
from benchmarks.goals import ALERTD, FLOOR
from benchmarks.subject import Subject, has_peers

Result = Measured | Absent

IDLE_S = 2.0
PEERS = (("python-okx", "python_okx"), ("ccxt.pro", "ccxt_pro"))


async def start(bench: Bench) -> list[Result]:
    """Over TLS, in turns. alertd is started as users start it, with nothing of ours inside."""
    times: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    for _ in range(min(bench.rounds, 5)):
        key = bench.key("floor")
        await _one(bench, FLOOR, key, bench.client("floor", key, tls=True), times, memory)
        key = bench.key("alertd")
        await _one(bench, ALERTD, key, _Command(bench, key), times, memory)
        if has_peers() is None:
            for name, module in PEERS:
                key = bench.key(module)
                await _one(bench, name, key, bench.peer(module, key, tls=True), times, memory)
    results: list[Result] = []
    for name, values in times.items():
        results.append(of("start", name, "time", "ms", values))
        results.append(of("idle_memory", name, "memory", "MB", memory[name]))
    if reason := has_peers():
        results += [Absent(row, name, reason) for row in ("start", "idle_memory") for name, _ in PEERS]
    return results


class _Command:
    """`alertd run` as a process, without a probe."""

    def __init__(self, bench: Bench, key: str) -> None:
        self._path = bench.configured([key], {"hook": bench.sink(key)}, tls=True, role="auto")

    async def __aenter__(self) -> _Command:
        with (self._path.parent / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "alertd", "run", "--config", str(self._path), stdout=log, stderr=log
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid


async def _one(
    bench: Bench,
    name: str,
    key: str,
    subject: Subject | _Command,
    times: dict[str, list[float]],
    memory: dict[str, list[float]],
) -> None:
    began_s = time.monotonic()
    async with subject as running:
        await bench.exchange.until(lambda: key in bench.exchange.first_ack_at_s)
        times[name].append((bench.exchange.first_ack_at_s[key] - began_s) * 1000)
        await asyncio.sleep(IDLE_S)
        memory[name].append(_resident_mb(running.pid))


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
