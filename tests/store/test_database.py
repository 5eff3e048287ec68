"""alertd/store/database.py and turns.py, on both databases"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from msgspec import structs
from msgspec.structs import replace

from alertd.domain.alert import Severity
from alertd.domain.errors import StoreError
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from alertd.store.delivery_rows import Queue
from tests.doubles.postgres import PostgresServer
from tests.store.asking import query
from tests.store.samples import NOW, make_alert, to, told


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def queue(
    database: Database, *numbers: int, sinks: tuple[str, ...] = ("phone",), **changes: object
) -> None:
    alerts = [make_alert(n, **changes) for n in numbers]
    await database.commit(alerts, [(told(alert), to(*sinks)) for alert in alerts], NOW)


async def test_an_alert_is_replaced_only_by_a_higher_version(database: Database) -> None:
    newest = make_alert(1, version=3, occurrences=3)
    for alert in (
        make_alert(1),
        newest,
        make_alert(1, version=2, occurrences=2),
        replace(newest, occurrences=9),
    ):
        await database.commit([alert], [], NOW)
    assert (await database.load()).open_alerts == [newest]


async def test_both_versions_in_one_commit(database: Database) -> None:
    await database.commit([make_alert(1), make_alert(1, version=2)], [], NOW)
    assert [alert.version for alert in (await database.load()).open_alerts] == [2]


async def test_an_alert_and_its_deliveries_are_one_transaction(database: Database) -> None:
    alert = make_alert(1)
    unstorable = replace(alert, episode=2**80)  # no integer of a database holds it
    with pytest.raises(StoreError):
        await database.commit([alert], [(told(unstorable), to("phone"))], NOW)
    assert (await database.load()).open_alerts == []
    assert (await database.counts())["deliveries_queued"] == 0


async def test_the_same_key_twice_is_one_delivery(database: Database) -> None:
    notification = told(make_alert(1))
    await database.commit([], [(notification, to("phone", "mail")), (notification, to("phone"))], NOW)
    await database.commit([], [(notification, to("phone", "mail", "call"))], later(1))
    assert (await database.counts())["deliveries_queued"] == 3
    (delivery,) = await database.lease("phone", later(1), 10)
    assert delivery.next_attempt_at == NOW


async def test_a_delivery_told_is_not_told_again_after_it_was_sent(database: Database) -> None:
    await queue(database, 1)
    (delivery,) = await database.lease("phone", NOW, 10)
    await database.record([sent(delivery.delivery_id)])
    await queue(database, 1)
    assert await database.lease("phone", later(9), 10) == []


async def test_no_sink_means_no_delivery(database: Database) -> None:
    await queue(database, 1, sinks=())
    assert (await database.counts())["alerts_open"] == 1
    assert (await database.counts())["deliveries_queued"] == 0


async def test_a_leased_delivery_is_whole_and_sending(database: Database, database_url: str) -> None:
    await queue(database, 1)
    (delivery,) = await database.lease("phone", later(1), 10)
    assert delivery.notification == told(make_alert(1))
    assert (delivery.sink, delivery.state, delivery.attempts) == ("phone", DeliveryState.SENDING, 0)
    assert (delivery.created_at, delivery.next_attempt_at) == (NOW, NOW)
    assert not delivery.possible_duplicate
    assert await query(database_url, "SELECT state FROM deliveries") == [("sending",)]
    assert await database.lease("phone", later(1), 10) == []


async def test_what_is_begun_is_leased_with_its_alert(database: Database) -> None:
    alerts = [make_alert(n) for n in (1, 2)]
    routed = [(told(alert), to("phone", "mail")) for alert in alerts]
    begun = {(0, "phone"), (1, "mail"), (7, "phone")}
    leased = await database.commit(alerts, routed, later(3), begun=begun)
    assert [(delivery.notification, delivery.sink) for delivery in leased] == [
        (routed[0][0], "phone"),
        (routed[1][0], "mail"),
    ]
    assert {delivery.state for delivery in leased} == {DeliveryState.SENDING}
    assert {delivery.created_at for delivery in leased} == {NOW}
    counts = await database.counts()
    assert (counts["deliveries_sending"], counts["deliveries_queued"]) == (2, 2)
    # Nobody else gets them, and the others are not in their way.
    (rest,) = await database.lease("phone", later(3), 10)
    assert rest.notification.alert.event.event_id == "event-2"
    await database.record([sent(leased[0].delivery_id)])
    assert (await database.counts())["deliveries_sent"] == 1


async def test_what_stands_in_the_store_is_not_begun_again(database: Database) -> None:
    alert = make_alert()
    routed = [(told(alert), to("phone", "mail"))]
    await database.commit([alert], [(told(alert), to("phone"))], NOW)
    (leased,) = await database.commit([alert], routed, NOW, begun={(0, "phone"), (0, "mail")})
    assert leased.sink == "mail"
    counts = await database.counts()
    assert (counts["deliveries_sending"], counts["deliveries_queued"]) == (1, 1)


async def test_what_was_begun_by_a_process_that_died_may_have_arrived(database: Database) -> None:
    """Between the commit and the outcome: the mark is there, whether the send had begun or not."""
    alert = make_alert()
    await database.commit([alert], [(told(alert), to("phone"))], NOW, begun={(0, "phone")})
    await database.load()
    (again,) = await database.lease("phone", NOW, 10)
    assert (again.possible_duplicate, again.attempts) == (True, 1)


async def test_critical_first_then_the_longest_due(database: Database) -> None:
    for after_s, n, severity in (
        (2, 1, Severity.CRITICAL),
        (0, 2, Severity.INFO),
        (1, 3, Severity.WARNING),
        (1, 4, Severity.CRITICAL),
        (0, 5, Severity.WARNING),
    ):
        alert = make_alert(n, severity=severity)
        await database.commit([], [(told(alert), to("phone"))], later(after_s))

    async def lease(limit: int) -> list[str | None]:
        found = await database.lease("phone", later(9), limit)
        return [delivery.notification.alert.event.event_id for delivery in found]

    assert await lease(3) == ["event-4", "event-1", "event-2"]
    assert await lease(3) == ["event-5", "event-3"]


async def test_a_lease_takes_only_its_sink_and_what_is_due(database: Database) -> None:
    await queue(database, 1, sinks=("mail",))
    assert await database.lease("phone", later(1), 10) == []
    assert await database.lease("mail", later(-1), 10) == []
    assert await database.next_due_at("mail") == NOW
    assert await database.next_due_at("phone") is None
    assert len(await database.lease("mail", NOW, 10)) == 1
    assert await database.next_due_at("mail") is None


async def test_a_turn_keeps_room_for_critical_ones(database: Database) -> None:
    await queue(database, 1, 2, 3)
    batch = await database.turn("phone", [], NOW, limit=3, others=1, with_waiting=True)
    assert len(batch.bundles) == 1
    assert (batch.next_due.critical, batch.next_due.other, batch.waiting) == (None, NOW, Queue(0, 2))
    await queue(database, 4, 5, severity=Severity.CRITICAL)
    batch = await database.turn("phone", [], NOW, limit=3, others=0)
    assert {d.notification.alert.severity for bundle in batch.bundles for d in bundle} == {Severity.CRITICAL}
    assert len(batch.bundles) == 2
    assert batch.waiting is None


def sent(delivery_id: int) -> DeliveryUpdate:
    return DeliveryUpdate(delivery_id=delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=later(1))


async def test_an_outcome_is_kept_until_the_next_attempt(database: Database) -> None:
    await queue(database, 1)
    (delivery,) = await database.lease("phone", NOW, 1)
    change = DeliveryUpdate(
        delivery_id=delivery.delivery_id,
        state=DeliveryState.UNKNOWN,
        attempts=3,
        unknowns=2,
        next_attempt_at=later(7.000001),
        possible_duplicate=True,
        detail="a\0b" + "x" * 1000,
    )
    await database.record([change])
    assert await database.next_due_at("phone") == later(7.000001)
    assert await database.lease("phone", later(7), 1) == []
    (again,) = await database.lease("phone", later(8), 1)
    assert (again.attempts, again.unknowns, again.possible_duplicate) == (3, 2, True)
    assert again.detail.startswith("a\ufffdbx")
    assert len(again.detail) == 500


async def test_what_is_sent_stays_sent(database: Database) -> None:
    await queue(database, 1)
    (delivery,) = await database.lease("phone", NOW, 1)
    await database.record([sent(delivery.delivery_id)])
    await database.record(
        [replace(sent(delivery.delivery_id), state=DeliveryState.QUEUED, next_attempt_at=NOW)]
    )
    assert (await database.counts())["deliveries_sent"] == 1
    assert await database.lease("phone", later(9), 1) == []


async def test_a_damaged_delivery_is_dead_and_holds_up_nobody(database_url: str) -> None:
    database = await Database.open(database_url)
    await queue(database, 1, 2)
    await database.close()  # what a process has just queued it need not read
    await query(
        database_url, "UPDATE deliveries SET body = '{' WHERE fingerprint LIKE '%COIN1-%' RETURNING 1"
    )
    database = await Database.open(database_url)
    found = await database.lease("phone", NOW, 5)
    assert [delivery.notification.alert.event.event_id for delivery in found] == ["event-2"]
    assert (await database.counts())["deliveries_dead"] == 1
    await database.close()


async def test_a_damaged_alert_is_named(database: Database, database_url: str) -> None:
    await queue(database, 1)
    await query(database_url, "UPDATE alerts SET body = '{' RETURNING 1")
    with pytest.raises(StoreError, match=r"COIN1-USDT-SWAP.* is damaged"):
        await database.load()


async def test_text_no_database_holds_costs_no_alert(database: Database) -> None:
    event = structs.replace(make_alert(1).event, instrument="A\0\ud800")
    alert = make_alert(1, event=event)
    alert = replace(alert, fingerprint=alert.fingerprint._replace(subject=event.subject))
    await database.commit([alert], [(told(alert), to("phone"))], NOW)
    assert len(await database.lease("phone", NOW, 1)) == 1


async def test_256_concurrent_commits_all_stand(database: Database) -> None:
    await asyncio.gather(*(queue(database, n) for n in range(256)))
    counts = await database.counts()
    assert (counts["alerts_open"], counts["deliveries_queued"]) == (256, 256)


async def test_a_database_server_that_goes_away_is_an_error_and_then_serves_again(
    postgres: PostgresServer,
) -> None:
    database = await Database.open(postgres.new_database())
    await database.load()
    await asyncio.to_thread(postgres.stop)
    try:
        with pytest.raises(StoreError, match="the store cannot be used"):
            await queue(database, 1)
        assert not await database.is_writable()
    finally:
        await asyncio.to_thread(postgres.start)
    await queue(database, 1)
    assert len(await database.lease("phone", NOW, 5)) == 1
    await database.close()


async def test_a_server_that_is_not_there_is_named(tmp_path: object) -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        await Database.open("postgresql://anna:hunter2secret@127.0.0.1:1/none")
    assert "hunter2secret" not in str(caught.value)


async def test_what_waits_for_an_account_is_held_back_and_let_go_behind_what_came_meanwhile(
    database: Database,
) -> None:
    await queue(database, 1, 2)
    late = make_alert(5)
    far = make_alert(6)
    await database.commit([far], [(told(far), to("phone"))], NOW)
    for delivery in await database.lease("phone", NOW, 9):
        wanted = later(900) if delivery.notification.alert.fingerprint == far.fingerprint else later(5)
        update = DeliveryUpdate(
            delivery_id=delivery.delivery_id, state=DeliveryState.QUEUED, attempts=1, next_attempt_at=wanted
        )
        await database.record([update])
    account = late.fingerprint.account
    assert await database.hold_back(account[:-1], later(1), later(120)) == 0
    assert await database.hold_back(account, NOW, later(120)) == 0  # none was made before that
    assert await database.hold_back(account, later(1), later(120)) == 2
    assert await database.lease("phone", later(119), 9) == []
    await database.commit([late], [(told(late), to("phone"))], later(20))
    await database.let_go(account, later(120), later(21))
    leased = [one.notification.alert.fingerprint for one in await database.lease("phone", later(21), 9)]
    assert leased[0] == late.fingerprint
    assert len(leased) == 3
    assert await database.next_due_at("phone") == later(900)
