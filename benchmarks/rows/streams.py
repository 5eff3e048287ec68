"""Memory of a TLS stream, and how fast all come back after a cut."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.figures import Absent, Measured, of
from benchmarks.goals import ALERTD, IN_ALL
from benchmarks.subject import Subject, no_peers, no_uvloop

Result = Measured | Absent

FEW, MANY = 20, 220  # streams; the difference is what is counted
THOUSAND = 1_000
_OTHER_FILES = 200
PYTHON_OKX_MORE = 30
SETTLE_S = 1.0
LIVE_WITHIN_S = 60.0
RECONNECTING = 20
PER_S = 3.0  # the exchange's limit
ROW = "streams"


async def memory(bench: Bench) -> list[Result]:
    """Resident memory of 200 streams more, in one process."""
    results: list[Result] = []
    for name, uvloop in (("bare aiohttp, asyncio", False), ("bare aiohttp, uvloop", True)):
        if uvloop and (reason := no_uvloop()):
            results.append(Absent(ROW, name, reason))
            continue
        key = bench.key("bare")
        async with bench.client("bare_streams", key, tls=True, uvloop=uvloop) as subject:
            kb, note = await _opened(subject, FEW, MANY - FEW)
            results.append(of(ROW, name, "memory", "KB a stream", [kb], note))
    results.append(await _daemon(bench))
    results.append(await _thousand(bench))
    if reason := no_peers():
        return [*results, Absent(ROW, "python-okx", reason)]
    key = bench.key("python_okx")
    async with bench.peer("python_okx", key, tls=True) as subject:
        await bench.exchange.until_subscribed(key)
        kb, note = await _opened(subject, 4, PYTHON_OKX_MORE)
        results.append(of(ROW, "python-okx", "memory", "KB a stream", [kb], note))
    return results


async def _opened(subject: Subject, few: int, more: int) -> tuple[float, str]:
    await subject.ask(f"open {few}")
    await asyncio.sleep(SETTLE_S)
    before = await subject.ask()
    await subject.ask(f"open {more}")
    await asyncio.sleep(SETTLE_S)
    after = await subject.ask()
    return (after["memory_kb"] - before["memory_kb"]) / more, f"{after['loop']}, {more} streams"


async def _daemon(bench: Bench) -> Measured:
    """Two daemons that differ in the number of lead accounts, each with its two streams."""
    few, _ = await _used_by(bench, FEW)
    many, loop = await _used_by(bench, MANY)
    note = f"{loop}, {MANY} streams of {MANY // 2} accounts: {many / 1024:.0f} MB in all"
    return of(ROW, ALERTD, "memory", "KB a stream", [(many - few) / (MANY - FEW)], note)


async def _thousand(bench: Bench) -> Result:
    """All that one process takes, where it may open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * THOUSAND + _OTHER_FILES  # the exchange has the other ends, and the daemon inherits the limit
    if soft < wanted:
        if hard < wanted:
            return Absent(ROW, f"{ALERTD}, {THOUSAND:,} streams", f"no more than {hard} files may be open")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    used, loop = await _used_by(bench, THOUSAND)
    return of(ROW, ALERTD, IN_ALL, "MB", [used / 1024], f"{loop}, {THOUSAND // 2} accounts")


async def _used_by(bench: Bench, streams: int) -> tuple[float, str]:
    """Resident KB of a daemon with so many streams, and its loop."""
    keys = [bench.key("lead") for _ in range(streams // 2)]
    sinks = {"hook": bench.sink("streams", via="apprise")}
    async with bench.daemon(keys, sinks, tls=True, role="lead", unpaced=True) as subject:
        await _until_live(subject, streams)
        await asyncio.sleep(SETTLE_S)
        told = await subject.ask()
        return told["memory_kb"], told["loop"]


async def _until_live(subject: Subject, streams: int) -> None:
    """Raises: TimeoutError."""
    give_up_s = time.monotonic() + LIVE_WITHIN_S
    while (live := (await subject.ask())["streams_live"]) < streams:
        if time.monotonic() > give_up_s:
            raise TimeoutError(f"{live:.0f} of {streams} streams live after {LIVE_WITHIN_S:g} s")
        await asyncio.sleep(0.2)


async def reconnect(bench: Bench) -> list[Measured]:
    """Every connection is cut at once: until the last account has its subscriptions back."""
    keys = [bench.key("copier") for _ in range(RECONNECTING)]
    floor_s = (RECONNECTING - 1) / PER_S
    above: list[float] = []
    took: list[float] = []
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            bench.daemon(keys, {"hook": bench.sink("reconnect", via="apprise")}, tls=True)
        )

        def all_back() -> bool:
            back = {one.key for one in bench.exchange.lines if "positions" in one.subscribed}
            return back >= set(keys)

        await bench.exchange.until("all connected", all_back)
        for _ in range(2):
            await asyncio.sleep(1.0)  # a connection that stood for a moment only is dialled again more slowly
            took.append(await _cut(bench, all_back))
            above.append((took[-1] / floor_s - 1) * 100)
    row = "reconnect"
    return [
        of(row, ALERTD, "time", "s", took, f"{RECONNECTING} accounts; the limit alone takes {floor_s:.1f} s"),
        of(row, ALERTD, "above the limit by", "%", above),
    ]


async def _cut(bench: Bench, all_back: Callable[[], bool]) -> float:
    """Seconds from the cut of all until all are back."""
    old = list(bench.exchange.lines)
    cut_at_s = time.monotonic()
    bench.exchange.drop_all()
    await bench.exchange.until("all cut", lambda: not any(one in bench.exchange.lines for one in old))
    await bench.exchange.until("all back", all_back)
    return time.monotonic() - cut_at_s
