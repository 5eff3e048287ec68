"""Whether one sink holds up another: a paced one under ten thousand alerts, and one that hangs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks import configuration
from benchmarks.bench import Bench
from benchmarks.figures import Measured, Samples, of, percentile
from benchmarks.goals import ALERTD
from benchmarks.pushes import names, warning
from benchmarks.receiver import NEVER
from benchmarks.rows import delivering
from benchmarks.waits import Round, Waits

TEN_THOUSAND = 10_000
SPREAD_OVER_S = 10.0
AT_ONCE = 10  # where they are spread
ONE_IN = 10  # is critical
CRITICAL = "BENCHC"  # how their names begin
QUICK_PER_MINUTE = 1200  # quicker than any service is paced by default, so that it speaks all the time
CHAT_PER_MINUTE = 20  # as Telegram is by default
PATIENCE_S = 240.0
UNDER_WAY_S = 0.5
FLOODS = 5  # of each; the p99 of one is its ten worst criticals, and a busy machine doubles them
HUNG_ONE_BY_ONE = 300  # a round, so that p99 is not the one worst
HUNG_AT_A_TIME = 20  # then the other's turn: what disturbs the machine for a second disturbs both
ALONE = "alertd, the fast sink alone"
AGAIN = "alertd, the fast sink alone, a second time"
CHAT = "alertd, beside one paced as Telegram, through Apprise"
HANG_ALONE = "alertd, without the hung sink"


async def ten_thousand(bench: Bench) -> list[Measured]:
    """All pushed at once; the fast sink alone, then with a paced one beside it, in turns."""
    alone, beside = Waits(), _Beside(QUICK_PER_MINUTE)
    for _ in bench.turns(at_least=FLOODS):
        await _flood(bench, 0.0, alone)
        await beside.flood(bench, 0.0)
    row = "ten_thousand"
    return [
        *_waited(row, ALONE, alone),
        *beside.measured(row, ALERTD),
        *_moved(row, ALERTD, beside.waits, alone),
    ]


async def ten_thousand_in_ten_seconds(bench: Bench) -> list[Measured]:
    """The same, pushed as evenly as a second has hundredths; each is waited for from its own push.

    Also beside a sink as slow as a chat, and alone a second time: by how much the machine alone moves it.
    """
    alone, again = Waits(), Waits()
    chat, quick = _Beside(CHAT_PER_MINUTE, via="apprise"), _Beside(QUICK_PER_MINUTE)
    for _ in bench.turns(at_least=FLOODS):
        await _flood(bench, SPREAD_OVER_S, alone)
        await chat.flood(bench, SPREAD_OVER_S)
        await quick.flood(bench, SPREAD_OVER_S)
        await _flood(bench, SPREAD_OVER_S, again)
    row, both = "ten_thousand_in_10_s", Waits(alone, again)
    return [
        *_waited(row, ALONE, alone),
        *_waited(row, AGAIN, again),
        *_moved(row, AGAIN, again, alone, "by nothing but the machine"),
        *_seconds_moved(row, AGAIN, again, alone),
        *chat.measured(row, CHAT),
        *_moved(row, CHAT, chat.waits, both),
        *_seconds_moved(row, CHAT, chat.waits, both),
        *quick.measured(row, ALERTD),
        *_moved(row, ALERTD, quick.waits, both),
        *_seconds_moved(row, ALERTD, quick.waits, both),
    ]


class _Beside:
    """Floods beside a sink of so many messages a minute."""

    def __init__(self, per_minute: int, via: str = "native") -> None:
        self.waits = Waits()
        self._per_minute, self._via = per_minute, via
        self._figures: dict[str, list[float]] = defaultdict(list)

    async def flood(self, bench: Bench, over_s: float) -> None:
        paced = {"pace_per_minute": self._per_minute, "via": self._via}
        for name, value in (await _flood(bench, over_s, self.waits, paced)).items():
            self._figures[name].append(value)

    def measured(self, row: str, subject: str) -> list[Measured]:
        figures = self._figures
        missing = f"of 2 × {TEN_THOUSAND:,}: neither arrived nor in the store"
        inverted = "told by the paced sink while a critical one that was stored waited for it"
        pace = f"alerts in {self._per_minute:,} messages a minute"
        return [
            of(row, subject, "lost", "", figures["lost"], missing),
            of(row, subject, "others among the first criticals", "", figures["inversions"], inverted),
            of(row, subject, "told by the paced sink", "", figures["told"], pace),
            *_waited(row, subject, self.waits),
            of(row, subject, "longest loop stall", "ms", figures["stall_ms"]),
            of(row, subject, "memory growth", "MB", figures["growth_mb"], "the most there was, less before"),
        ]


def _waited(row: str, subject: str, waits: Waits) -> list[Measured]:
    return [
        of(row, subject, "fast sink's critical p99", "ms", waits.p99s(CRITICAL)),
        of(row, subject, "fast sink's p99", "ms", waits.p99s()),
    ]


def _moved(
    row: str, subject: str, waits: Waits, alone: Waits, note: str = "of all rounds together"
) -> list[Measured]:
    critical, all_ = _above(waits.p99(CRITICAL), alone.p99(CRITICAL)), _above(waits.p99(), alone.p99())
    return [
        of(row, subject, "fast sink's critical p99 moved by", "%", [critical], note),
        of(row, subject, "fast sink's p99 moved by", "%", [all_], note),
    ]


def _seconds_moved(row: str, subject: str, waits: Waits, alone: Waits) -> list[Measured]:
    second_ms, alone_ms = waits.p99_of_a_second(CRITICAL), alone.p99_of_a_second(CRITICAL)
    note = f"{alone_ms:.1f} -> {second_ms:.1f} ms: the middle of the p99s of all seconds"
    figure = "fast sink's critical p99 of a second moved by"
    return [of(row, subject, figure, "%", [_above(second_ms, alone_ms)], note)]


def _above(value: float, other: float) -> float:
    """By how many percent."""
    return (value / other - 1) * 100


async def _flood(
    bench: Bench, over_s: float, waits: Waits, paced: Mapping[str, Any] | None = None
) -> Mapping[str, float]:
    """One daemon, ten thousand alerts. `paced`: what the settings of the sink beside the fast one say."""
    key = bench.key("alertd")
    fast, slow = f"{key}_fast", f"{key}_paced"
    sinks = {"fast": bench.sink(fast)}
    if paced is not None:
        sinks["paced"] = {**bench.sink(slow), **paced}
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
    waits.add(Round(pushed_at_s, {one.name: one.at_s for one in arrived}))
    in_store = _in_store(bench.folder / key / "alertd.db")
    there = {one.name for one in arrived} | in_store["fast"]
    lost = len(set(fresh) - there)
    if paced is not None:
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
