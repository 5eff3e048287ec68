"""alertd/store/queue_rows.py"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alertd.domain.alert import Severity
from alertd.domain.notification import Address, DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from alertd.store.engine import make_engine
from alertd.store.queue_rows import FRESH_FOR, Fresh, queue_deliveries
from alertd.store.tables import metadata
from tests.store.samples import NOW, make_alert, to, told


def test_what_was_queued_a_moment_ago_is_not_read_anew() -> None:
    fresh, notification = Fresh(), told(make_alert())
    fresh.keep(("main|a", 1, 1), notification, NOW, rows=2)
    assert fresh.take(("main|a", 1, 2)) is None
    taken = [fresh.take(("main|a", 1, 1)) for _ in range(3)]  # a third would be as after a restart
    assert taken == [notification, notification, None]


def test_it_forgets_the_oldest_first() -> None:
    fresh = Fresh(most=2)
    told_of = [told(make_alert(number)) for number in range(3)]
    for number, notification in enumerate(told_of):
        fresh.keep(("main|a", 1, number), notification, NOW)
    assert [fresh.take(("main|a", 1, number)) for number in range(3)] == [None, *told_of[1:]]


def test_others_take_no_room_from_critical_ones() -> None:
    fresh, critical = Fresh(most=2), told(make_alert(severity=Severity.CRITICAL))
    fresh.keep(("main|first", 1, 1), critical, NOW)
    for number in range(5):
        fresh.keep(("main|a", 1, number), told(make_alert(number, severity=Severity.WARNING)), NOW)
    assert fresh.take(("main|first", 1, 1)) is critical
    assert len(fresh) == 2


def test_what_nobody_asks_for_is_forgotten_after_a_while() -> None:
    fresh = Fresh()
    old, young = (told(make_alert(number)) for number in range(2))
    fresh.keep(("main|a", 1, 0), old, NOW, rows=2)
    fresh.keep(("main|a", 1, 1), young, NOW + FRESH_FOR / 2)
    assert fresh.take(("main|a", 1, 0)) is old  # one of its two rows: it is as old as before
    fresh.forget_stale(NOW + FRESH_FOR)
    assert len(fresh) == 2
    fresh.forget_stale(NOW + FRESH_FOR + timedelta(seconds=1))
    assert [fresh.take(("main|a", 1, number)) for number in range(2)] == [None, young]


def test_what_is_never_leased_does_not_pile_up(tmp_path: Path) -> None:
    """As the rows of a fallback, where who should hear of it took it."""
    engine = make_engine(f"sqlite:///{tmp_path}/alertd.db")
    metadata.create_all(engine)
    fresh = Fresh()
    with engine.begin() as connection:
        for number in range(60):
            now = NOW + number * timedelta(minutes=1)
            queue_deliveries(connection, [(told(make_alert(number)), to("desk"))], now, fresh=fresh)
    engine.dispose()
    assert len(fresh) <= FRESH_FOR / timedelta(minutes=1) + 1


@pytest.mark.parametrize("number", [1, 2, 9, 80])
async def test_all_that_is_begun_together_has_its_own_row(database_url: str, number: int) -> None:
    database = await Database.open(database_url)
    before = await database.commit([], [(told(make_alert(200)), to("phone"))], NOW, begun={(0, "phone")})
    routed = [(told(make_alert(n)), to("phone", "mail")) for n in range(number)]
    begun = [(n, "phone") for n in range(number)]
    leased = await database.commit([], routed, NOW, begun=begun)
    assert [one.notification for one in leased] == [one for one, _ in routed]
    assert len({one.delivery_id for one in (*before, *leased)}) == number + 1
    await database.record(
        [DeliveryUpdate(delivery_id=one.delivery_id, state=DeliveryState.SENT, attempts=1) for one in leased]
    )
    counts = await database.counts()
    assert (counts["deliveries_sent"], counts["deliveries_queued"]) == (number, number)
    in_store = {one.delivery_id: one for one in await database.lease("mail", NOW, number)}
    assert len(in_store) == number
    await database.close()


@pytest.mark.parametrize("number", [2, 9, 80])
async def test_what_was_stored_before_is_not_begun_again(database_url: str, number: int) -> None:
    database = await Database.open(database_url)
    routed = [(told(make_alert(n)), to("phone")) for n in range(number)]
    (first,) = await database.commit([], routed[-1:], NOW, begun={(0, "phone")})
    leased = await database.commit([], routed, NOW, begun=[(n, "phone") for n in range(number)])
    assert [one.notification for one in leased] == [one for one, _ in routed[:-1]]
    assert first.delivery_id not in {one.delivery_id for one in leased}
    assert (await database.counts())["deliveries_sending"] == number
    await database.close()


async def test_what_stood_there_before_is_told_as_it_stands(database_url: str) -> None:
    database = await Database.open(database_url)
    stored = told(make_alert(1, labels={"was": "first"}))
    other = told(make_alert(1, labels={"was": "second"}))
    await database.commit([], [(stored, to("phone"))], NOW)
    await database.lease("phone", NOW - timedelta(seconds=1), 1)
    await database.commit([], [(other, to("phone"))], NOW)
    (leased,) = await database.lease("phone", NOW, 1)
    assert leased.notification == stored
    await database.close()


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
