"""What a push costs that changes nothing: received, decoded, made an event, judged by the rules."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks import configuration
from benchmarks.bench import Bench
from benchmarks.exchange import Line
from benchmarks.figures import Absent, Measured, of
from benchmarks.goals import ALERTD, FLOOR
from benchmarks.pushes import Positions
from benchmarks.subject import Subject, SubjectFailed, no_peers, no_uvloop

Result = Measured | Absent
Send = Callable[["Contender", Line, list[bytes]], Awaitable[None]]

PUSHES = 20_000
WARM_UP = 0.1  # of a round
PER_S = 500
PACED_S = 2
# ccxt takes messages out of the queue of aiohttp behind its back; of each, 128 bytes stay accounted for:
# after some thousand aiohttp stops reading for good. It gets fewer, in bursts, on a new connection
# each round.
FLOOR_UVLOOP = f"{FLOOR}, uvloop"
CCXT = "ccxt.pro watch_positions"
CCXT_PUSHES = 400
CCXT_BURST = 40
CCXT_PAUSE_S = 0.01
DONE_WITHIN_S = 60.0


@dataclass
class Contender:
    """A subject, connected, with its own positions."""

    name: str
    subject: Subject
    key: str
    book: Positions

    @property
    def is_ccxt(self) -> bool:
        """Shows only the newest of what has come."""
        return self.name == CCXT

    @property
    def most(self) -> int:
        """Pushes it can take in one round."""
        return CCXT_PUSHES if self.is_ccxt else PUSHES

    def reached_after(self, before: float, n: int, last_ms: int) -> float:
        """What it must say once it has seen `n` more pushes."""
        return last_ms if self.is_ccxt else before + n


async def flood(bench: Bench, key: str, *, tls: bool, short: bool = False) -> list[Result]:
    """As fast as each can read. CPU of the whole process, all threads."""

    async def send(to: Contender, line: Line, texts: list[bytes]) -> None:
        if not to.is_ccxt:
            await line.send(texts)
            return
        for at in range(0, len(texts), CCXT_BURST):
            await line.send(texts[at : at + CCXT_BURST])
            await asyncio.sleep(CCXT_PAUSE_S)

    return await _measure(bench, key, send, PUSHES, tls=tls, short=short, again=True)


async def paced(bench: Bench) -> list[Result]:
    """At an even pace, where the wake-up costs more than the decoding."""

    async def send(_to: Contender, line: Line, texts: list[bytes]) -> None:
        await line.send_paced(texts, PER_S)

    return await _measure(bench, "paced_tls", send, PER_S * PACED_S, tls=True, short=False)


def order(contenders: Sequence[Contender]) -> list[Contender]:
    """Who is measured when within a turn: alertd right behind its floor, and all but the peers once more.

    A shared machine changes its speed by half from one second to the next; the ratio is of neighbours then.
    """
    ours = sorted(
        (one for one in contenders if one.name.startswith((FLOOR, ALERTD))),
        key=lambda one: (one.name not in (FLOOR, ALERTD), one.name == ALERTD),
    )
    return [*ours, *(one for one in contenders if one not in ours), *ours]


async def _measure(
    bench: Bench, row: str, send: Send, n: int, *, tls: bool, short: bool, again: bool = False
) -> list[Result]:
    costs: dict[str, list[float]] = defaultdict(list)
    notes: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        contenders = await _contenders(bench, stack, tls=tls, short=short)
        for one in contenders:
            await _push(bench, one, send, int(min(n, one.most) * WARM_UP))
        for _ in bench.turns():
            for one in order(contenders) if again else contenders:
                cost, notes[one.name] = await _push(bench, one, send, min(n, one.most))
                costs[one.name].append(cost)
        results: list[Result] = [
            of(row, one.name, "CPU", "µs a push", costs[one.name], notes[one.name]) for one in contenders
        ]
    if reason := no_uvloop():
        results.append(Absent(row, FLOOR_UVLOOP, reason))
    if reason := no_peers():
        results += [Absent(row, name, reason) for name in ("python-okx", CCXT)]
    elif not tls:
        results.append(Absent(row, "python-okx", "it connects over TLS only"))
    return results


async def _contenders(bench: Bench, stack: AsyncExitStack, *, tls: bool, short: bool) -> list[Contender]:
    hook = {"hook": bench.sink("quiet", via="apprise")}
    ten = configuration.ten_rules()
    wanted: list[tuple[str, str, Callable[[str], Subject]]] = [
        (FLOOR, "floor", lambda key: bench.client("floor", key, tls=tls)),
        (ALERTD, "alertd", lambda key: bench.daemon([key], hook, tls=tls, rules=ten)),
        (
            "alertd with 110 rules",
            "alertd_110",
            lambda key: bench.daemon([key], hook, tls=tls, rules=ten + configuration.hundred_more_rules()),
        ),
    ]
    if no_uvloop() is None:
        wanted.insert(
            1, (FLOOR_UVLOOP, "floor_uvloop", lambda key: bench.client("floor", key, tls=tls, uvloop=True))
        )
    if no_peers() is None:
        if tls:
            wanted.append(("python-okx", "python_okx", lambda key: bench.peer("python_okx", key, tls=True)))
        wanted.append((CCXT, "ccxt", lambda key: bench.peer("ccxt_pro", key, tls=tls)))
    contenders = []
    for name, stem, make in wanted:
        key = bench.key(stem)
        book = bench.exchange.book(key, short=short)
        subject = await stack.enter_async_context(make(key))
        contenders.append(Contender(name, subject, key, book))
    for one in contenders:
        await bench.exchange.until_subscribed(one.key)
        await one.subject.settled()
    return contenders


async def _anew(bench: Bench, one: Contender, line: Line) -> Line:
    """Cut the connection and wait for the next."""
    line.transport.abort()
    await bench.exchange.until(f"{one.key} gone", lambda: line not in bench.exchange.lines)
    await bench.exchange.until_subscribed(one.key)
    await one.subject.settled()
    return bench.exchange.line(one.key)


async def _push(bench: Bench, one: Contender, send: Send, n: int) -> tuple[float, str]:
    """Microseconds of CPU a push, and what is to be said of it. Raises: SubjectFailed, TimeoutError."""
    line = bench.exchange.line(one.key)
    if one.is_ccxt:
        line = await _anew(bench, one, line)
    texts = one.book.take(n)
    before = await one.subject.settled()
    target = one.reached_after(before["reached"], n, one.book.newest_ms)
    await send(one, line, texts)
    give_up_s = time.monotonic() + DONE_WITHIN_S
    while (reached := (await one.subject.ask())["reached"]) < target:
        if time.monotonic() > give_up_s:
            raise TimeoutError(f"{one.name}: at {reached:.0f} of {target:.0f} after {DONE_WITHIN_S:g} s")
        if one.is_ccxt:  # what comes while nobody waits is never shown: another one wakes it
            n += 1
            await line.send(one.book.take(1))
        await asyncio.sleep(0.02)
    after = await one.subject.settled()
    if after.get("notifications") != before.get("notifications"):
        raise SubjectFailed(f"{one.name}: a quiet push made an alert")
    note = str(after["loop"])
    if one.is_ccxt:
        delivered = after["delivered"] - before["delivered"]
        note += f"; showed {delivered:,.0f} of {n:,} pushes"
    return (after["cpu_s"] - before["cpu_s"]) / n * 1e6, note
