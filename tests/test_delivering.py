"""Covers alertd/delivering.py. Delivery over a change stands in tests/acceptance/test_reload.py."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import event
from structlog.testing import capture_logs

from alertd.canary.check_sink import CheckSink
from alertd.canary.line import events_of
from alertd.clock import Clock
from alertd.delivering import Deliveries, sink_plans
from alertd.domain.alert import Severity
from alertd.domain.canary import CHECK_SINK
from alertd.domain.errors import ConfigError, StoreError
from alertd.domain.notification import Address, Delivery, Notification
from alertd.sinks.moved import Moved, key_of
from alertd.sinks.settings import SinkSettings
from alertd.sinks.webhook_sink import WebhookSink
from alertd.store.database import Database
from alertd.telemetry import Counters
from tests.outbox.scripted import eventually
from tests.sinks.webhook import Webhook
from tests.store.samples import NOW, make_alert, to, told

_numbers = count(1)
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


def routed(severity: Severity, *sinks: str) -> tuple[Notification, list[Address]]:
    return told(make_alert(next(_numbers), severity=severity)), to(*sinks)


async def test_what_is_told_takes_one_transaction_before_its_request(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    commits: list[int] = []
    before_request: list[int] = []

    async def note(_: web.Request) -> web.Response:
        before_request.append(len(commits))
        return web.Response()

    async with Webhook(note) as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        deliveries.replace(sink_plans({"a": sink(f"json://{hook.address}/x")}, "en", UTC))
        await deliveries.drain()
        event.listen(database._writer._engine, "commit", lambda _: commits.append(1))
        batch = [routed(Severity.WARNING, "a")]
        reservation = deliveries.reserve(batch)
        stored = database.commit([], batch, NOW, begun=reservation.begun)
        stored.add_done_callback(reservation.stored)
        await eventually(lambda: bool(before_request))
        await deliveries.drain()
        deliveries.cancel()
    await database.close()
    assert before_request == [1]


async def test_what_is_prepared_while_the_disk_works_leaves_only_once_it_is_stored(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    async with Webhook() as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        deliveries.replace(sink_plans({"a": sink(f"json://{hook.address}/x")}, "en", UTC))
        await deliveries.drain()
        prepared: list[int] = []

        def fail(_: object) -> None:
            raise OSError("the disk is gone")

        def tell(number: int) -> asyncio.Future[list[Delivery]]:
            batch = [(told(make_alert(number, severity=Severity.CRITICAL)), to("a"))]
            reservation = deliveries.reserve(batch)

            def almost(leased: list[Delivery]) -> None:
                reservation.almost(leased)
                prepared.extend(one.delivery_id for one in leased)

            stored = database.commit([], batch, NOW, begun=reservation.begun, almost=almost)
            stored.add_done_callback(reservation.stored)
            return stored

        first, second = next(_numbers), next(_numbers)
        event.listen(database._writer._engine, "commit", fail)
        with pytest.raises(StoreError):
            await tell(first)
        event.remove(database._writer._engine, "commit", fail)
        assert hook.messages == []
        await tell(second)
        await eventually(lambda: len(hook.messages) == 1)
        await deliveries.drain()
        deliveries.cancel()
    await database.close()
    assert prepared == [1, 1]  # both had the same number
    assert f"COIN{second}-USDT-SWAP" in hook.messages[0]["title"]


async def test_critical_ones_are_reserved_first_and_the_rest_is_woken_for(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    async with Webhook() as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        plans = {name: sink(f"json://{hook.address}/{name}") for name in ("a", "b")}
        deliveries.replace(sink_plans(plans, "en", UTC))
        await deliveries.drain()
        batch = [routed(Severity.INFO, "a") for _ in range(5)]
        slots = WebhookSink.width.first
        batch += [routed(Severity.CRITICAL, "a", "b", "none") for _ in range(slots)]
        reservation = deliveries.reserve(batch)
        assert reservation.begun == {(5 + number, name) for number in range(slots) for name in ("a", "b")}
        await database.commit([], batch, NOW, begun=reservation.begun)
        done = asyncio.get_running_loop().create_future()
        done.set_result([])  # as if all of them had been stored before
        reservation.stored(done)
        await eventually(lambda: len(hook.messages) == 5)  # the others of "a", which nobody leased
        await deliveries.drain()
        deliveries.cancel()
    assert len(hook.messages) == 5
    await database.close()


async def test_what_waits_is_not_reserved_but_its_sink_is_woken(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    async with Webhook() as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        deliveries.replace(sink_plans({"a": sink(f"json://{hook.address}/x")}, "en", UTC))
        await deliveries.drain()
        batch = [(told(make_alert(next(_numbers))), [Address(sink="a", batched=True)])]
        reservation = deliveries.reserve(batch)
        assert reservation.begun == set()
        database.commit([], batch, NOW).add_done_callback(reservation.stored)
        await eventually(lambda: len(hook.messages) == 1)
        await deliveries.drain()
        deliveries.cancel()
    await database.close()


async def test_what_does_not_leave_with_its_transaction_is_told_by_kind(tmp_path: Path) -> None:
    """A paced sink whose others wait is not made to look for each further one, but for a critical one."""
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    turns: list[str] = []
    turn = database.turn
    database.turn = lambda *a, **k: (turns.append("turn"), turn(*a, **k))[1]  # type: ignore[method-assign]

    async with Webhook() as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        plan = sink(f"json://{hook.address}/x", pace_per_minute=8)  # two at once, one of them a critical one
        deliveries.replace(sink_plans({"a": plan}, "en", UTC))
        await deliveries.drain()

        async def tell(severity: Severity) -> None:
            batch = [routed(severity, "a")]
            reservation = deliveries.reserve(batch)
            stored = database.commit([], batch, NOW, begun=reservation.begun)
            stored.add_done_callback(reservation.stored)
            await stored
            for _ in range(20):  # for what a worker that was woken does at once
                await asyncio.sleep(0)

        for _ in range(3):
            await tell(Severity.INFO)
        await eventually(lambda: len(hook.messages) == 1)
        leasing = deliveries._running["a"].worker._leasing
        await eventually(lambda: leasing.knows_of_due(Clock().now(), critical=False, other=True))
        asked = len(turns)
        for _ in range(3):
            await tell(Severity.INFO)
        assert len(turns) == asked
        for _ in range(2):
            await tell(Severity.CRITICAL)
        await eventually(lambda: len(hook.messages) == 2)
        assert len(turns) > asked
        deliveries.cancel()
    await database.close()


async def test_a_stand_in_waits_only_for_sinks_that_may_still_take_it(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    later = NOW + timedelta(seconds=60)

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=400)

    async with Webhook(refuse) as hook, Webhook() as backup, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        plans = {"a": sink(f"json://{hook.address}/x"), "b": sink(f"json://{backup.address}/x")}
        deliveries.replace(sink_plans(plans, "en", UTC))
        await deliveries.drain()

        def due(*group: str, other: tuple[str, ...] = (), held: datetime | None = None) -> datetime | None:
            groups = (group, other) if other else (group,)
            first = Address(sink="gone", not_before=held)
            address = Address(sink="b", not_before=later, stands_in_for=groups)
            reservation = deliveries.reserve([(told(make_alert(1)), [first, address])])
            ((_, (unchanged, queued)),) = reservation.routed
            assert (unchanged, queued.stands_in_for) == (first, groups)
            return queued.not_before

        assert due("a") == later
        assert due("gone") is None
        assert due("a", "gone") == later
        assert due("a", other=("gone",)) is None  # those of one route cannot be reached
        assert due("gone", held=NOW + timedelta(seconds=30)) == NOW + timedelta(seconds=30)
        batch = [routed(Severity.CRITICAL, "a")]
        reservation = deliveries.reserve(batch)
        stored = database.commit([], batch, NOW, begun=reservation.begun)
        stored.add_done_callback(reservation.stored)
        await eventually(lambda: due("a") is None)  # it refused what it was given
        assert due("a", "b") == later
        await deliveries.drain()
        deliveries.cancel()
    await database.close()


async def test_what_waits_for_a_sink_that_is_not_configured_is_told_and_counted(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    counters = Counters()
    await database.commit([], [(told(make_alert(n)), to("gone", "a")) for n in range(3)], NOW)
    async with Webhook() as hook, asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), counters, lambda _: None)
        deliveries.replace(sink_plans({"a": sink(f"json://{hook.address}/a")}, "en", UTC))
        with capture_logs() as said:
            await deliveries.tell_left()
        assert [(line["log_level"], line["sink"], line["waiting"]) for line in said] == [
            ("warning", "gone", 3)
        ]
        assert counters.value("deliveries_left", sink="gone") == 3
        await deliveries.drain()
        deliveries.replace(sink_plans({"gone": sink(f"json://{hook.address}/gone")}, "en", UTC))
        await eventually(lambda: len(hook.messages) == 6)  # it is back, and so is what waited
        with capture_logs() as said:
            await deliveries.tell_left()
        assert said == []
        assert counters.value("deliveries_left", sink="gone") == 0
        deliveries.cancel()
    await database.close()


async def test_a_transaction_that_fails_gives_the_slots_back(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        deliveries.replace(sink_plans({"a": sink()}, "en", UTC))
        await deliveries.drain()
        batch = [routed(Severity.CRITICAL, "a") for _ in range(9)]
        first = deliveries.reserve(batch)
        assert len(first.begun) == WebhookSink.width.first
        failed = asyncio.get_running_loop().create_future()
        failed.set_exception(StoreError("full"))
        first.stored(failed)
        await deliveries.drain()
        assert len(deliveries.reserve(batch).begun) == WebhookSink.width.first
        deliveries.cancel()
    await database.close()


async def test_a_sink_of_our_own_stays_whatever_is_configured_and_counts_for_nobody(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    counters, arrived = Counters(), list[str]()
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), counters, lambda _: None)
        deliveries.serve(CheckSink(arrived.append))
        deliveries.replace(sink_plans({"a": sink()}, "en", UTC))
        deliveries.replace({})
        (event,) = events_of(CHECK_SINK, "7", NOW, 1.0)
        routed = [(told(make_alert(1, event=event)), to(CHECK_SINK))]
        reservation = deliveries.reserve(routed)
        stored = database.commit([], routed, NOW, begun=reservation.begun)
        stored.add_done_callback(reservation.stored)
        await eventually(lambda: arrived == ["7"])
        await deliveries.drain()
        assert not [
            labels for name, cells in counters.families() for labels in cells if CHECK_SINK in str(labels)
        ]
        deliveries.cancel()
    await database.close()


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("tgram://123456789:abcdefg_hijklmnop/1001", True),
        ("tgram://123456789:abcdefg_hijklmnop/1001/?silent=yes", True),
        ("tgram://123456789:abcdefg_hijklmnop/-1001234567890", False),
        ("tgram://123456789:abcdefg_hijklmnop/10010", False),
    ],
)
async def test_a_group_that_moved_is_named_while_the_url_still_names_the_former_id(
    tmp_path: Path, url: str, is_told: bool
) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    async with asyncio.TaskGroup() as tasks:
        deliveries = Deliveries(tasks, database, Clock(), Counters(), lambda _: None)
        deliveries.replace(sink_plans({"phone": sink(url), "hook": sink()}, "en", UTC))
        assert await deliveries.moved() == []
        await database.write_fact(key_of("phone"), Moved("1001", -1001234567890).encoded())
        wanted = [{"sink": "phone", "former": "1001", "chat": -1001234567890}]
        assert await deliveries.moved() == (wanted if is_told else [])
        deliveries.cancel()
    await database.close()
