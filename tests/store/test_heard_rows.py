"""alertd/store/heard_rows.py"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from alertd.domain.alert import Alert, Ring
from alertd.domain.notification import (
    Address,
    DeliveryState,
    DeliveryUpdate,
    Notification,
    Reason,
)
from alertd.store.archive import Archive
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, resolved, to, told

SENT, DEAD, QUEUED, UNKNOWN, NOT_NEEDED = (
    DeliveryState.SENT,
    DeliveryState.DEAD,
    DeliveryState.QUEUED,
    DeliveryState.UNKNOWN,
    DeliveryState.NOT_NEEDED,
)
LATER = NOW + timedelta(seconds=60)
STAND_IN = Address(sink="mail", not_before=LATER, stands_in_for=(("phone",),))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


def if_heard(*sinks: str) -> list[Address]:
    return [Address(sink=sink, if_heard=True) for sink in sinks]


def ends(n: int = 1, *also: Alert, **changes: object) -> Notification:
    ended = resolved(n, LATER, sequence=2, **changes)
    return Notification(alert=ended, reason=Reason.RECOVERED, created_at=LATER, also=also)


async def heard_before(database: Database, sink: str, state: DeliveryState, alert: Alert) -> None:
    await database.commit([], [(told(alert), to(sink))], NOW)
    if state is QUEUED:
        return
    [one] = await database.lease(sink, NOW, 9)
    if state is not DeliveryState.SENDING:
        again = LATER if state is UNKNOWN else None
        change = DeliveryUpdate(delivery_id=one.delivery_id, state=state, attempts=1, next_attempt_at=again)
        await database.record([change], NOW)


async def end_goes_to(
    database: Database, notification: Notification, addresses: Sequence[Address]
) -> dict[str, Sequence[str]]:
    """By sink: for whom it stands in there."""
    await database.commit([], [(notification, addresses)], LATER)
    rows = await Archive(database).told(notification.alert)
    return {row.sink: row.stands_in_for for row in rows if row.notification.alert.sequence == 2}


@pytest.mark.parametrize(
    ("state", "hears"),
    [
        (SENT, True),
        (UNKNOWN, True),
        (DeliveryState.SENDING, True),
        (QUEUED, False),  # it leaves with what has become of the alert, if it leaves at all
        (DEAD, False),
        (NOT_NEEDED, False),
    ],
)
async def test_who_was_told_hears_of_the_end_and_nobody_else(
    database: Database, state: DeliveryState, hears: bool
) -> None:
    await heard_before(database, "call", state, make_alert())
    found = await end_goes_to(database, ends(), [*to("phone"), *if_heard("call", "bo")])
    assert set(found) == {"phone", "call"} if hears else {"phone"}


async def test_who_stood_in_before_hears_the_end_himself(database: Database) -> None:
    await heard_before(database, "mail", SENT, make_alert())
    assert await end_goes_to(database, ends(), [*to("phone"), STAND_IN, *if_heard("mail")]) == {
        "phone": (),
        "mail": (),
    }


async def test_who_did_not_stand_in_before_may_now(database: Database) -> None:
    assert await end_goes_to(database, ends(), [*to("phone"), STAND_IN, *if_heard("mail")]) == {
        "phone": (),
        "mail": ("phone",),
    }


async def test_an_end_that_names_others_goes_to_who_heard_of_any(database: Database) -> None:
    await heard_before(database, "call", SENT, make_alert(2))
    assert set(await end_goes_to(database, ends(1, make_alert(2)), if_heard("call", "bo"))) == {"call"}


async def test_a_step_that_another_alert_carried_was_heard_too(database: Database) -> None:
    """By the sinks that this alert was told at, not by all that the other one was."""
    carrier = make_alert(2)
    await heard_before(database, "call", SENT, carrier)
    await heard_before(database, "bo", SENT, make_alert(3))
    rung = (Ring("call", str(carrier.fingerprint), 1), Ring("bo", str(carrier.fingerprint), 1))
    assert set(await end_goes_to(database, ends(rung=rung), if_heard("call", "bo", "mail"))) == {"call"}


async def test_what_was_heard_of_an_earlier_firing_is_over(database: Database) -> None:
    """It recovered, was told as recovered, and came back in the same episode."""
    await heard_before(database, "call", SENT, make_alert())
    back = NOW + timedelta(seconds=30)
    assert await end_goes_to(database, ends(since=back), if_heard("call")) == {}


async def test_another_episode_is_another_matter(database: Database) -> None:
    await heard_before(database, "call", SENT, make_alert(episode=2))
    assert await end_goes_to(database, ends(), if_heard("call")) == {}


async def test_what_leaves_in_the_same_transaction_is_heard(database: Database) -> None:
    routed = [(told(make_alert()), to("call", "bo")), (ends(), if_heard("call", "bo"))]
    await database.commit([], routed, NOW, begun={(0, "call")})
    rows = await Archive(database).told(make_alert())
    assert {row.sink for row in rows if row.notification.alert.sequence == 2} == {"call"}


async def test_it_is_known_over_a_restart(database_url: str) -> None:
    first = await Database.open(database_url)
    await heard_before(first, "call", DeliveryState.SENDING, make_alert())
    await first.close()
    second = await Database.open(database_url)
    await second.load()
    assert set(await end_goes_to(second, ends(), if_heard("call", "bo"))) == {"call"}
    await second.close()
