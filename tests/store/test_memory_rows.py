"""alertd/store/memory_rows.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from alertd.domain.errors import StoreError
from alertd.domain.recollection import RuleMemory
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


def memory(subject: str = "account", body: str | None = '["x"]', **changes: str) -> RuleMemory:
    usual = {"rule": "mine", "account": "main", "definition": "d1", **changes}
    return RuleMemory(subject=subject, body=body, **usual)


async def stored(database: Database) -> list[RuleMemory]:
    return (await database.load()).memories


async def test_a_new_store_remembers_nothing(database: Database) -> None:
    assert await stored(database) == []


async def test_a_memory_is_replaced_and_deleted(database: Database) -> None:
    await database.commit([], [], NOW, memories=[memory(), memory(rule="other")])
    await database.commit(
        [], [], NOW, memories=[memory(body="2", definition="d2"), memory(rule="never", body=None)]
    )
    assert await stored(database) == [memory(body="2", definition="d2"), memory(rule="other")]
    await database.commit([], [], NOW, memories=[memory(body=None)])
    assert await stored(database) == [memory(rule="other")]


@pytest.mark.parametrize("subject", ["", "cross/USDT", 'a"b\\c%_', "\x00", "\ud800", "多仓 BTC"])
async def test_any_subject_can_be_remembered(database: Database, subject: str) -> None:
    await database.commit([], [], NOW, memories=[memory(subject), memory(f"{subject}2")])
    assert {one.subject for one in await stored(database)} == {subject, f"{subject}2"}


async def test_a_memory_stands_in_the_store_with_its_alert_or_not_at_all(database: Database) -> None:
    alert = make_alert(1)
    unstorable = replace(alert, episode=2**80)  # no integer of a database holds it
    with pytest.raises(StoreError):
        await database.commit([alert], [(told(unstorable), to("phone"))], NOW, memories=[memory()])
    assert await stored(database) == []
    await database.commit([alert], [(told(alert), to("phone"))], NOW, memories=[memory()])
    state = await database.load()
    assert (len(state.open_alerts), state.memories) == (1, [memory()])


async def test_other_facts_are_no_memories(database: Database) -> None:
    assert await database.is_writable()
    assert await stored(database) == []
