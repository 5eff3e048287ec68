"""alertd/store/intent_rows.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from alertd.domain.action import ActionChanges, Exposure, Intent, IntentState, LeftPosition, Mode, Switch
from alertd.domain.errors import StoreError
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.store.tables import alerts, facts, intents
from tests.store.samples import NOW, changed, make_alert, make_intent, resolved, to, told

DAY = timedelta(days=1)
LATER = NOW + DAY * 400


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


async def store(database: Database, *stored: Intent) -> None:
    await database.commit([], [], NOW, actions=changed(*stored))


async def names(database: Database, now: datetime | None = None) -> list[str]:
    return [intent.intent_id for intent in (await database.load(now)).intents]


def ended(n: int, at: datetime = NOW, state: IntentState = IntentState.CONFIRMED, **more: Any) -> Intent:
    return make_intent(n, state=state, ended_at=at, **more)


def left(*positions: LeftPosition) -> Exposure:
    return Exposure(at=NOW, positions=positions)


OPEN = LeftPosition(instrument="BTC-USDT-SWAP", size=Decimal("0.50"), notional=Decimal("1000.10"))


async def test_every_fact_returns_as_it_was_oldest_first(database: Database) -> None:
    facts = ended(
        1, trader_name="阿\0强", approved_by=("anna", "ben"), next_at=NOW, left=left(OPEN), detail="x" * 900
    )
    young = make_intent(2)
    await store(database, young, facts)
    assert (await database.load()).intents == [facts, young]


async def test_only_a_newer_version_replaces_a_row(database: Database) -> None:
    await store(database, make_intent(version=3, state=IntentState.SENDING))
    await store(database, make_intent(version=2))
    [found] = (await database.load()).intents
    assert (found.version, found.state) == (3, IntentState.SENDING)
    await store(database, make_intent(version=4, state=IntentState.VERIFYING))
    assert [one.version for one in (await database.load()).intents] == [4]


async def test_an_intent_stands_or_falls_with_its_alert(database: Database) -> None:
    unstorable = make_alert(episode=2**80)  # no integer of a database holds it
    with pytest.raises(StoreError):
        await database.commit([], [(told(unstorable), to("phone"))], NOW, actions=changed(make_intent()))
    assert await names(database) == []


async def test_what_is_loaded_may_still_matter(database: Database) -> None:
    """What is not settled, what ended within a month, and what was done for an alert that is still open."""
    await database.commit([make_alert(4), resolved(5, NOW)], [], NOW)
    unread = Exposure(at=NOW, positions=None)
    await store(
        database,
        make_intent(1),
        ended(2),
        ended(3, LATER - DAY * 30),
        ended(4),
        ended(5),
        ended(6, left=left(OPEN)),
        ended(7, left=left()),
        ended(8, left=unread),
    )
    assert await names(database) == [f"i{n}" for n in range(1, 9)]
    assert await names(database, LATER) == ["i1", "i3", "i4", "i6", "i8"]


async def test_what_is_loaded_stays_when_the_rest_goes_with_its_steps(database: Database) -> None:
    await database.commit([make_alert(4), resolved(5, NOW)], [], NOW)
    stored = [
        make_intent(1),
        ended(2),
        ended(3, LATER - DAY * 30),
        ended(4),
        ended(5),
        ended(6, left=left(OPEN)),
    ]
    await store(database, *stored)
    assert await database.prune(LATER, 1) == 2
    assert await names(database) == ["i1", "i3", "i4", "i6"]
    archive = Archive(database)
    assert [len(await archive.steps(one)) for one in stored] == [1, 0, 1, 1, 0, 1]


async def test_ended_ones_are_kept_as_long_as_all_else(database: Database) -> None:
    await store(database, ended(1))
    assert await database.prune(NOW + DAY * 89, 90) == 0
    assert await database.prune(NOW + DAY * 91, 90) == 1


async def test_dry_and_approved_runs_are_counted_for_each_action_for_ever(database: Database) -> None:
    approved = {"approved_by": ("anna",), "state": IntentState.CONFIRMED}
    rehearsed = {"mode": Mode.DRY_RUN, "state": IntentState.REHEARSED}
    others = [
        {"mode": Mode.AUTO, "state": IntentState.CONFIRMED},
        {"approved_by": ("anna",), "state": IntentState.NOTHING_TO_DO},
        {"approved_by": ("anna",), "state": IntentState.FAILED},
        {"approved_by": ("anna",), "state": IntentState.VERIFYING},
    ]
    await store(
        database, *(ended(n, **kind) for n, kind in enumerate([approved, rehearsed, rehearsed, *others]))
    )
    await store(database, ended(20, action="pause", **rehearsed))
    expected = {"stop_all": 3, "pause": 1}
    assert (await database.load()).finished_runs == expected
    await database.prune(NOW + DAY * 40, 1)
    await store(database, ended(30, NOW + DAY * 40, **approved))
    await database.prune(NOW + DAY * 80, 1)
    state = await database.load()
    assert [one.intent_id for one in state.intents] == ["i6"]  # still verifying
    assert state.finished_runs == expected | {"stop_all": 4}


async def test_a_later_version_of_a_run_does_not_count_again(database: Database) -> None:
    rehearsed = {"mode": Mode.DRY_RUN, "state": IntentState.REHEARSED}
    await store(database, ended(1, version=5, **rehearsed))
    await store(database, ended(1, version=6, **rehearsed))
    assert (await database.load()).finished_runs == {"stop_all": 1}


async def test_the_switch_is_on_and_nothing_armed_until_somebody_says_otherwise(database: Database) -> None:
    assert (await database.load()).switch == Switch()
    for switch in (
        Switch(on=False, by="anna", at=NOW),
        Switch(armed=frozenset(("main", "two")), by="ben", at=NOW),
    ):
        await database.commit([], [], NOW, actions=ActionChanges(switch=switch))
        assert (await database.load()).switch == switch


@pytest.mark.parametrize("what", ["intent", "switch"])
async def test_a_damaged_row_is_told_and_not_taken_for_nothing(database: Database, what: str) -> None:
    await database.commit([], [], NOW, actions=changed(make_intent(), switch=Switch(on=False)))

    def damage(connection: Connection) -> None:
        if what == "intent":
            connection.execute(update(intents).values(body="{"))
        else:
            connection.execute(update(facts).where(facts.c.key == "actions_switch").values(value="{"))

    await database._writer.submit(damage)
    with pytest.raises(StoreError, match="the intent i1 is damaged" if what == "intent" else "the switch"):
        await database.load()


async def test_those_that_fit_the_newest_first(database: Database) -> None:
    await store(
        database,
        make_intent(1),
        ended(2),
        make_intent(3, account="two"),
        make_intent(4, action="pause", state=IntentState.AWAITING),
    )
    archive = Archive(database)

    async def found(most: int = 10, **wanted: Any) -> list[str]:
        return [one.intent_id for one in await archive.intents(**wanted, most=most)]

    assert await found() == ["i4", "i3", "i2", "i1"]
    assert await found(2) == ["i4", "i3"]
    assert await found(account="main") == ["i4", "i2", "i1"]
    assert await found(account="main", action="stop_all") == ["i2", "i1"]
    assert await found(states=[IntentState.AWAITING, IntentState.CONFIRMED]) == ["i4", "i2"]
    assert await found(account="none") == []


async def test_one_is_found_by_how_its_id_begins(database: Database) -> None:
    await store(database, make_intent(11), make_intent(12), make_intent(2))
    archive = Archive(database)
    assert [one.intent_id for one in await archive.find_intents("i1")] == ["i12", "i11"]
    assert [one.intent_id for one in await archive.find_intents(" i2 ")] == ["i2"]
    assert await archive.find_intents("%") == []
    assert await archive.find_intents("") == []


async def test_the_row_of_a_pruned_alert_holds_no_intent_back(database: Database) -> None:
    await database.commit([make_alert(1)], [], NOW)
    await store(database, ended(1))
    await database._writer.submit(lambda connection: connection.execute(delete(alerts)))
    assert await database.prune(LATER, 1) == 1
