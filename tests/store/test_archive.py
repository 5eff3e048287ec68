"""alertd/store/archive.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from alertd.domain.alert import Alert, Severity
from alertd.domain.canary import CANARY
from alertd.domain.notification import Address, DeliveryState, DeliveryUpdate, Notification
from alertd.store.archive import Archive
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, resolved, to, told


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database)


def of(account: str, alert: Alert) -> Alert:
    return replace(alert, fingerprint=alert.fingerprint._replace(account=account))


async def store(database: Database, *alerts: Alert) -> None:
    await database.commit(alerts, [], NOW)


async def test_what_is_over_the_newest_first(database: Database, archive: Archive) -> None:
    first, second = resolved(1, NOW), resolved(2, NOW + timedelta(seconds=1), severity=Severity.CRITICAL)
    other = of("main2", resolved(3, NOW + timedelta(seconds=2)))
    canary = of(CANARY, resolved(4, NOW + timedelta(seconds=3)))
    await store(database, first, second, other, canary, make_alert(5))
    assert await archive.resolved(None, None, 10) == [other, second, first]
    assert await archive.resolved(None, None, 2) == [other, second]
    assert await archive.resolved("main", None, 10) == [second, first]
    assert await archive.resolved("main", Severity.WARNING, 10) == [first]
    assert await archive.resolved("mai", None, 10) == []


async def test_an_alert_is_found_by_how_its_id_begins(database: Database, archive: Archive) -> None:
    alerts = [resolved(n, NOW, episode=n % 3 + 1) for n in range(1, 40)]
    await store(database, *alerts, of(CANARY, make_alert(50)))
    for alert in alerts:
        assert alert in await archive.find(alert.short_id[:4])
        assert await archive.find(f" {alert.short_id.upper()}") == [alert]
    assert await archive.find("zzzzzzzz") == []
    assert await archive.find("") == []
    assert await archive.find(of(CANARY, make_alert(50)).short_id) == []


async def test_names_are_looked_through_a_few_at_a_time(database: Database) -> None:
    archive = Archive(database, names_at_once=4)
    alerts = [resolved(n, NOW, episode=episode) for n in range(1, 8) for episode in (1, 2)]
    await store(database, *alerts)
    assert [await archive.find(alert.short_id) for alert in alerts] == [[alert] for alert in alerts]


async def test_what_was_told_of_an_alert_in_order(database: Database, archive: Archive) -> None:
    alert = make_alert(1)
    later = told(replace(alert, sequence=2), 60)
    waiting = Address(sink="mail", not_before=NOW + timedelta(hours=1), stands_in_for=(("phone",),))
    await database.commit([alert], [(later, to("phone")), (told(alert), [*to("phone"), waiting])], NOW)
    await database.commit([make_alert(2)], [(told(make_alert(2)), to("phone"))], NOW)
    [leased] = [one for one in await database.lease("phone", NOW, 10) if one.notification == told(alert)]
    sent = DeliveryUpdate(
        delivery_id=leased.delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=NOW, detail="ok"
    )
    await database.record([sent])
    first, second, third = await archive.told(alert)
    assert (first.sink, first.notification, first.state, first.stands_in_for) == (
        "mail",
        told(alert),
        "queued",
        ("phone",),
    )
    assert (first.next_attempt_at, first.is_held) == (NOW + timedelta(hours=1), False)
    assert (second.sink, second.state, second.sent_at, second.detail) == ("phone", "sent", NOW, "ok")
    assert (third.notification, third.state, third.next_attempt_at) == (later, "sending", None)


async def test_what_waits_for_quiet_hours_or_a_batch_is_said_to_be_held(
    database: Database, archive: Archive
) -> None:
    held = Address(sink="mail", not_before=NOW + timedelta(hours=1), batched=True)
    await database.commit([make_alert(1)], [(told(make_alert(1)), [*to("phone"), held])], NOW)
    assert {one.sink: one.is_held for one in await archive.told(make_alert(1))} == {
        "mail": True,
        "phone": False,
    }


def about(n: int, severity: Severity = Severity.WARNING, account: str = "main") -> Notification:
    return told(of(account, make_alert(n, severity=severity)))


async def test_deliveries_that_fit_the_newest_first(database: Database, archive: Archive) -> None:
    notifications = [
        about(1),
        about(2, Severity.CRITICAL),
        about(3, Severity.INFO),
        about(4, account="two"),
        about(5, account=CANARY),
    ]
    await database.commit([], [(one, to("phone", "mail")) for one in notifications], NOW)
    await database.lease("mail", NOW, 1)

    async def found(most: int = 10, **more: object) -> list[tuple[int, str]]:
        wanted: dict[str, object] = {"account": None, "sink": None, "state": None, "severity": None}
        listed = await archive.deliveries(**{**wanted, **more}, most=most)  # type: ignore[arg-type]
        return [(int(one.notification.alert.fingerprint.subject[4]), one.sink) for one in listed]

    assert await found(3) == [(4, "mail"), (4, "phone"), (3, "mail")]
    assert await found(sink="mail") == [(4, "mail"), (3, "mail"), (2, "mail"), (1, "mail")]
    assert await found(account="two", sink="mail") == [(4, "mail")]
    assert await found(severity=Severity.CRITICAL) == [(2, "mail"), (2, "phone")]
    assert await found(1, severity=Severity.WARNING, account="main") == [(1, "mail")]
    assert await found(severity=Severity.INFO) == [(3, "mail"), (3, "phone")]
    assert await found(state=DeliveryState.SENDING) == [(2, "mail")]
