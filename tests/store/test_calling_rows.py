"""Covers alertd/store/calling_rows.py, and what the lease and a commit make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from alertd.domain.alert import Alert
from alertd.domain.notification import Address, Delivery, DeliveryState, DeliveryUpdate, Reason
from alertd.store.archive import Archive
from alertd.store.calling_rows import WAITS
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to
from tests.store.test_answered_rows import SOON, acknowledged, broken, left, notice, over

LATER = NOW + timedelta(seconds=30)


def better(n: int = 1, until: datetime = LATER, **changes: Any) -> Alert:
    """No level is held, and nothing rings until then if nothing newer comes."""
    return make_alert(n, **({"version": 9, "better_since": NOW, "calm_until": until} | changes))


def worse(n: int = 1) -> Alert:
    return make_alert(n, version=10)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    yield database
    await database.close()


async def ringing(database: Database, at: datetime) -> list[Delivery]:
    """What a telephone rings for at this moment."""
    batch = await database.turn("phone", [], at, limit=9, others=9, wakes=True)
    return [one for bundle in batch.bundles for one in bundle]


async def row(database: Database) -> tuple[DeliveryState, datetime | None, str]:
    (kept,) = await Archive(database).told(make_alert())
    return kept.state, kept.next_attempt_at, kept.detail


async def rung_perhaps(database: Database) -> None:
    """A call without an answer: it may have arrived, and is repeated soon."""
    await database.commit([make_alert()], [(notice(), to("phone"))], NOW)
    (one,) = await database.lease("phone", NOW, 9)
    lost = DeliveryUpdate(
        delivery_id=one.delivery_id,
        state=DeliveryState.UNKNOWN,
        attempts=1,
        unknowns=1,
        possible_duplicate=True,
        next_attempt_at=SOON,
    )
    await database.record([lost])


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (acknowledged(), "nobody was woken: anna takes care"),
        (over(), "nobody was woken: the alert is over (recovered)"),
    ],
)
@pytest.mark.parametrize("after_s", [6, 6000])
async def test_nobody_is_woken_for_what_somebody_has_answered(
    database: Database, stored: Alert, why: str, after_s: float
) -> None:
    assert await left(database, notice(), stored, wakes=True, after_s=after_s) == []
    (kept,) = await Archive(database).told(make_alert())
    assert (kept.state, kept.detail, kept.next_attempt_at) == (DeliveryState.NOT_NEEDED, why, None)
    assert await database.next_due_at("phone") is None
    assert await database.counts_by_sink(NOW) == {}


@pytest.mark.parametrize("wakes", [False, True])
async def test_what_is_still_unanswered_leaves(database: Database, wakes: bool) -> None:
    (one,) = await left(database, notice(), broken(), wakes=wakes)
    assert one.current is None


@pytest.mark.parametrize(
    ("stored", "leaves"),
    [
        ([acknowledged()], True),
        ([acknowledged(), acknowledged(2), over(3)], False),
        ([acknowledged(), acknowledged(2), broken(3)], True),
        ([acknowledged(2), over(3)], True),
    ],
)
async def test_a_call_for_several_is_needed_as_long_as_one_of_them_is_unanswered(
    database: Database, stored: list[Alert], leaves: bool
) -> None:
    call = notice(Reason.ESCALATED, make_alert(2), make_alert(3))
    assert bool(await left(database, call, *stored, wakes=True)) is leaves


async def test_where_not_all_can_be_named_somebody_is_woken(database: Database) -> None:
    others = [make_alert(n) for n in range(2, 52)]
    answers = [acknowledged(n) for n in range(1, 52)]
    assert await left(database, notice(Reason.ESCALATED, *others), *answers, wakes=True)


async def test_nobody_stands_in_for_a_call_that_was_not_needed(database: Database) -> None:
    stand_in = Address(sink="mail", not_before=SOON, stands_in_for=(("phone",),))
    await database.commit([make_alert()], [(notice(), [*to("phone"), stand_in])], NOW)
    await database.commit([acknowledged()], [], SOON)
    called = await database.turn("phone", [], SOON, limit=9, others=9, wakes=True)
    assert (called.bundles, called.spared) == ([], 1)
    mailed = await database.turn("mail", [], SOON, limit=9, others=9)
    assert (mailed.bundles, mailed.spared) == ([], 1)


async def test_what_was_not_needed_is_pruned_with_the_rest(database: Database) -> None:
    await left(database, notice(), acknowledged(), wakes=True)
    assert await database.prune(NOW + timedelta(days=31), 30) == 1


async def test_an_attempt_that_may_have_rung_stays_on_record(database: Database) -> None:
    await rung_perhaps(database)
    await database.commit([acknowledged()], [], SOON)
    await database.turn("phone", [], SOON, limit=9, others=9, wakes=True)
    (kept,) = await Archive(database).told(make_alert())
    assert (kept.state, kept.attempts, kept.possible_duplicate) == (DeliveryState.NOT_NEEDED, 1, True)


async def test_a_telephone_waits_while_it_is_better(database: Database) -> None:
    assert await left(database, notice(), better(), wakes=True) == []
    assert await row(database) == (DeliveryState.QUEUED, LATER, WAITS)
    assert await database.next_due_at("phone") == LATER


async def test_any_other_sink_is_told_that_it_is_better(database: Database) -> None:
    assert len(await left(database, notice(), better())) == 1


@pytest.mark.parametrize("reason", [Reason.NEW, Reason.WORSENED])
async def test_news_is_told_all_the_same(database: Database, reason: Reason) -> None:
    assert len(await left(database, notice(reason), better(), wakes=True)) == 1


async def test_it_waits_as_long_as_it_is_better(database: Database) -> None:
    await left(database, notice(), better(), wakes=True)
    moved = LATER + timedelta(seconds=15)
    await database.commit([better(until=moved, version=10)], [], SOON)
    assert await ringing(database, LATER) == []
    assert await row(database) == (DeliveryState.QUEUED, moved, WAITS)


async def test_figures_that_are_too_old_to_be_good_ring(database: Database) -> None:
    await left(database, notice(), better(), wakes=True)
    (one,) = await ringing(database, LATER)
    assert one.current == better()


async def test_what_is_over_by_then_rings_nobody(database: Database) -> None:
    await left(database, notice(), better(), wakes=True)
    await database.commit([structs.replace(over(), version=10)], [], SOON)
    assert await ringing(database, LATER) == []
    why = "nobody was woken: the alert is over (recovered)"
    assert await row(database) == (DeliveryState.NOT_NEEDED, None, why)


async def test_what_is_worse_again_rings_at_once(database: Database) -> None:
    told: list[Collection[str]] = []
    database.on_due = told.append
    await left(database, notice(), better(), wakes=True)
    assert told == []
    at = NOW + timedelta(seconds=10)
    await database.commit([worse()], [], at)
    assert told == [{"phone"}]
    (one,) = await ringing(database, at)
    assert (one.attempts, one.created_at) == (0, NOW)
    await database.commit([structs.replace(worse(), version=11)], [], at)
    assert told == [{"phone"}]


@pytest.mark.parametrize(("n", "is_due"), [(1, True), (2, True), (3, True), (4, False)])
async def test_one_that_is_worse_is_enough(database: Database, n: int, is_due: bool) -> None:
    """Whether it carries the message, has a step in it, or is only named."""
    call = notice(Reason.ESCALATED, make_alert(2), make_alert(3))
    sooner = NOW + timedelta(seconds=20)
    stored = [better(), better(2, sooner), better(3), worse(4)]
    assert await left(database, call, *stored, wakes=True) == []
    assert await row(database) == (DeliveryState.QUEUED, sooner, WAITS)
    await database.commit([worse(n)], [], SOON)
    assert bool(await ringing(database, NOW + timedelta(seconds=7))) is is_due


@pytest.mark.parametrize(
    ("stored", "leaves"),
    [
        ([better(), broken(2), better(3)], True),
        ([better(), acknowledged(2), over(3)], False),
        ([over(), acknowledged(2), better(3)], False),
        ([better(until=SOON), better(2), better(3)], True),
    ],
)
async def test_it_waits_where_all_that_are_unanswered_are_better(
    database: Database, stored: list[Alert], leaves: bool
) -> None:
    call = notice(Reason.ESCALATED, make_alert(2), make_alert(3))
    assert bool(await left(database, call, *stored, wakes=True)) is leaves


@pytest.mark.parametrize("is_worse", [False, True])
async def test_a_restart_keeps_it_waiting_and_rings_for_what_is_worse(
    database_url: str, is_worse: bool
) -> None:
    first = await Database.open(database_url)
    await left(first, notice(), better(until=NOW + timedelta(hours=1)), wakes=True)
    await first.close()
    second = await Database.open(database_url)
    await second.load()
    at = NOW + timedelta(seconds=20)
    assert await ringing(second, at) == []
    if is_worse:
        await second.commit([worse()], [], at)
    assert bool(await ringing(second, at)) is is_worse
    await second.close()


async def test_what_may_have_rung_is_still_in_doubt_after_it_has_waited(database: Database) -> None:
    await rung_perhaps(database)
    await database.commit([better()], [], SOON)
    assert await ringing(database, SOON) == []
    assert await row(database) == (DeliveryState.UNKNOWN, LATER, WAITS)
    (again,) = await ringing(database, LATER)
    assert (again.attempts, again.unknowns, again.possible_duplicate) == (1, 1, True)


async def test_what_is_held_back_for_another_reason_stays_so(database: Database) -> None:
    await left(database, notice(), better(), wakes=True)
    until = NOW + timedelta(hours=1)
    await database.hold_back("main", SOON, until)
    await database.commit([worse()], [], SOON)
    assert await database.next_due_at("phone") == until
