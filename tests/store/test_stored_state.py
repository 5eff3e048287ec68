"""alertd/store/stored_state.py, on both databases"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from alertd.domain.alert import Fingerprint
from alertd.domain.events import Drill, EventKind
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from tests.store.asking import query
from tests.store.samples import NOW, make_alert, resolved, to, told


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def queue(
    database: Database, *numbers: int, sinks: tuple[str, ...] = ("phone",), **changes: object
) -> None:
    alerts = [make_alert(n, **changes) for n in numbers]
    await database.commit(alerts, [(told(alert), to(*sinks)) for alert in alerts], NOW)


def sent(delivery_id: int) -> DeliveryUpdate:
    return DeliveryUpdate(delivery_id=delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=later(1))


async def test_the_first_start_is_told_once(database_url: str) -> None:
    for expected in (True, False):
        database = await Database.open(database_url)
        assert (await database.load()).first_start is expected
        await database.close()


async def test_open_alerts_return_whole(database: Database) -> None:
    alert = make_alert(
        1, value=Decimal("2.50"), labels={"owner": "anna"}, facts=("a", "b"), remind_at=later(60)
    )
    await database.commit([alert, resolved(2, later(5), episode=4)], [], NOW)
    state = await database.load()
    assert state.open_alerts == [alert]
    assert state.open_alerts[0].event.raw == alert.event.raw
    assert state.last_episodes == {alert.fingerprint: 1, make_alert(2).fingerprint: 4}


async def test_what_a_dead_process_was_sending_is_unknown(database_url: str) -> None:
    database = await Database.open(database_url)
    await database.load()
    await queue(database, 1, 2, 3)
    first, _ = await database.lease("phone", later(5), 2)
    await database.record([sent(first.delivery_id)])
    await database.close()  # as after a kill: one sent, one sending, one queued

    database = await Database.open(database_url)
    await database.load()
    counts = await database.counts()
    assert {k: n for k, n in counts.items() if n} == {
        "alerts_open": 3,
        "deliveries_sent": 1,
        "deliveries_unknown": 1,
        "deliveries_queued": 1,
    }
    again, fresh = await database.lease("phone", NOW, 5)
    assert (again.possible_duplicate, again.attempts, again.unknowns) == (True, 1, 0)
    assert again.detail
    assert (fresh.possible_duplicate, fresh.attempts) == (False, 0)
    await database.close()


async def test_drills_that_ended_are_loaded_and_nothing_else_is(
    database: Database, database_url: str
) -> None:
    event = Drill(event_id="d", exchange="", account="", received_at=NOW, to_sink="deputy")
    name = Fingerprint("", EventKind.DRILL, "drill", event.subject)
    ended = [resolved(1, later(n), event=event, fingerprint=name, episode=n) for n in (1, 2, 3)]
    going_on = make_alert(1, event=event, fingerprint=name, episode=4)
    await database.commit([*ended, going_on, resolved(2, NOW), make_alert(3)], [], NOW)
    assert [drill.episode for drill in (await database.load()).drills] == [3, 2, 1]

    await query(database_url, "update alerts set body = '{' where episode = 2")
    state = await database.load()
    assert [drill.episode for drill in state.drills] == [3, 1]
    assert len(state.open_alerts) == 2
