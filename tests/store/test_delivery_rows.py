"""alertd/store/delivery_rows.py"""

from __future__ import annotations

from datetime import timedelta

import pytest

from alertd.domain.notification import Address, Delivery, DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told


async def test_what_has_not_arrived_is_counted_by_sink(database_url: str) -> None:
    database = await Database.open(database_url)
    alerts = [make_alert(n) for n in range(5)]
    await database.commit([], [(told(alert), to("phone", "mail")) for alert in alerts], NOW)
    leased = await database.lease("phone", NOW, 4)
    states = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.UNKNOWN)
    await database.record(
        [
            DeliveryUpdate(delivery_id=one.delivery_id, state=state, attempts=1)
            for one, state in zip(leased, states, strict=False)
        ]
    )
    counts = {
        ("mail", DeliveryState.QUEUED): 5,
        ("phone", DeliveryState.QUEUED): 1,
        ("phone", DeliveryState.SENDING): 1,
        ("phone", DeliveryState.UNKNOWN): 1,
    }
    later = NOW + timedelta(seconds=1)
    assert await database.counts_by_sink(later) == counts
    assert await database.counts_by_sink(NOW) == counts | {("phone", DeliveryState.DEAD): 1}
    await database.close()


@pytest.mark.parametrize("number", [1, 70])
async def test_each_outcome_is_that_of_its_own_delivery(database_url: str, number: int) -> None:
    database = await Database.open(database_url)
    await database.commit([], [(told(make_alert(n)), to("phone")) for n in range(number)], NOW)
    leased = await database.lease("phone", NOW, number)
    changes = [
        DeliveryUpdate(
            delivery_id=one.delivery_id,
            state=DeliveryState.UNKNOWN,
            attempts=n + 1,
            unknowns=n,
            next_attempt_at=NOW,
            possible_duplicate=n % 2 == 0,
            detail=f'said "no {n}" \\ 不 \ud800\0',
        )
        for n, one in enumerate(leased)
    ]
    await database.record(changes)
    again = await database.lease("phone", NOW, number)
    assert [(one.attempts, one.unknowns, one.possible_duplicate, one.detail) for one in again] == [
        (n + 1, n, n % 2 == 0, f'said "no {n}" \\ 不 ?\ufffd') for n in range(number)
    ]
    await database.close()


async def test_what_waits_for_sinks_that_nobody_serves_is_counted(database_url: str) -> None:
    database = await Database.open(database_url)
    await database.commit([], [(told(make_alert(n)), to("phone", "gone", "mail")) for n in range(3)], NOW)
    (one,) = await database.lease("gone", NOW, 1)
    await database.record([update(one, DeliveryState.SENT)])
    assert await database.count_left(["phone", "mail"]) == {"gone": 2}
    assert await database.count_left(["phone", "mail", "gone"]) == {}
    assert await database.count_left([]) == {"phone": 3, "gone": 2, "mail": 3}
    await database.close()


async def test_what_stands_in_for_held_back_deliveries_leaves_them_time(database_url: str) -> None:
    database = await Database.open(database_url)
    later = NOW + timedelta(minutes=30)
    stand_in = Address(sink="mail", not_before=NOW + timedelta(seconds=60), stands_in_for=(("phone",),))
    await database.commit([], [(told(make_alert()), [*to("phone"), stand_in])], NOW)
    await database.hold_back("main", NOW + timedelta(seconds=1), later)
    assert await database.next_due_at("phone") == later
    assert await database.next_due_at("mail") == later + timedelta(seconds=60)
    await database.let_go("main", later, NOW + timedelta(minutes=5))
    assert await database.next_due_at("phone") == NOW + timedelta(minutes=5)
    assert await database.next_due_at("mail") == NOW + timedelta(minutes=6)
    await database.close()


def update(delivery: Delivery, state: DeliveryState) -> DeliveryUpdate:
    return DeliveryUpdate(delivery_id=delivery.delivery_id, state=state, attempts=1)
