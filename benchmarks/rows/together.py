"""Whether one sink holds up another: a paced one under ten thousand alerts, and one that hangs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import configuration
from benchmarks.bench import Bench
from benchmarks.figures import Measured, Samples, of, percentile
from benchmarks.goals import ALERTD
from benchmarks.pushes import names, warning
from benchmarks.receiver import NEVER
from benchmarks.rows import delivering

TEN_THOUSAND = 10_000
AT_ONCE = 10  # where they are spread
ONE_IN = 10  # is critical
CRITICAL = "BENCHC"  # how their names begin
PACE_PER_MINUTE = 1200
PATIENCE_S = 240.0
UNDER_WAY_S = 0.5
FLOODS = 5  # of each; the p99 of one is its ten worst criticals, and a busy machine doubles them
HUNG_ONE_BY_ONE = 300  # a round, so that p99 is not the one worst
HUNG_AT_A_TIME = 20  # then the other's turn: what disturbs the machine for a second disturbs both
ALONE = "alertd, the fast sink alone"
HANG_ALONE = "alertd, without the hung sink"


@dataclass
class Waits:
    """Milliseconds from the push of each alert to its arrival, by round.

    The p99 of a round's criticals is its ten worst, and one late write of the disk makes ten of them: by how
    much one lies above another is told of all rounds together.
    """

    rounds: list[dict[str, float]] = field(default_factory=list)

    def p99s(self, prefix: str = "") -> list[float]:
        """Of each round, of those whose name begins so."""
        return [percentile(_of(waited, prefix), 99) for waited in self.rounds]

    def moved(self, other: Waits, prefix: str = "") -> float:
        """By how many percent the p99 lies above `other`."""
        mine, others = (
            percentile([ms for waited in waits.rounds for ms in _of(waited, prefix)], 99)
            for waits in (self, other)
        )
        return (mine / others - 1) * 100


def _of(waited: Mapping[str, float], prefix: str) -> list[float]:
    return [ms for name, ms in waited.items() if name.startswith(prefix)]


async def ten_thousand(bench: Bench) -> list[Measured]:
    """All pushed at once; the fast sink alone, then with a paced one beside it, in turns."""
    return await _beside_a_paced_one(bench, "ten_thousand", 0.0)


async def ten_thousand_in_ten_seconds(bench: Bench) -> list[Measured]:
    """The same, pushed as evenly as a second has hundredths; each is waited for from its own push."""
    return await _beside_a_paced_one(bench, "ten_thousand_in_10_s", 10.0)


async def _beside_a_paced_one(bench: Bench, row: str, over_s: float) -> list[Measured]:
    figures: dict[str, list[float]] = defaultdict(list)
    alone, beside = Waits(), Waits()
    for _ in bench.turns(at_least=FLOODS):
        await _flood(bench, over_s, alone, paced=False)
        for name, value in (await _flood(bench, over_s, beside, paced=True)).items():
            figures[name].append(value)
    note = f"of 2 × {TEN_THOUSAND:,}: neither arrived nor in the store"
    together = "of all rounds together"
    return [
        of(row, ALERTD, "lost", "", figures["lost"], note),
        of(
            row,
            ALERTD,
            "others among the first criticals",
            "",
            figures["inversions"],
            "told by the paced sink while a critical one that was stored waited for it",
        ),
        of(
            row,
            ALERTD,
            "told by the paced sink",
            "",
            figures["told"],
            f"alerts in {PACE_PER_MINUTE} messages a minute",
        ),
        of(row, ALONE, "fast sink's critical p99", "ms", alone.p99s(CRITICAL)),
        of(row, ALERTD, "fast sink's critical p99", "ms", beside.p99s(CRITICAL)),
        of(row, ALERTD, "fast sink's critical p99 moved by", "%", [beside.moved(alone, CRITICAL)], together),
        of(row, ALONE, "fast sink's p99", "ms", alone.p99s()),
        of(row, ALERTD, "fast sink's p99", "ms", beside.p99s()),
        of(row, ALERTD, "fast sink's p99 moved by", "%", [beside.moved(alone)], together),
        of(row, ALERTD, "longest loop stall", "ms", figures["stall_ms"]),
        of(row, ALERTD, "memory growth", "MB", figures["growth_mb"], "the most there was, less before"),
    ]


async def _flood(bench: Bench, over_s: float, waits: Waits, *, paced: bool) -> Mapping[str, float]:
    key = bench.key("alertd")
    fast, slow = f"{key}_fast", f"{key}_paced"
    sinks = {"fast": bench.sink(fast)}
    if paced:
        sinks["paced"] = {**bench.sink(slow), "pace_per_minute": PACE_PER_MINUTE}
    criticals, others = names(CRITICAL), names("BENCHI")
    fresh = [next(others) if n % ONE_IN else next(criticals) for n in range(TEN_THOUSAND)]
    async with bench.daemon([key], sinks, rules=configuration.MIXED_RULES) as subject:
        await bench.exchange.until_subscribed(key)
        await _warm_up(bench, key, fast)
        before = await subject.ask("begin")
        pushed_at_s = await _push(bench, key, fresh, over_s)
        await bench.receiver.until_count(fast, TEN_THOUSAND + 1, PATIENCE_S)
        after = await subject.ask("end")
        subject.kill()
    arrived = bench.receiver.arrivals[fast][1:]
    waits.rounds.append({one.name: (one.at_s - pushed_at_s[one.name]) * 1000 for one in arrived})
    in_store = _in_store(bench.folder / key / "alertd.db")
    there = {one.name for one in arrived} | in_store["fast"]
    lost = len(set(fresh) - there)
    if paced:
        sent = {one.name for one in bench.receiver.arrivals[slow]}
        lost += len(set(fresh) - sent - in_store["paced"])
    return {
        "told": float(len(bench.receiver.arrivals[slow])),
        "lost": lost,
        "inversions": _inversions(bench, fast, slow),
        "stall_ms": after["longest_stall_s"] * 1000,
        "growth_mb": (after["peak_memory_kb"] - before["memory_kb"]) / 1024,
    }


async def _push(bench: Bench, key: str, fresh: list[str], over_s: float) -> dict[str, float]:
    """Warnings of these, spread evenly. Returns when each was pushed."""
    pushed_at_s: dict[str, float] = {}
    began_s = time.perf_counter()
    for n in range(0, len(fresh), AT_ONCE if over_s else len(fresh)):
        some = fresh[n : n + AT_ONCE] if over_s else fresh
        await asyncio.sleep(max(0.0, began_s + over_s * n / len(fresh) - time.perf_counter()))
        pushed_at_s |= dict.fromkeys(some, time.perf_counter())
        await bench.exchange.line(key).send([warning(name) for name in some])
    return pushed_at_s


async def _warm_up(bench: Bench, key: str, path: str) -> None:
    """One alert, so that the sender is loaded."""
    await asyncio.sleep(0.5)
    await bench.exchange.line(key).send([warning("BENCHC999999")])
    await bench.receiver.until_count(path, 1)
    await asyncio.sleep(0.5)


def _inversions(bench: Bench, fast: str, paced: str) -> int:
    """Alerts that are not critical and were told by the paced sink while a critical one waited for it, which
    the fast sink had told half a second before: so long a message may be under way.
    """
    told = {one.name: one.at_s for one in bench.receiver.arrivals[paced]}
    waited = [
        (one.at_s + UNDER_WAY_S, told.get(one.name, float("inf")))
        for one in bench.receiver.arrivals[fast]
        if one.name.startswith(CRITICAL)
    ]
    others = [at_s for name, at_s in told.items() if name.startswith("BENCHI")]
    return sum(any(since_s < at_s < until_s for since_s, until_s in waited) for at_s in others)


def _in_store(path: Path) -> dict[str, set[str]]:
    """The names of the deliveries that wait or are under way, by sink."""
    found: dict[str, set[str]] = {"fast": set(), "paced": set()}
    with sqlite3.connect(path) as store:
        rows = store.execute(
            "SELECT sink, fingerprint FROM deliveries WHERE state IN ('queued', 'sending', 'unknown')"
        )
        for sink, fingerprint in rows:
            at = fingerprint.find("BENCH")
            if at >= 0:
                found[sink].add(fingerprint[at : at + 12])
    return found


async def hung(bench: Bench) -> list[Measured]:
    """One at a time to a fast sink, with and without another that never answers, in turns."""
    p99: dict[str, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        found = []
        for name, with_hung in ((HANG_ALONE, False), (ALERTD, True)):
            key = bench.key("alertd")
            sinks: dict[str, dict[str, Any]] = {"fast": bench.sink(f"{key}_fast")}
            if with_hung:
                sinks["hung"] = bench.sink(f"{key}_hung")
                bench.receiver.delay_s[f"{key}_hung"] = NEVER
            subject = await stack.enter_async_context(bench.daemon([key], sinks))
            await bench.exchange.until_subscribed(key)
            found.append(delivering.ByStream(bench, name, f"{key}_fast", key, subject))
        await asyncio.sleep(1.0)
        for one in found:
            await delivering.told(bench, one, 20)
        for _ in bench.turns():
            waited: dict[str, list[float]] = defaultdict(list)
            for _ in range(0, HUNG_ONE_BY_ONE, HUNG_AT_A_TIME):
                for one in found:
                    for _ in range(HUNG_AT_A_TIME):
                        waited[one.name] += await delivering.told(bench, one, 1)
                        await asyncio.sleep(delivering.PAUSE_S)
            for name, milliseconds in waited.items():
                p99[name].append(percentile(milliseconds, 99))
    row = "hung"
    moved = Samples(tuple(p99[ALERTD])).moved_from(Samples(tuple(p99[HANG_ALONE])))
    return [
        of(row, HANG_ALONE, "other's p99", "ms", p99[HANG_ALONE]),
        of(row, ALERTD, "other's p99", "ms", p99[ALERTD]),
        Measured(row, ALERTD, "other's p99 moved by", "%", moved),
    ]
