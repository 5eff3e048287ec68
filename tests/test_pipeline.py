"""Covers alertd/pipeline.py, with the real rules, alerts and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alertd.alerts.lifecycle import Lifecycle
from alertd.alerts.routing import Router
from alertd.clock import Clock
from alertd.domain.errors import StoreError
from alertd.domain.events import Direction, MarginMode, MarginState
from alertd.pipeline import QUEUE_SIZE, Pipeline
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from alertd.store.database import Database
from alertd.telemetry import Counters

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class FrozenClock(Clock):
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class House:
    """A pipeline on a real store, and what it said about sinks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.counters = Counters()
        self.clock = FrozenClock()
        self.woken: list[set[str]] = []
        router = Router([], ("phone", "mail"))
        lifecycle = Lifecycle([], {}, router.remind_after, {"main": {}})
        self.pipeline = Pipeline(
            rules=RuleEngine(BUILTIN_RULES, {"main": {}}),
            lifecycle=lifecycle,
            router=router,
            database=database,
            clock=self.clock,
            counters=self.counters,
            committed=self.woken.append,
        )

    async def handle(self, *events: MarginState) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self.pipeline.run())
            await self.pipeline.put(events)
            await self.pipeline.drained()
            running.cancel()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    yield House(database)
    await database.close()


def margin(ratio: str, instrument: str = "BTC-USDT-SWAP", n: int = 0) -> MarginState:
    return MarginState(
        event_id=f"test:{instrument}:{n}",
        exchange="okx",
        account="main",
        received_at=NOW + timedelta(milliseconds=n),
        instrument=instrument,
        direction=Direction.LONG,
        margin_mode=MarginMode.ISOLATED,
        margin_currency="USDT",
        margin_ratio=Decimal(ratio),
    )


async def test_an_alert_and_one_delivery_per_sink_stand_in_the_store(house: House) -> None:
    await house.handle(margin("2.5"))
    counts = await house.database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (1, 2)
    assert house.woken == [{"phone", "mail"}]


async def test_quiet_events_leave_no_trace_but_a_count(house: House) -> None:
    await house.handle(*(margin("22", n=n) for n in range(100)))
    assert house.woken == []
    assert (await house.database.counts())["alerts_open"] == 0
    assert house.counters.value("events_total") == 100


async def test_what_waits_together_is_committed_together(house: House) -> None:
    events = [margin("2.5", f"C{n}-USDT-SWAP") for n in range(300)]
    await house.handle(*events)
    assert len(house.woken) == 1
    assert (await house.database.counts())["deliveries_queued"] == 600


async def test_an_alert_changed_twice_in_a_batch_is_written_as_it_stands_last(house: House) -> None:
    await house.handle(margin("4.5"), margin("2.5", n=1))
    (alert,) = (await house.database.load()).open_alerts
    assert (alert.severity, alert.sequence) == ("critical", 2)
    assert (await house.database.counts())["deliveries_queued"] == 4


async def test_a_store_that_cannot_be_written_ends_the_pipeline(house: House) -> None:
    await house.database.close()
    await house.pipeline.put([margin("2.5")])
    with pytest.raises(StoreError):
        await house.pipeline.run()


async def test_a_full_queue_is_counted_and_nothing_is_dropped(house: House) -> None:
    async with asyncio.TaskGroup() as tasks:
        putting = tasks.create_task(house.pipeline.put([margin("22", n=n) for n in range(QUEUE_SIZE + 5)]))
        while not house.counters.value("event_queue_full_total"):
            await asyncio.sleep(0)
        assert not putting.done()
        running = tasks.create_task(house.pipeline.run())
        await putting
        await house.pipeline.drained()
        running.cancel()
    assert house.counters.value("events_total") == QUEUE_SIZE + 5


async def test_a_tick_lets_timers_run(house: House) -> None:
    await house.handle(margin("2.5"))
    house.clock.at = NOW + timedelta(seconds=121)  # the first reminder of a critical alert
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        await house.pipeline.tick()
        await house.pipeline.drained()
        running.cancel()
    assert house.counters.value("notifications_total", reason="reminder", severity="critical") == 1
