"""From the start of a process to its first acknowledged subscription, and what it then keeps in memory."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Absent, Measured, of
from benchmarks.goals import ALERTD, FLOOR, SCRIPT
from benchmarks.pushes import warning
from benchmarks.subject import ROOT, Subject, ended, no_peers

Result = Measured | Absent

IDLE_S = 2.0
PEERS = (("python-okx", "python_okx"), ("ccxt.pro", "ccxt_pro"))
RECEIVES_ONLY = "receives only"
TELLS = "after one notification through Apprise"


class Command:
    """`alertd run` as users start it, with nothing of ours inside."""

    def __init__(self, config: Path) -> None:
        self._config = config

    async def __aenter__(self) -> Command:
        folder = self._config.parent
        with (folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "alertd", "run", "--config", str(self._config),
                stdout=log, stderr=log, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int:
        if self._process.returncode is not None:
            raise ended("alertd", self._config.parent / "log")
        return self._process.pid


@dataclass(frozen=True)
class Contender:
    """`tells`: whether it has a sender, which is then loaded before its memory is read."""

    name: str
    make: Callable[[str], Subject | Command]
    tells: bool = False

    @property
    def note(self) -> str:
        return TELLS if self.tells else RECEIVES_ONLY


async def start(bench: Bench) -> list[Result]:
    """Over TLS, in turns."""
    times: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    contenders = _contenders(bench)
    for _ in bench.turns():
        for one in contenders:
            time_ms, memory_mb = await _started(bench, one)
            times[one.name].append(time_ms)
            memory[one.name].append(memory_mb)
    results: list[Result] = []
    for one in contenders:
        results.append(of("start", one.name, "time", "ms", times[one.name]))
        results.append(of("idle_memory", one.name, "memory", "MB", memory[one.name], one.note))
    if reason := no_peers():
        results += [Absent(row, name, reason) for row in ("start", "idle_memory") for name, _ in PEERS]
    return results


def _contenders(bench: Bench) -> list[Contender]:
    def alertd(key: str) -> Command:
        return Command(
            bench.configured([key], {"hook": bench.sink(key, via="apprise")}, tls=True, role="auto")
        )

    def script(key: str) -> Subject:
        return bench.client("apprise_script", key, tls=True, sink_url=bench.receiver.apprise_url(key))

    def peer(module: str) -> Callable[[str], Subject]:
        return lambda key: bench.peer(module, key, tls=True)

    found = [
        Contender(FLOOR, lambda key: bench.client("floor", key, tls=True)),
        Contender(ALERTD, alertd, tells=True),
        Contender(SCRIPT, script, tells=True),
    ]
    if no_peers() is None:
        found += [Contender(name, peer(module)) for name, module in PEERS]
    return found


async def _started(bench: Bench, one: Contender) -> tuple[float, float]:
    """Milliseconds until the acknowledgement, megabytes when idle."""
    key = bench.key("started")
    subject = one.make(key)
    began_s = time.monotonic()
    async with subject as running:
        await bench.exchange.until(f"{one.name} subscribed", lambda: key in bench.exchange.first_ack_at_s)
        time_ms = (bench.exchange.first_ack_at_s[key] - began_s) * 1000
        if one.tells:
            await bench.exchange.until_subscribed(key, "liquidation-warning")
            await bench.exchange.line(key).send([warning("BENCHC999999")])
            await bench.receiver.until_count(key, 1)
        await asyncio.sleep(IDLE_S)
        return time_ms, _resident_mb(running.pid)


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
