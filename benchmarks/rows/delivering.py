"""From a push to the HTTP request at a webhook: one at a time, and many at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from benchmarks.alertmanager import Alertmanager, request, why_absent
from benchmarks.bench import Bench
from benchmarks.figures import Absent, Measured, of, percentile
from benchmarks.goals import ALERTD, ALERTMANAGER, CHAIN, CHAIN_UNSTORED, SCRIPT
from benchmarks.pushes import names, warning
from benchmarks.subject import Subject

Result = Measured | Absent

ONE_BY_ONE = 200  # a round; fewer would make p99 the one worst
WARM_UP = 20
PAUSE_S = 0.005  # the outcome of the last one is stored meanwhile
BURST = 200
BETWEEN_BURSTS_S = 0.5
MANY = 3_000
SLOW_S = 0.05

_names = names()


class Contender(Protocol):
    """Something that tells a webhook of alerts. `path`: where it tells."""

    name: str
    path: str

    def made(self, fresh: Sequence[str]) -> Sequence[bytes]:
        """What tells it of alerts of those names."""

    async def push(self, made: Sequence[bytes]) -> None:
        """All at once."""


@dataclass
class ByStream:
    """Reads warnings from the exchange."""

    bench: Bench
    name: str
    path: str
    key: str
    subject: Subject

    def made(self, fresh: Sequence[str]) -> Sequence[bytes]:
        return [warning(name) for name in fresh]

    async def push(self, made: Sequence[bytes]) -> None:
        await self.bench.exchange.line(self.key).send(made)


@dataclass
class ByRequest:
    """Takes alerts over HTTP: its clock starts when the request is begun."""

    name: str
    path: str
    alertmanager: Alertmanager

    def made(self, fresh: Sequence[str]) -> Sequence[bytes]:
        return [request(fresh)]

    async def push(self, made: Sequence[bytes]) -> None:
        for body in made:
            await self.alertmanager.push(body)


async def told(bench: Bench, one: Contender, n: int) -> list[float]:
    """Milliseconds from the push to the arrival of each of `n` alerts, pushed at once."""
    fresh = list(islice(_names, n))
    made = one.made(fresh)
    before = len(bench.receiver.arrivals[one.path])
    began_s = time.perf_counter()
    await one.push(made)
    await bench.receiver.until_count(one.path, before + n)
    arrived = bench.receiver.arrivals[one.path][before:]
    missing = set(fresh) - {arrival.name for arrival in arrived}
    if missing:
        raise LookupError(f"{one.name}: {len(missing)} of {n} alerts never came, others came twice")
    return [(arrival.at_s - began_s) * 1000 for arrival in arrived]


async def _singly(bench: Bench, one: Contender, n: int) -> list[float]:
    """Milliseconds of `n` alerts, one after the other."""
    waited = []
    for _ in range(n):
        waited += await told(bench, one, 1)
        await asyncio.sleep(PAUSE_S * (0.5 + random.random()))
    return waited


async def one_by_one(bench: Bench, via: str) -> list[Result]:
    """p50 and p99 of each round."""
    p50: dict[str, list[float]] = defaultdict(list)
    p99: dict[str, list[float]] = defaultdict(list)
    async with contenders(bench, via) as found:
        for one in found:
            await _singly(bench, one, WARM_UP)
        for _ in bench.turns():
            for one in found:
                waited = await _singly(bench, one, ONE_BY_ONE)
                p50[one.name].append(percentile(waited, 50))
                p99[one.name].append(percentile(waited, 99))
    row = _row("one_by_one", via)
    return [
        measured
        for name in p50
        for measured in (of(row, name, "p50", "ms", p50[name]), of(row, name, "p99", "ms", p99[name]))
    ] + _absent(row)


async def bursts(bench: Bench, via: str) -> list[Result]:
    """200 at once, to a webhook that answers at once and to one that thinks about it."""
    results: list[Result] = []
    async with contenders(bench, via) as found:
        for one in found:
            await told(bench, one, BURST)
        for row, delay_s in ((_row("burst", via), 0.0), (_row("burst_slow", via), SLOW_S)):
            p99: dict[str, list[float]] = defaultdict(list)
            for one in found:
                bench.receiver.delay_s[one.path] = delay_s
            for _ in bench.turns():
                for one in found:
                    await asyncio.sleep(BETWEEN_BURSTS_S + delay_s)
                    p99[one.name].append(percentile(await told(bench, one, BURST), 99))
            results += [of(row, name, "p99", "ms", values) for name, values in p99.items()]
            results += _absent(row)
    return results


async def many(bench: Bench, via: str) -> list[Result]:
    """3,000 at once, alerts a second until the last has arrived."""
    per_s: dict[str, list[float]] = defaultdict(list)
    async with contenders(bench, via) as found:
        for one in found:
            await told(bench, one, BURST)
        for _ in bench.turns():
            for one in found:
                await asyncio.sleep(BETWEEN_BURSTS_S)
                per_s[one.name].append(MANY / max(await told(bench, one, MANY)) * 1000)
    row = _row("three_thousand", via)
    return [of(row, name, "throughput", "alerts/s", values) for name, values in per_s.items()] + _absent(row)


@asynccontextmanager
async def contenders(bench: Bench, via: str) -> AsyncIterator[list[Contender]]:
    """alertd, the script, the floors and Alertmanager, each with a path of its own at the webhook."""
    async with AsyncExitStack() as stack:
        found: list[Contender] = []
        key = bench.key("alertd")
        daemon = await stack.enter_async_context(bench.daemon([key], {"hook": bench.sink(key, via)}))
        found.append(ByStream(bench, ALERTD, key, key, daemon))
        key = bench.key("script")
        sink_url = bench.receiver.apprise_url(key)
        script = await stack.enter_async_context(
            bench.client("apprise_script", key, tls=False, sink_url=sink_url)
        )
        found.append(ByStream(bench, SCRIPT, key, key, script))
        # With its first snapshot: what a warning names and no snapshot shows is told as closed.
        await bench.exchange.until_subscribed(found[0].path, "positions")
        await daemon.settled()
        await bench.exchange.until_subscribed(key, "liquidation-warning")
        await script.settled()
        if via == "native":
            found += [await _chain(bench, stack, CHAIN, stores=True)]
            found += [await _chain(bench, stack, CHAIN_UNSTORED, stores=False)]
        if why_absent() is None:
            path = bench.key("alertmanager")
            url = bench.receiver.http_url(path)
            manager = await stack.enter_async_context(Alertmanager(bench.folder / path, url))
            found.append(ByRequest(ALERTMANAGER, path, manager))
        yield found


async def _chain(bench: Bench, stack: AsyncExitStack, name: str, *, stores: bool) -> Contender:
    key = bench.key("chain")
    url = bench.receiver.http_url(key)
    client = bench.client("bare_chain", key, tls=False, sink_url=url, stores=stores)
    chain = await stack.enter_async_context(client)
    await bench.exchange.until_subscribed(key, "liquidation-warning")
    return ByStream(bench, name, key, key, chain)


def _row(name: str, via: str) -> str:
    return f"{name}_native" if via == "native" else name


def _absent(row: str) -> list[Result]:
    reason = why_absent()
    return [Absent(row, ALERTMANAGER, reason)] if reason else []
