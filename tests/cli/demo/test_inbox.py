"""What arrived, with the delivery it was: on a real store and over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from alertd.cli.demo.inbox import Inbox
from alertd.cli.demo.receiver import Receiver
from alertd.cli.demo.verdict import Told
from alertd.clock import Clock
from alertd.domain.notification import Delivery, DeliveryState, DeliveryUpdate
from alertd.sinks.render import render
from alertd.store.database import Database
from tests.sinks.samples import BERLIN, T, alert, delivery, margin, warning
from tests.store.samples import to

RATIO = alert(margin(), sequence=1)
WARNED = alert(warning(), "exchange_warning", sequence=1)


@dataclass
class Rig:
    database: Database
    receiver: Receiver
    inbox: Inbox
    told: list[Told] = field(default_factory=list)

    async def send(self, one: Delivery) -> None:
        """As the sink does it: over HTTP, then recorded."""
        message = render(one, language="en", timezone=BERLIN, now=T)
        await self.post(message.title, message.body)
        update = DeliveryUpdate(delivery_id=one.delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=T)
        await self.database.record([update])

    async def post(self, title: str, body: str) -> None:
        url = self.receiver.url.replace("json://", "http://")
        async with aiohttp.ClientSession() as session:
            await session.post(url, json={"title": title, "message": body})


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    file = tmp_path / "alertd.db"
    database = await Database.open(f"sqlite:///{file}")
    await database.load()
    notifications = [delivery(one).notification for one in (RATIO, WARNED)]
    await database.commit([RATIO, WARNED], [(one, to("demo")) for one in notifications], T)
    told: list[Told] = []
    async with Receiver(Clock()) as receiver:
        yield Rig(database, receiver, Inbox(receiver, file, "en", BERLIN, told.append), told)
    await database.close()


async def leased(rig: Rig) -> list[Delivery]:
    return sorted(await rig.database.lease("demo", T, 10), key=lambda one: one.delivery_id)


async def test_each_arrival_is_told_once_with_its_notification(rig: Rig) -> None:
    for one in reversed(await leased(rig)):
        await rig.send(one)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(rig.inbox.run())
        while len(rig.told) < 2:
            await asyncio.sleep(0)
        running.cancel()
    assert [one.notification.alert.fingerprint.rule for one in rig.told] == [
        "exchange_warning",
        "margin_ratio",
    ]
    await rig.inbox.close()
    assert len(rig.told) == 2
    assert [one.state for one in rig.inbox.told] == [DeliveryState.SENT] * 2
    assert rig.inbox.unsent == []


async def test_the_end_takes_the_rest_and_names_what_never_arrived(rig: Rig) -> None:
    first, second = await leased(rig)
    await rig.send(first)
    await rig.inbox.close()
    assert [one.notification for one in rig.inbox.told] == [first.notification]
    assert rig.inbox.unsent == [second.notification]


async def test_the_same_message_twice_is_one_delivery_and_one_nameless(rig: Rig) -> None:
    first, _ = await leased(rig)
    await rig.send(first)
    await rig.send(first)
    await rig.inbox.close()
    assert len(rig.inbox.told) == 1
    assert len(rig.inbox.nameless) == 1


async def test_a_stray_message_is_nameless(rig: Rig) -> None:
    await rig.post("a stray", "nobody sent this")
    await rig.inbox.close()
    assert rig.inbox.nameless == ["a stray"]
    assert rig.told == []


async def test_an_arrival_whose_outcome_was_not_recorded_is_not_sent(rig: Rig) -> None:
    first, _ = await leased(rig)
    message = render(first, language="en", timezone=BERLIN, now=T)
    await rig.post(message.title, message.body)
    await rig.inbox.close()
    assert [one.state for one in rig.inbox.told] == [DeliveryState.SENDING]
