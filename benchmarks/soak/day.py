"""The day itself: hour after hour, with a sample at the end of each."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from alertd.simulators.okx.market import Walk
from benchmarks.soak import schedule
from benchmarks.soak.incidents import BTC
from benchmarks.soak.sampling import sample
from benchmarks.soak.world import World, opened
from tests.acceptance.house import stored

RETENTION_DAYS = 1 / 24
_SCRAPE_S = 300.0
_PINGS_PER_H = 12
_UNSENT = "SELECT state, count(*) FROM deliveries WHERE state != 'sent' GROUP BY state"
COUNTED = (
    "frames_total",
    "events_total",
    "polls_total",
    "reconciles_total",
    "connects_total",
    "notifications_total",
    "canary_rounds_total",
    "config_reloads_total",
)
NEVER = ("deliveries_dead_total", "event_queue_full_total", "frames_not_kept_total")


@dataclass
class Record:
    """What was seen. `told`: messages by sink; `stories`: how often each happened."""

    samples: list[dict[str, float]] = field(default_factory=list)
    stories: Counter[str] = field(default_factory=Counter)
    told: dict[str, int] = field(default_factory=dict)
    counted: dict[str, float] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    met: int = 0
    took_s: float = 0.0


async def live(folder: Path, hours: int, hour_over: Callable[[int, Record], None]) -> Record:
    """Through so many hours. `hour_over` is told the number of each and what was seen so far."""
    record = Record()
    began_s = time.monotonic()
    async with opened(folder, RETENTION_DAYS) as world:
        world.okx.market.move(BTC, Walk(Decimal(100_000), seed=4, step=0.00002))
        world.okx.open_position(BTC, size=3, lever=3, account="main")
        world.expect("daily summary", within_s=3600)
        world.expect("daily digest", "follower", within_s=3600)
        async with asyncio.TaskGroup() as tasks:
            scraper = tasks.create_task(_scrape(world), name="scraper")
            for hour in range(hours):
                await _live_through(world, hour, record)
                record.samples.append(sample(world))
                record.took_s = time.monotonic() - began_s
                hour_over(hour, record)
            scraper.cancel()
        _conclude(world, hours, record)
    return record


async def _live_through(world: World, hour: int, record: Record) -> None:
    """One hour of stories, then peace, and what is overdue."""
    begins = world.clock.now()
    async with asyncio.TaskGroup() as tasks:
        for planned in schedule.of_hour(hour):
            record.stories[planned.name] += 1
            await _until(world, begins + timedelta(minutes=planned.minute))
            if planned.beside:
                tasks.create_task(_told(planned.story(world)), name=planned.name)
            else:
                await planned.story(world)
    await world.tell("alerts/ack", all=True, comment="the hour is over")
    await _until(world, begins + timedelta(hours=1))
    world.expectations.judge(world.clock.monotonic_s())
    _forget_diaries(world)


async def _told(story: Awaitable[None]) -> None:
    await story


async def _until(world: World, moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - world.clock.now()).total_seconds()))


def _forget_diaries(world: World) -> None:
    """What the exchanges write down for tests: a day of it would look like growth of the daemon."""
    world.toobit.calls.clear()
    world.toobit.happened.clear()
    world.okx.happened.clear()
    for account in world.okx.accounts.values():
        account.closed.clear()
        account.records.clear()
        account.bills.clear()
    for leader in world.toobit.leaders.values():
        leader.closed.clear()
    for relation in world.toobit.relations:
        relation.closed.clear()


async def _scrape(world: World) -> None:
    """As Prometheus asks."""
    while True:
        async with world.http.get("/metrics") as answer:
            await answer.read()
        await asyncio.sleep(_SCRAPE_S)


def _conclude(world: World, hours: int, record: Record) -> None:
    """What was told, and what was lost of it."""
    expectations = world.expectations
    record.met = expectations.met
    record.told = {name: chat.arrived for name, chat in world.chats.items()}
    record.lost = [f"not told: {one}" for one in expectations.lost]
    # What the morning would bring is not lost: the day is over before it.
    unsent = stored(world.folder, _UNSENT)
    if not world.is_quiet:
        record.lost += [f"{count} deliveries are {state} at the end" for state, count in unsent]
    record.counted = {name: world.counted(name) for name in COUNTED}
    record.lost += [f"{name} is {number:g}" for name in NEVER if (number := world.counted(name))]
    if world.outside.pings < hours * _PINGS_PER_H * 0.9:
        record.lost.append(f"only {world.outside.pings} signs of life reached the outside watcher")
