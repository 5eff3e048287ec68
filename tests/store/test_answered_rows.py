"""Covers alertd/store/answered_rows.py, and what the lease makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from alertd.domain.alert import Alert, AlertState, Resolution, Severity
from alertd.domain.notification import Delivery, Notification, Reason
from alertd.store.answered_rows import Answers
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to

SOON = NOW + timedelta(seconds=5)
CRITICAL = Severity.CRITICAL


def acknowledged(n: int = 1, **changes: Any) -> Alert:
    taken = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "anna", "acknowledged_at": SOON}
    return make_alert(n, **({"version": 9, "severity": CRITICAL} | taken | changes))


def over(n: int = 1) -> Alert:
    return make_alert(
        n, version=9, state=AlertState.RESOLVED, resolution=Resolution.RECOVERED, resolved_at=SOON
    )


def broken(n: int = 1) -> Alert:
    """Acknowledged, and worse since."""
    return acknowledged(n, state=AlertState.FIRING)


def notice(reason: Reason = Reason.ESCALATED, *also: Alert, **changes: Any) -> Notification:
    alert = make_alert(severity=CRITICAL)
    return Notification(**({"alert": alert, "reason": reason, "created_at": NOW, "also": also} | changes))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


async def left(
    database: Database, notification: Notification, *stored: Alert, wakes: bool = False, after_s: float = 6
) -> list[Delivery]:
    """What leaves of it, once these are how the alerts stand."""
    alerts = [notification.alert, *notification.also]
    await database.commit(alerts, [(notification, to("phone"))], NOW)
    await database.commit(stored, [], SOON)
    at = NOW + timedelta(seconds=after_s)
    batch = await database.turn("phone", [], at, limit=9, others=9, wakes=wakes)
    return [one for bundle in batch.bundles for one in bundle]


@pytest.mark.parametrize("reason", [Reason.NEW, Reason.WORSENED, Reason.REMINDER, Reason.ESCALATED])
@pytest.mark.parametrize("wakes", [False, True])
async def test_what_leaves_says_at_any_age_who_takes_care(
    database: Database, reason: Reason, wakes: bool
) -> None:
    found = await left(database, notice(reason), acknowledged(), wakes=wakes)
    if wakes and reason is Reason.ESCALATED:
        assert found == []
    else:
        assert [one.current for one in found] == [acknowledged()]


async def test_it_is_known_over_a_restart(database_url: str) -> None:
    first = await Database.open(database_url)
    await first.commit([make_alert(1)], [(notice(Reason.REMINDER), to("phone"))], NOW)
    await first.commit([acknowledged()], [], SOON)
    await first.close()
    second = await Database.open(database_url)
    await second.load()
    (one,) = await second.lease("phone", NOW + timedelta(seconds=6), 9)
    assert one.current == acknowledged()
    await second.close()


async def test_what_was_told_after_the_newest_acknowledgement_is_not_looked_up(database: Database) -> None:
    """Seen by what a look would show: the row of the first is made to say what it cannot."""
    fresh = notice(Reason.NEW, created_at=SOON + timedelta(seconds=1))
    before = notice(Reason.NEW, alert=make_alert(2), created_at=NOW)
    await database.commit(
        [acknowledged(), acknowledged(2)], [(one, to("phone")) for one in (fresh, before)], NOW
    )
    found = await database.lease("phone", SOON + timedelta(seconds=2), 9)
    shown = {one.notification.alert.event.instrument: one.current for one in found}
    assert shown == {"COIN1-USDT-SWAP": None, "COIN2-USDT-SWAP": acknowledged(2)}


def test_answers_know_the_newest() -> None:
    answers = Answers()
    assert not answers.may_concern(notice())
    answers.see([make_alert(), acknowledged(), acknowledged(2, acknowledged_at=NOW - timedelta(seconds=1))])
    assert answers.may_concern(notice(created_at=SOON))
    assert not answers.may_concern(notice(created_at=SOON + timedelta(seconds=1)))


END = {"alert": over(), "reason": Reason.RECOVERED}


@pytest.mark.parametrize(
    ("stored", "is_told"),
    [
        (make_alert(version=10, occurrences=2, since=SOON), True),
        (make_alert(version=1, episode=2, since=SOON), True),
        (acknowledged(version=1, episode=2, since=SOON), True),
        (make_alert(version=1, episode=2, since=SOON, state=AlertState.PENDING), False),
        (make_alert(2, version=1, episode=2, since=SOON), False),
        (make_alert(version=10, occurrences=2, since=SOON, state=AlertState.RESOLVED), False),
    ],
)
async def test_an_end_does_not_leave_plain_while_the_alert_fires_again(
    database: Database, stored: Alert, is_told: bool
) -> None:
    (one,) = await left(database, notice(**END), stored)
    assert one.current == (stored if is_told else None)


async def test_an_end_is_not_looked_up_where_nothing_has_come_back_since(database: Database) -> None:
    """Seen by what a look would show: the row is made to say what it cannot."""
    before = make_alert(version=10, occurrences=2, since=NOW - timedelta(seconds=1))
    assert [one.current for one in await left(database, notice(**END), before)] == [None]


async def test_that_something_came_back_is_known_over_a_restart(database_url: str) -> None:
    first = await Database.open(database_url)
    await first.commit([over()], [(notice(**END), to("phone"))], NOW)
    again = make_alert(episode=2, since=SOON)
    await first.commit([again], [], SOON)
    await first.close()
    second = await Database.open(database_url)
    await second.load()
    (one,) = await second.lease("phone", NOW + timedelta(seconds=6), 9)
    assert one.current == again
    await second.close()
