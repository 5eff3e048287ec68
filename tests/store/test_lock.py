"""alertd/store/lock.py"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alertd.domain.errors import StoreError
from alertd.store.database import Database
from alertd.store.lock import StoreLock

HOLDER = """
import sys
from pathlib import Path
from alertd.store.lock import StoreLock
lock = StoreLock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_second_daemon_is_refused_until_the_first_closes(database_url: str) -> None:
    first = await Database.open(database_url)
    with pytest.raises(StoreError, match="in use by another alertd"):
        await Database.open(database_url)
    await first.close()
    await (await Database.open(database_url)).close()


async def test_whoever_holds_the_file_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'alertd.db'}"
    first = await Database.open(url)
    with pytest.raises(StoreError, match=rf"process {os.getpid()}"):
        await Database.open(url)
    await first.close()


async def test_a_start_that_fails_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "alertd.db"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a database"):
            await Database.open(f"sqlite:///{path}")


def test_a_killed_process_gives_the_lock_back(tmp_path: Path) -> None:
    path = tmp_path / "alertd.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"process {holder.pid}\)"):
            StoreLock.take(path)
        holder.kill()
    StoreLock.take(path).release()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        StoreLock.take(tmp_path / "missing" / "alertd.db")
