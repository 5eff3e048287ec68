"""alertd/store/silence_rows.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, update

from alertd.domain.alert import AlertState, Resolution
from alertd.domain.errors import StoreError
from alertd.domain.silence import Matchers, Silence
from alertd.store.database import Database
from alertd.store.tables import silences
from tests.alerts.nouns import lead, warning
from tests.store.samples import NOW, make_alert, to, told

DAY = timedelta(days=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


def silence(silence_id: str = "s1", **more: Any) -> Silence:
    fields: dict[str, Any] = {
        "silence_id": silence_id,
        "matchers": Matchers(account=("ma*",), labels={"owner": ("anna", "b?n")}),
        "person": "anna",
        "comment": "多仓 works",
        "created_at": NOW,
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=2),
        "forced": True,
        "version": 1,
    }
    return Silence(**(fields | more))


async def stored(database: Database) -> list[Silence]:
    return (await database.load()).silences


async def test_every_fact_returns_as_it_was_in_the_order_they_end(database: Database) -> None:
    late = silence("late", ends_at=NOW + DAY, matchers=Matchers(), forced=False)
    facts = silence("a", began_at=NOW, warned_at=NOW + DAY / 2, ended_at=NOW + DAY)
    await database.commit([], [], NOW, silences=[late, facts])
    assert await stored(database) == [facts, late]


async def test_what_happened_under_it_returns_as_it_was(database: Database) -> None:
    passed = tuple(
        replace(
            make_alert(n, event=event),
            state=AlertState.RESOLVED,
            resolution=Resolution.EXPIRED,
            resolved_at=NOW,
            muted_by=("silence:s1",),
        )
        for n, event in enumerate((lead(NOW), warning(NOW)), start=1)
    )
    await database.commit([], [], NOW, silences=[silence(passed=passed, unnamed=3)])
    assert await stored(database) == [silence(passed=passed, unnamed=3)]


async def test_only_a_newer_version_replaces_a_row(database: Database) -> None:
    await database.commit([], [], NOW, silences=[silence(version=3)])
    await database.commit([], [], NOW, silences=[silence(version=2, ended_at=NOW)])
    assert await stored(database) == [silence(version=3)]
    await database.commit([], [], NOW, silences=[silence(version=4, ended_at=NOW)])
    assert await stored(database) == [silence(version=4, ended_at=NOW)]


async def test_a_silence_stands_or_falls_with_what_it_changes(database: Database) -> None:
    unstorable = make_alert(episode=2**80)  # no integer of a database holds it
    with pytest.raises(StoreError):
        await database.commit([], [(told(unstorable), to("phone"))], NOW, silences=[silence()])
    assert await stored(database) == []


async def test_those_that_ended_go_with_their_time_and_others_never(database: Database) -> None:
    old = silence("old", ended_at=NOW - DAY * 40)
    young = silence("young", ended_at=NOW - DAY * 5)
    unended = silence("unended", ends_at=NOW - DAY * 90)
    await database.commit([], [], NOW, silences=[old, young, unended])
    assert await database.prune(NOW, 30) == 1
    assert await stored(database) == [unended, young]


async def test_a_damaged_row_is_told_and_not_taken_for_nothing(database: Database) -> None:
    await database.commit([], [], NOW, silences=[silence()])

    def damage(connection: Connection) -> None:
        connection.execute(update(silences).values(body="{"))

    await database._writer.submit(damage)
    with pytest.raises(StoreError, match="the silence s1 is damaged"):
        await database.load()
