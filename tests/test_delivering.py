"""Covers alertd/delivering.py. Delivery over a change stands in tests/acceptance/test_reload.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from alertd.clock import Clock
from alertd.delivering import Deliveries, sink_plans
from alertd.domain.errors import ConfigError
from alertd.sinks.settings import SinkSettings
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.outbox.scripted import eventually

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")


def sink(url: str = "json://127.0.0.1:9/x", **more: Any) -> SinkSettings:
    return SinkSettings(url=SecretStr(url), **more)


def test_a_plan_is_another_one_when_the_daemons_language_matters_to_the_sink() -> None:
    sinks = {"own": sink(language="zh", timezone=BERLIN), "daemons": sink()}
    before, after = sink_plans(sinks, "en", UTC), sink_plans(sinks, "zh", UTC)
    assert before["own"] == after["own"]
    assert before["daemons"] != after["daemons"]


@pytest.mark.parametrize(
    ("other", "same_pace"),
    [
        (sink("slack://a/b/c", timeout_s=3), True),
        (sink("slack://a/b/c", pace_per_minute=3), False),
        (sink("slack://a/b/d"), False),
    ],
)
def test_the_pace_goes_on_where_the_provider_counts_on(other: SinkSettings, same_pace: bool) -> None:
    plans = sink_plans({"one": sink("slack://a/b/c"), "other": other}, "en", UTC)
    assert (plans["one"].paced_as == plans["other"].paced_as) is same_pace


async def test_workers_are_replaced_one_by_one(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    counters = Counters()
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), counters, lambda _: None)

        def workers() -> list[str]:
            return sorted(task.get_name() for task in deliveries._tasks)

        deliveries.replace(sink_plans({"a": sink(), "b": sink()}, "en", UTC))
        first = set(deliveries._tasks)
        deliveries.replace(sink_plans({"a": sink(), "b": sink(timeout_s=3), "c": sink()}, "en", UTC))
        await eventually(lambda: workers() == ["sink:a", "sink:b", "sink:c"])
        assert len(first & deliveries._tasks) == 1
        deliveries.replace(sink_plans({"a": sink()}, "en", UTC))
        await eventually(lambda: workers() == ["sink:a"])
        assert {dict(labels)["sink"] for labels in counters.cells("deliveries_waiting")} == {"a"}
        deliveries.wake(["a", "gone"])
        deliveries.cancel()
    await database.close()


async def test_a_url_that_cannot_work_is_refused_by_name(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        await deliveries.check(sink_plans({"good": sink()}, "en", UTC))
        with pytest.raises(ConfigError, match=r"sinks\.bad\.url"):
            await deliveries.check(sink_plans({"good": sink(), "bad": sink("nosuch://x")}, "en", UTC))
    await database.close()
