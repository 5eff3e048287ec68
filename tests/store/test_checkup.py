"""Covers alertd/store/checkup.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertd.domain.errors import StoreError
from alertd.store.checkup import examine
from alertd.store.database import Database


async def test_a_store_in_use_is_said_so_and_stays_as_it_was(database_url: str) -> None:
    database = await Database.open(database_url)
    try:
        facts = examine(database_url)
        assert facts.in_use
        assert facts.size_bytes > 0
        assert await database.is_writable()
    finally:
        await database.close()
    assert not examine(database_url).in_use
    await (await Database.open(database_url)).close()  # nothing of the probe stands in its way


def test_a_file_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    facts = examine(f"sqlite:///{tmp_path / 'alertd.db'}")
    assert (facts.size_bytes, facts.in_use) == (0, False)
    assert facts.free_bytes is not None
    assert facts.free_bytes > 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no"):
        examine(f"sqlite:///{tmp_path / 'no' / 'alertd.db'}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "alertd.db"
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreError, match="not a database"):
        examine(f"sqlite:///{file}")


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(StoreError):
        examine("postgresql://nobody@127.0.0.1:9/alertd")
