"""What a push costs that changes nothing: received, decoded, made an event, judged by the rules."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks import configuration
from benchmarks.bench import Bench
from benchmarks.exchange import Line
from benchmarks.figures import Absent, Measured, of
from benchmarks.goals import ALERTD, FLOOR
from benchmarks.pushes import Positions
from benchmarks.subject import Subject, SubjectFailed, has_peers

Result = Measured | Absent
Send = Callable[[Line, list[bytes]], Awaitable[None]]

PUSHES = 40_000
WARM_UP = 4_000
PER_S = 500
PACED_S = 3
# It takes some thirty times as long as the others.
FEWER = {"ccxt.pro watch_positions": 8}
DONE_WITHIN_S = 60.0


@dataclass
class Contender:
    """A subject, connected, with its own positions."""

    name: str
    subject: Subject
    key: str
    book: Positions
    collapses: bool = False  # shows only the newest of what has come

    def reached_after(self, before: float, n: int, last_ms: int) -> float:
        """What it must say once it has seen `n` more pushes."""
        return last_ms if self.collapses else before + n


async def flood(bench: Bench, key: str, *, tls: bool, short: bool = False) -> list[Result]:
    """As fast as each can read. CPU of the whole process, all threads."""

    async def send(line: Line, texts: list[bytes]) -> None:
        await line.send(texts)

    return await _measure(bench, key, send, PUSHES, bench.rounds, tls=tls, short=short)


async def paced(bench: Bench) -> list[Result]:
    """At an even pace, where the wake-up costs more than the decoding."""

    async def send(line: Line, texts: list[bytes]) -> None:
        await line.send_paced(texts, PER_S)

    rounds = min(bench.rounds, 3)
    return await _measure(bench, "paced_tls", send, PER_S * PACED_S, rounds, tls=True, short=False)


async def _measure(
    bench: Bench, row: str, send: Send, n: int, rounds: int, *, tls: bool, short: bool
) -> list[Result]:
    costs: dict[str, list[float]] = defaultdict(list)
    notes: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        contenders = await _contenders(bench, stack, tls=tls, short=short)
        for one in contenders:
            await _push(bench, one, send, min(n, WARM_UP))
        for _ in range(rounds):
            for one in contenders:
                cost, notes[one.name] = await _push(bench, one, send, n // FEWER.get(one.name, 1))
                costs[one.name].append(cost)
        results: list[Result] = [
            of(row, name, "CPU", "µs a push", values, notes[name]) for name, values in costs.items()
        ]
    if reason := has_peers():
        results += [Absent(row, name, reason) for name in ("python-okx", "ccxt.pro watch_positions")]
    elif not tls:
        results.append(Absent(row, "python-okx", "it connects over TLS only"))
    return results


async def _contenders(bench: Bench, stack: AsyncExitStack, *, tls: bool, short: bool) -> list[Contender]:
    hook = {"hook": bench.sink("quiet")}
    more_rules = configuration.ten_rules() + configuration.hundred_more_rules()
    keys = {name: bench.key(name) for name in ("floor", "floor_uvloop", "alertd", "alertd_110")}
    wanted: list[tuple[str, str, Subject, bool]] = [
        (FLOOR, keys["floor"], bench.client("floor", keys["floor"], tls=tls), False),
        (
            f"{FLOOR}, uvloop",
            keys["floor_uvloop"],
            bench.client("floor", keys["floor_uvloop"], tls=tls, uvloop=True),
            False,
        ),
        (
            ALERTD,
            keys["alertd"],
            bench.daemon([keys["alertd"]], hook, tls=tls, rules=configuration.ten_rules()),
            False,
        ),
        (
            "alertd with 110 rules",
            keys["alertd_110"],
            bench.daemon([keys["alertd_110"]], hook, tls=tls, rules=more_rules),
            False,
        ),
    ]
    if has_peers() is None:
        if tls:
            key = bench.key("python_okx")
            wanted.append(("python-okx", key, bench.peer("python_okx", key, tls=True), False))
        key = bench.key("ccxt")
        wanted.append(("ccxt.pro watch_positions", key, bench.peer("ccxt_pro", key, tls=tls), True))
    contenders = []
    for name, key, subject, collapses in wanted:
        book = bench.exchange.book(key, short=short)
        await stack.enter_async_context(subject)
        contenders.append(Contender(name, subject, key, book, collapses))
    for one in contenders:
        await bench.exchange.until_subscribed(one.key)
        bench.learn(await one.subject.settled(), "python", "aiohttp", "python-okx", "websockets", "ccxt")
    return contenders


async def _push(bench: Bench, one: Contender, send: Send, n: int) -> tuple[float, str]:
    """Microseconds of CPU a push, and what is to be said of it. Raises: SubjectFailed."""
    texts = one.book.take(n)
    before = await one.subject.settled()
    target = one.reached_after(before["reached"], n, one.book.newest_ms)
    await send(bench.exchange.line(one.key), texts)
    async with asyncio.timeout(DONE_WITHIN_S):
        while (await one.subject.ask())["reached"] < target:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
    after = await one.subject.settled()
    if after.get("notifications") != before.get("notifications"):
        raise SubjectFailed(f"{one.name}: a quiet push made an alert")
    note = after["loop"]
    if one.collapses:
        delivered = after["delivered"] - before["delivered"]
        note += f"; showed {delivered:,.0f} of {n:,} pushes"
    return (after["cpu_s"] - before["cpu_s"]) / n * 1e6, note
