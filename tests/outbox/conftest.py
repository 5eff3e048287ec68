"""A store for workers, on each database and on one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alertd.store.database import Database
from tests.outbox.rig import Rig


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    database = await Database.open(database_url)
    await database.load()
    yield Rig(database)
    await database.close()


@pytest.fixture
async def lite(tmp_path: Path) -> AsyncIterator[Rig]:
    """For what does not depend on the database."""
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    await database.load()
    yield Rig(database)
    await database.close()
