"""What is acknowledged survives kill -9, and a full disk is told and survived."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertd.domain.errors import StoreError
from alertd.store.archive import Archive
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told

COMMITTER = """
import asyncio, sys
from alertd.store.database import Database
from tests.store.samples import NOW, changed, make_alert, make_intent, to, told

async def main() -> None:
    database = await Database.open(sys.argv[1])
    await database.load()

    async def commit(first: int) -> None:
        for n in range(first, 10**9, 8):
            alert = make_alert(n)
            actions = changed(make_intent(n))
            await database.commit([alert], [(told(alert), to("phone", "mail"))], NOW, actions=actions)
            print(n, flush=True)

    async with asyncio.TaskGroup() as group:
        for first in range(8):
            group.create_task(commit(first))

asyncio.run(main())
"""


def acknowledged_until_killed(url: str, lines: int) -> set[int]:
    """Run the committer, kill it after so many acknowledgements; returns all it acknowledged."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", COMMITTER, url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as child:
        assert child.stdout is not None
        found = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        found += child.stdout.read().splitlines(keepends=True)
    # The kill may have cut the last line short.
    return {int(line) for line in found if line.endswith(b"\n")}


@pytest.mark.parametrize("lines", [1, 57, 400])
async def test_every_acknowledged_alert_survives_kill_9(database_url: str, lines: int) -> None:
    acknowledged = await asyncio.to_thread(acknowledged_until_killed, database_url, lines)
    assert len(acknowledged) >= lines
    database = await Database.open(database_url)
    state = await database.load()
    stored = {alert.event.event_id for alert in state.open_alerts}
    assert {f"event-{n}" for n in acknowledged} <= stored
    assert (await database.counts())["deliveries_queued"] == 2 * len(stored)
    # What an alert has triggered stands with it, or neither does.
    assert {intent.event.event_id for intent in state.intents} == stored
    archive = Archive(database)
    assert [len(await archive.steps(intent)) for intent in state.intents] == [1] * len(stored)
    await database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB, which can grow."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small file system is refused here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_is_told_and_space_heals_it(small_disk: Path) -> None:
    database = await Database.open(f"sqlite:///{small_disk / 'alertd.db'}")
    await database.load()
    stored = 0
    with pytest.raises(StoreError, match="the store cannot be used: database or disk is full"):  # noqa: PT012
        for n in range(5_000):
            await database.commit([make_alert(n)], [(told(make_alert(n)), to("phone"))], NOW)
            stored += 1
    assert stored > 10
    assert not await database.is_writable()
    remount = ["mount", "-o", "remount,size=8m", str(small_disk)]
    await asyncio.to_thread(subprocess.run, remount, check=True)
    assert await database.is_writable()
    await database.commit([make_alert(9_999)], [], NOW)
    assert (await database.counts())["alerts_open"] == stored + 1
    await database.close()
