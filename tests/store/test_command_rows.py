"""alertd/store/command_rows.py, on both databases"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from alertd.domain.command import (
    Acknowledge,
    AddSilence,
    AnyCommand,
    ComeBack,
    ExpireSilence,
    GoAway,
    StartDrill,
)
from alertd.domain.errors import StoreError
from alertd.domain.silence import Matchers
from alertd.store.archive import Archive
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told

COMMANDS: list[AnyCommand] = [
    Acknowledge(person="anna", at=NOW, alerts=("abcdefgh",), account="main", comment="多仓 mine"),
    AddSilence(
        person="admin",
        at=NOW,
        silence_id="s1",
        matchers=Matchers(severity=("warning",), labels={"owner": ("a*", "b")}),
        ends_at=NOW + timedelta(hours=2),
        forced=True,
    ),
    ExpireSilence(person="anna", at=NOW, silence_id="s1"),
    StartDrill(person="anna", at=NOW, account="main"),
    GoAway(person="anna", at=NOW, until=NOW + timedelta(days=1), deputy="phone"),
    ComeBack(person="anna", at=NOW),
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


async def stored(database: Database, most: int = 100) -> list[AnyCommand]:
    return list(await Archive(database).commands(most))


async def test_every_command_returns_as_it_was_the_newest_first(database: Database) -> None:
    for command in COMMANDS:
        await database.commit([], [], NOW, commands=[command])
    assert await stored(database) == COMMANDS[::-1]
    assert await stored(database, 2) == COMMANDS[:-3:-1]


async def test_a_command_stands_with_what_it_changes_or_not_at_all(database: Database) -> None:
    alert = make_alert(1)
    unstorable = replace(alert, episode=2**80)  # no integer of a database holds it
    with pytest.raises(StoreError):
        await database.commit([alert], [(told(unstorable), to("phone"))], NOW, commands=COMMANDS[:1])
    assert (await stored(database), (await database.load()).open_alerts) == ([], [])
    await database.commit([alert], [], NOW, commands=COMMANDS[:1])
    assert (await stored(database), (await database.load()).open_alerts) == (COMMANDS[:1], [alert])


async def test_old_ones_are_pruned(database: Database) -> None:
    old = StartDrill(person="anna", at=NOW - timedelta(days=91))
    await database.commit([], [], NOW, commands=[old, *COMMANDS])
    assert await database.prune(NOW, 90) == 1
    assert len(await stored(database)) == len(COMMANDS)


async def test_a_comment_that_no_database_holds_costs_no_command(database: Database) -> None:
    odd = StartDrill(person="anna", at=NOW, comment="a\0b\ud800")
    await database.commit([], [], NOW, commands=[odd])
    [found] = await stored(database)
    assert found.comment.startswith("a")
