"""alertd/store/delivery_rows.py"""

from __future__ import annotations

from datetime import timedelta

from alertd.domain.notification import Address, Delivery, DeliveryState, DeliveryUpdate
from alertd.store.codec import encode_notification
from alertd.store.database import Database
from alertd.store.delivery_rows import Fresh
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


def test_what_was_queued_a_moment_ago_is_not_read_anew() -> None:
    fresh, notification = Fresh(), told(make_alert())
    body = encode_notification(notification)
    fresh.keep(body, notification)
    assert fresh.read(body) is notification
    again = fresh.read(body)  # as after a restart
    assert again is not notification
    assert again == notification


def test_it_forgets_the_oldest_first() -> None:
    fresh = Fresh(most=2)
    told_of = [told(make_alert(number)) for number in range(3)]
    for notification in told_of:
        fresh.keep(encode_notification(notification), notification)
    kept = [fresh.read(encode_notification(one)) is one for one in told_of]
    assert kept == [False, True, True]


async def test_an_address_says_when_and_how_its_delivery_leaves(database_url: str) -> None:
    database = await Database.open(database_url)
    later = NOW + timedelta(minutes=5)
    addresses = [
        Address(sink="direct"),
        Address(sink="over", not_before=NOW - timedelta(minutes=5), batched=True),
        Address(sink="waits", not_before=later, stands_in_for=(("phone", "mail"),)),
    ]
    await database.commit([], [(told(make_alert()), addresses)], NOW)
    for sink, due, batched, for_others in (
        ("direct", NOW, False, ()),
        ("over", NOW, True, ()),
        ("waits", later, False, (("phone", "mail"),)),
    ):
        assert await database.next_due_at(sink) == due
        (leased,) = await database.lease(sink, later, 1)
        assert (leased.batched, leased.stands_in_for) == (batched, for_others)
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
