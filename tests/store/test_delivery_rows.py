"""alertd/store/delivery_rows.py: what the lease costs"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from alertd.domain.notification import Address, DeliveryState, DeliveryUpdate
from alertd.store.codec import encode_notification
from alertd.store.database import Database
from alertd.store.delivery_rows import Fresh
from alertd.store.engine import make_engine
from alertd.store.lease_rows import lease_due
from tests.store.samples import NOW, make_alert, to, told


def plan_of_lease(url: str) -> str:
    """How the database finds what a lease selects."""
    engine = make_engine(url)
    seen: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
        lease_due(connection, "phone", NOW, 10, 10, Fresh())
        selects = [(sql, values) for sql, values in seen if sql.startswith("SELECT")]
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        with closing(connection.connection.cursor()) as cursor:
            lines = []
            for sql, values in selects:
                cursor.execute(explain + sql, values)
                lines += [str(row) for row in cursor.fetchall()]
    engine.dispose()
    assert len(selects) == 2
    return "\n".join(lines)


async def test_the_lease_reads_an_index_in_order(database_url: str) -> None:
    database = await Database.open(database_url)
    alerts = [make_alert(n) for n in range(2000)]
    await database.commit([], [(told(alert), to("phone", "mail")) for alert in alerts], NOW)
    await database.close()
    plan = plan_of_lease(database_url)
    assert plan.count("ix_deliveries_due") == 2
    for word in ("SCAN", "Seq Scan", "TEMP B-TREE", "Sort"):
        assert word not in plan, plan


@pytest.mark.parametrize("limit", [0, -1])
async def test_no_room_leases_nothing(database_url: str, limit: int) -> None:
    database = await Database.open(database_url)
    await database.commit([], [(told(make_alert()), to("phone"))], NOW)
    assert await database.lease("phone", NOW, limit) == []
    await database.close()


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


async def test_a_lease_gives_what_was_queued(database_url: str) -> None:
    database = await Database.open(database_url)
    notification = told(make_alert())
    await database.commit([], [(notification, to("phone", "mail"))], NOW)
    (first,) = await database.lease("phone", NOW, 1)
    (second,) = await database.lease("mail", NOW, 1)
    assert first.notification is notification
    assert second.notification == notification
    await database.close()


async def test_an_address_says_when_and_how_its_delivery_leaves(database_url: str) -> None:
    database = await Database.open(database_url)
    later = NOW + timedelta(minutes=5)
    addresses = [
        Address(sink="direct"),
        Address(sink="over", not_before=NOW - timedelta(minutes=5), batched=True),
        Address(sink="waits", not_before=later, stands_in_for=("phone", "mail")),
    ]
    await database.commit([], [(told(make_alert()), addresses)], NOW)
    for sink, due, batched, for_others in (
        ("direct", NOW, False, ()),
        ("over", NOW, True, ()),
        ("waits", later, False, ("phone", "mail")),
    ):
        assert await database.next_due_at(sink) == due
        (leased,) = await database.lease(sink, later, 1)
        assert (leased.batched, leased.stands_in_for) == (batched, for_others)
    await database.close()
