"""Covers alertd/pipeline.py, with the real rules, alerts and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.alerts.lifecycle import Lifecycle
from alertd.alerts.routing import Router
from alertd.clock import Clock
from alertd.domain.errors import StoreError
from alertd.domain.events import (
    Coverage,
    CoverageState,
    DeliveryHealth,
    Direction,
    Event,
    MarginMode,
    MarginState,
)
from alertd.domain.notification import Delivery
from alertd.pipeline import QUEUE_SIZE, Pipeline, Routed
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from alertd.rules.settings import RuleSettings
from alertd.ruling import Ruling
from alertd.store.database import Database
from alertd.telemetry import Counters

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class FrozenClock(Clock):
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return 1000.0


class HurryingClock(FrozenClock):
    """Every look at it takes three milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def monotonic_s(self) -> float:
        self._looks += 1
        return self._looks * 0.003


class House:
    """A pipeline on a real store, and what it said about sinks. Lets nothing be sent at once, unless told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.counters = Counters()
        self.clock = FrozenClock()
        self.woken: list[set[str]] = []
        self.begun: set[tuple[int, str]] = set()
        self.leased: list[Delivery] = []
        router = Router([], ("phone", "mail"))
        lifecycle = Lifecycle([], {}, router.remind_after, {"main": {}})
        self.pipeline = Pipeline(
            rules=RuleEngine(BUILTIN_RULES, {"main": {}}),
            lifecycle=lifecycle,
            router=router,
            database=database,
            clock=self.clock,
            counters=self.counters,
            outbox=self,
        )

    def reserve(self, routed: Routed) -> House:
        self.woken.append({sink for _, sinks in routed for sink in sinks})
        return self

    def stored(self, outcome: asyncio.Future[list[Delivery]]) -> None:
        if outcome.exception() is None:
            self.leased += outcome.result()

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


async def test_a_long_burst_is_judged_and_committed_in_slices(house: House) -> None:
    house.pipeline._clock = HurryingClock()
    await house.handle(*(margin("2.5", f"C{n}-USDT-SWAP") for n in range(30)))
    assert len(house.woken) == 15
    assert (await house.database.counts())["deliveries_queued"] == 60


async def test_what_can_be_sent_at_once_is_leased_and_handed_over(house: House) -> None:
    house.begun = {(0, "phone")}
    await house.handle(margin("2.5"))
    assert [delivery.sink for delivery in house.leased] == ["phone"]
    counts = await house.database.counts()
    assert (counts["deliveries_sending"], counts["deliveries_queued"]) == (1, 1)


async def test_what_was_leased_is_handed_over_even_if_the_pipeline_is_stopped_meanwhile(house: House) -> None:
    house.begun = {(0, "phone"), (0, "mail")}
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(house.pipeline.run())
        await house.pipeline.put([margin("2.5")])
        while not house.woken:
            await asyncio.sleep(0)
        running.cancel()
    assert (await house.database.counts())["deliveries_sending"] == 2
    assert [delivery.sink for delivery in house.leased] == ["phone", "mail"]


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


def ruling(rules: dict[str, Any] | None = None, sinks: tuple[str, ...] = ("phone",)) -> Ruling:
    table = TypeAdapter(dict[str, RuleSettings]).validate_python(rules or {})
    return Ruling.of({**BUILTIN_RULES, **table}, [], sinks, {"main": {}})


async def apply(house: House, *steps: Event | Ruling) -> None:
    """Events and rulings in the order they are handed over, all before the first is taken."""
    async with asyncio.TaskGroup() as tasks:
        handed = []
        for step in steps:
            is_ruling = isinstance(step, Ruling)
            work = house.pipeline.reconfigure(step) if is_ruling else house.pipeline.put([step])
            handed.append(tasks.create_task(work))
        await asyncio.sleep(0)
        running = tasks.create_task(house.pipeline.run())
        await asyncio.wait(handed)
        await house.pipeline.drained()
        running.cancel()


def ratio_rule(warning: str, **more: Any) -> dict[str, Any]:
    ladder = {"type": "ladder", "event": "margin_state", "field": "margin_ratio"}
    return {"margin_ratio": {**ladder, "levels": {"warning": warning}, **more}}


async def queued(house: House) -> int:
    return (await house.database.counts())["deliveries_queued"]


async def test_another_ruling_holds_from_its_place_among_the_events(house: House) -> None:
    lax = ruling(ratio_rule("1.5"))
    await apply(house, margin("2.5", "A-USDT-SWAP"), lax, margin("2.5", "B-USDT-SWAP", n=1))
    (alert,) = (await house.database.load()).open_alerts
    assert alert.event.instrument == "A-USDT-SWAP"
    assert await queued(house) == 2  # phone and mail, as it was then
    await apply(house, ruling(), margin("2.5", "B-USDT-SWAP", n=2))
    assert await queued(house) == 3


async def test_alerts_of_a_rule_that_is_gone_end_in_the_store(house: House) -> None:
    await apply(house, margin("2.5"), ruling(ratio_rule("1.5", enabled=False)))
    counts = await house.database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (0, 2)


async def test_what_is_told_when_it_changes_only_is_judged_by_the_new_rules_too(house: House) -> None:
    blind = Coverage(
        event_id="c",
        exchange="okx",
        account="main",
        received_at=NOW,
        stream="private",
        state=CoverageState.BLIND,
    )
    rule = {"type": "match", "event": "coverage", "match": {"state": "blind"}, "severity": "info"}
    await apply(house, blind)
    before = await queued(house)
    for _ in range(2):
        await apply(house, ruling({"mine": rule}))
        assert await queued(house) == before + 1


async def test_the_last_word_of_a_sink_that_is_gone_opens_nothing(house: House) -> None:
    dead = DeliveryHealth(event_id="d", exchange="", account="", received_at=NOW, sink="mail", healthy=False)
    await apply(house, dead)
    assert (await house.database.counts())["alerts_open"] == 1
    await apply(house, ruling(sinks=("phone",)), dead)
    assert (await house.database.counts())["alerts_open"] == 0
