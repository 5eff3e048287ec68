"""Covers alertd/store/beside_rows.py"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.canary import CANARY
from alertd.domain.events import EventKind
from alertd.domain.notification import Address, Beside, DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told

THEN = NOW + timedelta(hours=48)
LATER = THEN + timedelta(hours=1)


def before(hours: float) -> datetime:
    return THEN - timedelta(hours=hours)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


def canary(sink: str = "phone") -> Alert:
    name = Fingerprint(CANARY, EventKind.LIQUIDATION_WARNING, CANARY, sink)
    event = structs.replace(make_alert().event, account=CANARY, instrument=sink)
    return make_alert(fingerprint=name, event=event)


async def queued(database: Database, n: int, made_at: datetime, address: Address) -> None:
    notification = structs.replace(told(make_alert(n)), created_at=made_at)
    await database.commit([], [(notification, [address])], made_at)


async def became(
    database: Database,
    n: int,
    state: DeliveryState,
    made_at: datetime,
    sent_at: datetime | None = None,
    sink: str = "phone",
) -> None:
    """What became of the delivery number `n` to that sink."""
    await queued(database, n, made_at, Address(sink=sink))
    (one,) = await database.lease(sink, made_at, 1)
    if state is not DeliveryState.SENDING:
        waits = state in (DeliveryState.QUEUED, DeliveryState.UNKNOWN)
        change = DeliveryUpdate(
            delivery_id=one.delivery_id,
            state=state,
            attempts=1,
            sent_at=sent_at,
            next_attempt_at=LATER if waits else None,
        )
        await database.record([change])


async def seen(database: Database, *, begun: bool) -> Beside | None:
    """By a canary that is sent with its commit, or later."""
    told_now = structs.replace(told(canary()), created_at=THEN)
    first = {(0, "phone")} if begun else set()
    leased = await database.commit([], [(told_now, to("phone"))], THEN, begun=first)
    if not begun:
        leased = [*await database.lease("phone", THEN, 1)]
    (one,) = leased
    return one.beside


@pytest.mark.parametrize("begun", [True, False])
async def test_where_there_is_nothing_else_it_is_calm(database: Database, begun: bool) -> None:
    await became(database, 1, DeliveryState.SENT, before(30), before(7))
    await became(database, 2, DeliveryState.DEAD, before(25))
    for n, state in enumerate((DeliveryState.QUEUED, DeliveryState.DEAD, DeliveryState.SENDING), start=3):
        await became(database, n, state, before(1), sink="mail")
    await queued(database, 9, before(1), Address(sink="phone", not_before=LATER, stands_in_for=(("mail",),)))
    found = await seen(database, begun=begun)
    assert found == Beside()


@pytest.mark.parametrize("begun", [True, False])
async def test_what_waits_was_given_up_or_delivered_is_seen(database: Database, begun: bool) -> None:
    await became(database, 1, DeliveryState.DEAD, before(23))
    await became(database, 2, DeliveryState.QUEUED, before(2))
    await became(database, 3, DeliveryState.UNKNOWN, before(2))
    await became(database, 4, DeliveryState.SENDING, before(1))
    await queued(database, 5, before(1), Address(sink="phone", not_before=LATER, batched=True))
    found = await seen(database, begun=begun)
    assert found == Beside(waiting=4, dead=1)
    await became(database, 6, DeliveryState.SENT, before(20), before(5))
    told_anew = structs.replace(told(canary()), alert=structs.replace(canary(), episode=2), created_at=THEN)
    await database.commit([], [(told_anew, to("phone"))], THEN)
    (again,) = await database.lease("phone", THEN, 1)
    assert again.beside == Beside(waiting=4, dead=1, delivered=True)


async def test_nothing_is_looked_up_for_what_is_no_canary(database: Database) -> None:
    await database.commit([], [(told(make_alert(1)), to("phone", "mail"))], NOW, begun={(0, "phone")})
    (one,) = await database.lease("mail", NOW, 1)
    assert one.beside is None
