"""Covers alertd/store/canary_rows.py."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec import structs

from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.canary import CANARY, CHECK_SINK
from alertd.domain.events import EventKind
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, resolved, to, told

KIND = EventKind.LIQUIDATION_WARNING


def canary(sink: str, episode: int, *, over: bool = True) -> Alert:
    event = structs.replace(make_alert().event, account=CANARY, instrument=sink)
    name = Fingerprint(CANARY, KIND, CANARY, f"{sink}/long/isolated")
    changes = {"fingerprint": name, "episode": episode, "event": event}
    return resolved(1, NOW, **changes) if over else make_alert(1, **changes)


async def flown(database: Database, sink: str, episode: int, state: DeliveryState) -> None:
    """A canary to that sink, and what became of it."""
    alert = canary(sink, episode)
    await database.commit([alert], [(told(alert), to(sink))], NOW)
    (leased,) = await database.lease(sink, NOW, 1)
    again = NOW + timedelta(hours=1) if state is DeliveryState.QUEUED else None
    sent_at = NOW if state is DeliveryState.SENT else None
    change = DeliveryUpdate(
        delivery_id=leased.delivery_id, state=state, attempts=1, next_attempt_at=again, sent_at=sent_at
    )
    if state is not DeliveryState.SENDING:
        await database.record([change])


@pytest.fixture
async def database(database_url: str) -> Database:
    database = await Database.open(database_url)
    await database.load()
    return database


async def test_the_newest_of_each_is_kept_and_nothing_of_anybody_else_is_touched(database: Database) -> None:
    real = resolved(2, NOW)
    await database.commit([real], [(told(real), to("phone"))], NOW)
    for episode in (1, 2, 3):
        await flown(database, CHECK_SINK, episode, DeliveryState.SENT)
    await flown(database, "desk", 1, DeliveryState.DEAD)
    await flown(database, "desk", 2, DeliveryState.UNKNOWN)
    before = await database.counts()
    assert before["deliveries_queued"] == 1
    assert await database.settle_canaries() == frozenset()
    assert await database.counts() == before
    found = {(str(name), episode) for name, episode in (await database.load()).last_episodes.items()}
    assert found == {
        (str(real.fingerprint), 1),
        (f"{CANARY}|{KIND}|{CANARY}|{CHECK_SINK}/long/isolated", 3),
        (f"{CANARY}|{KIND}|{CANARY}|desk/long/isolated", 2),
    }
    assert set(await database.last_sent()) == {CHECK_SINK}
    await database.close()


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.SENDING])
async def test_what_is_under_way_is_kept_and_named(database: Database, state: DeliveryState) -> None:
    await flown(database, "desk", 1, state)
    await flown(database, "phone", 1, DeliveryState.SENT)
    later = canary("desk", 2)
    await database.commit([later], [(told(later), to("other"))], NOW)
    assert await database.settle_canaries() == {"desk", "other"}
    await database.close()


async def test_nothing_of_it_is_counted(database: Database) -> None:
    await database.commit([canary("desk", 1, over=False), make_alert(2)], [], NOW)
    for episode, state in enumerate(DeliveryState, 1):
        await flown(database, CHECK_SINK, episode, state)
    counts = await asyncio.wait_for(database.counts(), 10)
    assert counts.pop("alerts_open") == 1
    assert set(counts.values()) == {0}
    assert await database.counts_by_sink(NOW - timedelta(days=1)) == {}
    await database.close()


async def test_the_number_of_the_next_one_is_known_after_a_restart(database_url: str) -> None:
    """A number that was used would be taken for told already."""
    database = await Database.open(database_url)
    await database.load()
    for episode in (1, 2):
        await flown(database, CHECK_SINK, episode, DeliveryState.SENT)
    await database.settle_canaries()
    await database.close()
    database = await Database.open(database_url)
    assert max((await database.load()).last_episodes.values()) == 2
    await database.close()
