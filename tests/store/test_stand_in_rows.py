"""alertd/store/stand_in_rows.py"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from alertd.domain.notification import Address, DeliveryState, DeliveryUpdate, Notification
from alertd.store.database import Database
from alertd.store.engine import make_engine
from alertd.store.lease_rows import lease_due
from alertd.store.queue_rows import Fresh
from alertd.store.turns import Batch
from tests.store.samples import NOW, make_alert, resolved, to, told

SENT, DEAD, QUEUED, UNKNOWN = (
    DeliveryState.SENT,
    DeliveryState.DEAD,
    DeliveryState.QUEUED,
    DeliveryState.UNKNOWN,
)
TURN = NOW + timedelta(seconds=60)  # of those that stand in
STAND_IN = Address(sink="mail", not_before=TURN, stands_in_for=(("phone", "chat"),))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


async def queue(database: Database, notification: Notification | None = None) -> None:
    routed = [(notification or told(make_alert()), [*to("phone", "chat"), STAND_IN])]
    await database.commit([], routed, NOW)


async def becomes(database: Database, sink: str, state: DeliveryState) -> set[str]:
    """Lease what a sink has, and store that outcome. Which sinks have something to do then."""
    leased = await database.lease(sink, NOW, 9)
    assert leased
    again = TURN if state in (QUEUED, UNKNOWN) else None
    updates = [
        DeliveryUpdate(delivery_id=one.delivery_id, state=state, attempts=1, next_attempt_at=again)
        for one in leased
    ]
    return set(await database.record(updates, NOW))


async def turn(database: Database) -> Batch:
    return await database.turn("mail", [], TURN, limit=9, others=9)


@pytest.mark.parametrize("others", [None, DEAD, QUEUED, UNKNOWN])
async def test_nobody_stands_in_for_a_sink_that_took_it(
    database: Database, others: DeliveryState | None
) -> None:
    await queue(database)
    await becomes(database, "chat", SENT)
    if others is not None:
        assert await becomes(database, "phone", others) == set()
    batch = await turn(database)
    assert (batch.bundles, batch.spared) == ([], 1)
    assert await database.next_due_at("mail") is None
    assert (await database.counts())["deliveries_queued"] == (others is None or others is QUEUED)


@pytest.mark.parametrize("state", [None, QUEUED, UNKNOWN])
async def test_what_no_sink_has_surely_taken_in_time_leaves_by_another(
    database: Database, state: DeliveryState | None
) -> None:
    await queue(database)
    if state is not None:
        for sink in ("phone", "chat"):
            assert await becomes(database, sink, state) == set()
    assert await database.next_due_at("mail") == TURN
    batch = await turn(database)
    assert [one.sink for bundle in batch.bundles for one in bundle] == ["mail"]
    assert batch.spared == 0


async def test_it_is_due_at_once_when_all_it_stands_in_for_are_dead(database: Database) -> None:
    await queue(database)
    assert await becomes(database, "phone", DEAD) == set()
    assert await database.next_due_at("mail") == TURN
    assert await becomes(database, "chat", DEAD) == {"mail"}
    assert await database.next_due_at("mail") == NOW


BOTH = Address(sink="mail", not_before=TURN, stands_in_for=(("phone", "chat"), ("hook",)))


@pytest.mark.parametrize(
    ("taken", "leaves"),
    [((), True), (("phone",), True), (("hook",), True), (("phone", "chat"), True), (("chat", "hook"), False)],
)
async def test_where_it_stands_in_for_two_routes_one_of_each_must_have_taken_it(
    database: Database, taken: tuple[str, ...], leaves: bool
) -> None:
    await database.commit([], [(told(make_alert()), [*to("phone", "chat", "hook"), BOTH])], NOW)
    for sink in taken:
        await becomes(database, sink, SENT)
    batch = await turn(database)
    assert [one.sink for bundle in batch.bundles for one in bundle] == ["mail"] * leaves
    assert batch.spared == (not leaves)


async def test_it_is_due_at_once_when_all_of_one_route_are_dead(database: Database) -> None:
    await database.commit([], [(told(make_alert()), [*to("phone", "chat", "hook"), BOTH])], NOW)
    assert await becomes(database, "phone", DEAD) == set()
    assert await becomes(database, "hook", DEAD) == {"mail"}
    assert await database.next_due_at("mail") == NOW


async def test_a_turn_tells_for_whom_there_is_something_to_do(database: Database) -> None:
    one = Address(sink="mail", not_before=TURN, stands_in_for=(("phone",),))
    await database.commit([], [(told(make_alert()), [*to("phone"), one])], NOW)
    (leased,) = await database.lease("phone", NOW, 9)
    dead = DeliveryUpdate(delivery_id=leased.delivery_id, state=DEAD, attempts=1)
    batch = await database.turn("phone", [dead], NOW, limit=9, others=9)
    assert set(batch.hastened) == {"mail"}


async def test_another_notification_of_the_same_alert_is_no_reason(database: Database) -> None:
    await queue(database, told(make_alert(sequence=1)))
    await becomes(database, "chat", SENT)
    await becomes(database, "phone", DEAD)
    await database.commit([], [(told(make_alert(sequence=2)), [STAND_IN])], NOW)
    batch = await turn(database)
    assert [one.notification.alert.sequence for bundle in batch.bundles for one in bundle] == [2]


async def test_looking_for_them_costs_an_index(database_url: str) -> None:
    database = await Database.open(database_url)
    for n in range(0, 2000, 500):
        await database.commit(
            [], [(told(make_alert(n + m)), [*to("phone", "chat"), STAND_IN]) for m in range(500)], NOW
        )
    await database.close()
    engine = make_engine(database_url)
    seen: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
        seen.clear()
        lease_due(connection, "mail", TURN, 3, 3, Fresh())
        looks = [(sql, values) for sql, values in seen if sql.startswith("SELECT")][2:]
        assert len(looks) == 3
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(explain + looks[0][0], looks[0][1])
            plan = "\n".join(str(row) for row in cursor.fetchall())
    engine.dispose()
    assert "told_once" in plan or "autoindex" in plan, plan
    assert "SCAN" not in plan
    assert "Seq Scan" not in plan


async def test_who_stands_in_for_what_is_over_by_then_reads_that_it_is(database: Database) -> None:
    """He hears of it by this message alone: its end was told before anybody had told him."""
    await queue(database)
    for sink in ("phone", "chat"):
        await becomes(database, sink, DEAD)
    over = resolved(1, NOW)
    await database.commit([over], [], NOW)
    [one] = await database.lease("mail", NOW, 9)
    assert one.current == over
