"""A store on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alertd.store.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()
