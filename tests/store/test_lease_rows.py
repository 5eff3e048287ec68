"""alertd/store/lease_rows.py"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from alertd.domain.alert import AlertState, Resolution, Severity
from alertd.domain.canary import CANARY
from alertd.domain.events import Drill, MarginState, Summary
from alertd.domain.notification import Address, Crowd, DeliveryState, DeliveryUpdate, Waiting
from alertd.store.database import Database
from alertd.store.delivery_rows import Queue
from alertd.store.engine import make_engine
from alertd.store.lease_rows import LATE_S, LOOKED_AT, lease_due
from alertd.store.queue_rows import Fresh
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
    plan = plan_of_lease(database_url).replace("SCAN listed", "")  # the few rows that were found
    assert plan.count("ix_deliveries_due") == 2
    for word in ("SCAN", "Seq Scan", "TEMP B-TREE", "Sort"):
        assert word not in plan, plan


@pytest.mark.parametrize("limit", [0, -1])
async def test_no_room_leases_nothing(database_url: str, limit: int) -> None:
    database = await Database.open(database_url)
    await database.commit([], [(told(make_alert()), to("phone"))], NOW)
    assert await database.lease("phone", NOW, limit) == []
    await database.close()


async def test_a_lease_gives_what_was_queued(database_url: str) -> None:
    database = await Database.open(database_url)
    notification = told(make_alert())
    await database.commit([], [(notification, to("phone", "mail"))], NOW)
    (first,) = await database.lease("phone", NOW, 1)
    (second,) = await database.lease("mail", NOW, 1)
    assert first.notification is notification
    assert second.notification == notification
    await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


class Chooser:
    """Takes what it is told to, all in one message, and remembers what it was shown."""

    def __init__(self, *takes: int) -> None:
        self.takes = takes
        self.shown: list[Waiting] = []

    def __call__(self, waiting: Sequence[Waiting]) -> list[list[Waiting]]:
        self.shown = list(waiting)
        return [[waiting[at] for at in self.takes]] if self.takes else []


async def test_only_what_is_chosen_is_claimed(database: Database) -> None:
    alerts = [make_alert(n) for n in range(4)] + [make_alert(9, severity=Severity.CRITICAL)]
    await database.commit([], [(told(alert), to("phone")) for alert in alerts], NOW)
    choose = Chooser(0, 2)
    batch = await database.turn("phone", [], NOW, limit=9, others=9, choose=choose, with_waiting=True)
    assert [one.is_critical for one in choose.shown] == [True, False, False, False, False]
    (bundle,) = batch.bundles
    assert [one.notification.alert for one in bundle] == [alerts[4], alerts[1]]
    assert batch.next_due.other == NOW
    assert (await database.counts())["deliveries_sending"] == 2
    assert (await database.turn("phone", [], NOW, limit=9, others=9, choose=Chooser())).bundles == []
    assert (await database.counts())["deliveries_sending"] == 2


async def test_who_is_shown_what_waits_knows_what_it_is(database: Database) -> None:
    values: dict[str, Any] = {"event_id": "s", "exchange": "", "account": "", "received_at": NOW}
    summary = Summary(**values)
    canary = MarginState(**(values | {"account": CANARY}))
    alerts = [make_alert(1)] + [
        make_alert(
            n, event=of, fingerprint=make_alert(n).fingerprint._replace(account=of.account, kind=of.kind)
        )
        for n, of in enumerate((summary, canary, Drill(**values)), start=2)
    ]
    routed = [(told(alert), [Address(sink="phone", batched=n == 0)]) for n, alert in enumerate(alerts)]
    await database.commit([], routed, NOW)
    choose = Chooser()
    await database.turn("phone", [], NOW, limit=9, others=9, choose=choose)
    assert [(one.account, one.batched, one.is_whole) for one in choose.shown] == [
        ("main", True, False),
        ("", False, True),
        (CANARY, False, True),
        ("", False, True),
    ]


async def test_more_is_shown_once_something_may_leave_with_others(database: Database) -> None:
    together = [Address(sink="phone", batched=True)]
    for batched, shown in ((False, 2), (True, LOOKED_AT)):
        routed = [
            (told(make_alert(n + 1000 * batched)), together if batched else to("phone")) for n in range(300)
        ]
        await database.commit([], routed, NOW - timedelta(seconds=batched))
        choose = Chooser()
        await database.turn("phone", [], NOW, limit=2, others=2, choose=choose)
        assert len(choose.shown) == shown


@pytest.mark.parametrize(
    ("criticals", "others", "shown"),
    [
        (0, 0, 0),
        (5, 0, 2),
        (5, 9, 2),  # others leave once no critical one stays behind
        (6, 0, 6),
        (6, 9, 15),
        (0, 3, 2),
        (0, 4, 4),
        (1, 2, 2),
        (1, 3, 4),  # the critical one takes of what others are granted
    ],
)
async def test_more_is_shown_where_it_is_a_crowd_and_no_more_where_it_is_none(
    database: Database, criticals: int, others: int, shown: int
) -> None:
    alerts = [make_alert(n, severity=Severity.CRITICAL) for n in range(criticals)]
    alerts += [make_alert(n) for n in range(100, 100 + others)]
    await database.commit([], [(told(alert), to("phone", "mail")) for alert in alerts], NOW)
    later = NOW + timedelta(seconds=1)
    await database.commit([], [(told(make_alert(n)), to("phone")) for n in range(500, 510)], later)
    choose = Chooser()
    await database.turn("phone", [], NOW, limit=2, others=2, choose=choose, crowd=Crowd(5, 3))
    assert len(choose.shown) == shown


async def test_others_are_shown_behind_however_many_critical_ones_where_that_is_asked(
    database: Database,
) -> None:
    alerts = [make_alert(n, severity=Severity.CRITICAL) for n in range(3)] + [make_alert(9)]
    await database.commit([], [(told(alert), to("phone")) for alert in alerts], NOW)
    for asked, shown in ((False, [True, True]), (True, [True, True, False])):
        choose = Chooser()
        await database.turn("phone", [], NOW, limit=2, others=2, choose=choose, all_urgencies=asked)
        assert [one.is_critical for one in choose.shown] == shown


async def test_who_is_shown_what_waits_knows_how_often_it_was_tried(database: Database) -> None:
    await database.commit([], [(told(make_alert(n)), to("phone")) for n in (1, 2)], NOW)
    (leased,) = await database.lease("phone", NOW, 1)
    failed = DeliveryUpdate(
        delivery_id=leased.delivery_id, state=DeliveryState.QUEUED, attempts=7, next_attempt_at=NOW
    )
    choose = Chooser()
    await database.turn("phone", [failed], NOW, limit=9, others=9, choose=choose)
    assert {one.delivery_id: one.attempts for one in choose.shown} == {
        leased.delivery_id: 7,
        leased.delivery_id + 1: 0,
    }


async def test_what_waits_is_counted_where_nothing_is_due_or_where_that_is_asked(database: Database) -> None:
    later = [Address(sink="phone", not_before=NOW + timedelta(minutes=1))]
    await database.commit([], [(told(make_alert(1)), to("phone")), (told(make_alert(2)), later)], NOW)

    async def waiting(*, limit: int = 0, with_waiting: bool = False) -> Queue | None:
        batch = await database.turn("phone", [], NOW, limit=limit, others=limit, with_waiting=with_waiting)
        return batch.waiting

    assert await waiting() is None  # one is due, and is asked about again as soon as it may leave
    assert await waiting(with_waiting=True) == Queue(0, 2)
    assert await waiting(limit=1) is None
    assert await waiting() == Queue(0, 1)


async def test_what_leaves_late_knows_how_the_alert_stands_by_now(database: Database) -> None:
    old, other = make_alert(1), make_alert(2)
    newer = make_alert(1, version=2, sequence=2, severity=Severity.CRITICAL)
    await database.commit([old, other], [(told(one), to("phone", "mail")) for one in (old, other)], NOW)
    await database.commit([newer, make_alert(1, version=3, episode=2)], [], NOW)
    in_time = await database.lease("mail", NOW + timedelta(seconds=LATE_S), 9)
    assert [one.current for one in in_time] == [None, None]
    late = await database.lease("phone", NOW + timedelta(seconds=LATE_S + 1), 9)
    assert [one.notification.alert for one in late] == [old, other]
    assert [one.current for one in late] == [newer, other]


async def test_a_first_attempt_that_waited_for_its_sink_does_not_tell_of_what_is_over(
    database: Database,
) -> None:
    alert = make_alert(1)
    over = make_alert(1, version=2, state=AlertState.RESOLVED, resolution=Resolution.RECOVERED)
    await database.commit([alert], [(told(alert), to("phone"))], NOW)
    await database.commit([over], [], NOW + timedelta(seconds=10))
    [leased] = await database.lease("phone", NOW + timedelta(seconds=18), 9)
    assert leased.attempts == 0
    assert leased.current is not None
    assert leased.current.state is AlertState.RESOLVED


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.UNKNOWN])
async def test_what_leaves_again_knows_how_the_alert_stands_however_young(
    database: Database, state: DeliveryState
) -> None:
    """The first attempt of another looks at nothing."""
    alerts = [make_alert(1), make_alert(2)]
    newer = [make_alert(n, version=2, severity=Severity.CRITICAL) for n in (1, 2)]
    await database.commit(alerts, [(told(one), to("phone")) for one in alerts], NOW)
    (first,) = await database.lease("phone", NOW, 1)
    await database.commit(newer, [], NOW)
    failed = DeliveryUpdate(delivery_id=first.delivery_id, state=state, attempts=1, next_attempt_at=NOW)
    await database.record([failed])
    assert [one.current for one in await database.lease("phone", NOW, 9)] == [newer[0], None]


async def test_what_leaves_late_knows_of_a_later_episode_where_its_own_is_over(database: Database) -> None:
    over = make_alert(1, version=2, state=AlertState.RESOLVED)
    again = make_alert(1, episode=3, severity=Severity.CRITICAL)
    await database.commit([make_alert(1)], [(told(make_alert(1)), to("phone", "mail", "call"))], NOW)
    late = NOW + timedelta(seconds=LATE_S + 1)
    await database.commit([over], [], NOW)
    assert [one.current for one in await database.lease("mail", late, 9)] == [over]
    await database.commit([make_alert(1, episode=2, state=AlertState.RESOLVED), again], [], NOW)
    assert [one.current for one in await database.lease("phone", late, 9)] == [again]
    await database.commit([make_alert(1, episode=3, version=2, state=AlertState.RESOLVED)], [], NOW)
    assert [one.current for one in await database.lease("call", late, 9)] == [over]


async def test_what_leaves_late_leaves_also_where_nothing_newer_is_known(database_url: str) -> None:
    database = await Database.open(database_url)
    await database.commit([make_alert(1)], [(told(make_alert(n)), to("phone")) for n in (1, 2)], NOW)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alerts SET body = '{'"))
    engine.dispose()
    late = await database.lease("phone", NOW + timedelta(hours=1), 9)
    assert [one.current for one in late] == [None, None]
    await database.close()
