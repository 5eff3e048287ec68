"""Covers alertd/store/comeback_rows.py"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from alertd.domain.alert import Severity
from alertd.domain.notification import Address, Comeback, DeliveryState, DeliveryUpdate
from alertd.store.comeback_rows import Held
from alertd.store.database import Database
from alertd.store.delivery_rows import HELD_STAND_IN_US
from alertd.store.moments import to_us
from tests.store.samples import NOW, make_alert, to, told

NEVER = Comeback(tried_below=0)
FEW = Comeback(tried_below=8)
MANY = Comeback()
ALL = Comeback(unknown=True)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


async def tried(
    database: Database,
    n: int,
    attempts: int = 1,
    state: DeliveryState = DeliveryState.QUEUED,
    sink: str = "phone",
    severity: Severity = Severity.WARNING,
) -> None:
    """The delivery number `n` was tried so often, and waits for a minute."""
    alert = make_alert(n, severity=severity)
    await database.commit([alert], [(told(alert, n), to(sink))], NOW)
    (one,) = await database.lease(sink, later(n), 1)
    change = DeliveryUpdate(
        delivery_id=one.delivery_id, state=state, attempts=attempts, next_attempt_at=later(60)
    )
    await database.record([change])


async def due(database: Database, comeback: Comeback | None, sink: str = "phone") -> list[str]:
    batch = await database.turn(sink, [], later(30), limit=99, others=99, comeback=comeback)
    return [one.notification.alert.event.event_id for bundle in batch.bundles for one in bundle]


@pytest.mark.parametrize(
    ("comeback", "found"),
    [
        (None, []),
        (NEVER, []),
        (FEW, ["event-1", "event-2"]),
        (MANY, ["event-1", "event-2", "event-3"]),
        (ALL, ["event-1", "event-2", "event-3", "event-4"]),
    ],
)
async def test_what_waits_for_the_sinks_sake_is_due(
    database: Database, comeback: Comeback | None, found: list[str]
) -> None:
    await tried(database, 1)
    await tried(database, 2, attempts=7)
    await tried(database, 3, attempts=8)
    await tried(database, 4, state=DeliveryState.UNKNOWN)
    await tried(database, 5, sink="mail")
    assert await due(database, comeback) == found


async def test_what_is_critical_is_first_and_then_the_oldest(database: Database) -> None:
    for n in (1, 2):
        await tried(database, n)
    for n in (3, 4):
        await tried(database, n, severity=Severity.CRITICAL)
    alert = make_alert(9)
    await database.commit([alert], [(told(alert, 9), to("phone"))], later(9))
    assert await due(database, ALL) == ["event-3", "event-4", "event-1", "event-2", "event-9"]


async def test_what_was_not_tried_yet_waits_for_something_else(database: Database) -> None:
    held = Address(sink="phone", not_before=later(60), batched=True)
    stands_in = Address(sink="phone", not_before=later(60), stands_in_for=(("mail",),))
    alerts = [make_alert(1), make_alert(2)]
    routed = [(told(alert), [address]) for alert, address in zip(alerts, (held, stands_in), strict=True)]
    await database.commit(alerts, routed, NOW)
    assert await due(database, ALL) == []


async def test_what_is_held_back_waits_on(database: Database) -> None:
    await tried(database, 1)
    await database.hold_back("main", later(20), later(120))
    assert await due(database, ALL) == []
    assert await database.next_due_at("phone") == later(120)
    await database.let_go("main", later(120), later(30))
    assert await due(database, None) == ["event-1"]


def test_times_are_forgotten_once_they_have_passed() -> None:
    held = Held()
    held.until(later(120), NOW)
    held.until(later(300), later(100))
    assert held.times_us == [to_us(later(s)) for s in (120, 180, 300, 360)]
    held.until(later(900), later(320))
    assert held.times_us == [to_us(later(s)) for s in (360, 900, 960)]
    assert HELD_STAND_IN_US == 60_000_000
