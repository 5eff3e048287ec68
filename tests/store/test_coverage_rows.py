"""alertd/store/coverage_rows.py, on both databases"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alertd.domain.coverage import Blame, Gap, KeptRecord
from alertd.domain.events import CoverageCause, CoverageState
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.store.database import Database
from tests.store.samples import NOW, make_alert, to, told


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.open(database_url)
    await database.load()
    yield database
    await database.close()


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def gap(number: int, began_s: float, ended_s: float | None, account: str = "main") -> Gap:
    return Gap(
        account=account,
        number=number,
        state=CoverageState.BLIND,
        cause=CoverageCause.CONNECTION,
        began_at=later(began_s),
        ended_at=None if ended_s is None else later(ended_s),
    )


def record(seen_s: float, numbers: int, account: str = "main") -> KeptRecord:
    return KeptRecord(account=account, since=NOW, seen_at=later(seen_s), numbers=numbers)


async def test_a_gap_is_written_when_it_begins_and_when_it_ends(database: Database) -> None:
    lasting = gap(1, 0, None)
    await database.write_coverage([lasting], [record(0, 1)])
    assert await database.coverage_records() == [replace(record(0, 1), open_gap=lasting)]
    assert await database.gaps_since(later(9000)) == [lasting]
    ended = replace(lasting, ended_at=later(8), blame=Blame.THEIRS)
    await database.write_coverage([ended, gap(2, 8, 9), gap(1, 0, 3, "b")], [record(9, 2), record(9, 1, "b")])
    assert await database.gaps_since(NOW) == [gap(1, 0, 3, "b"), ended, gap(2, 8, 9)]
    assert await database.gaps_since(later(8)) == [gap(2, 8, 9)]
    assert sorted(await database.coverage_records(), key=lambda one: one.account) == [
        record(9, 1, "b"),
        record(9, 2),
    ]


async def test_nothing_to_write_is_no_error(database: Database) -> None:
    await database.write_coverage([], [])
    assert await database.gaps_since(NOW) == []


async def test_a_comparison_covers_what_ended_before_it_began(database: Database) -> None:
    waited = replace(gap(3, 20, 31), cause=CoverageCause.UNRECONCILED)
    gaps = [gap(1, 0, 10), gap(2, 12, 20), waited, gap(4, 32, None), gap(1, 0, 5, "b")]
    await database.write_coverage(gaps, [])
    await database.reconciled("main", later(30), 2)
    marked = {
        (one.account, one.number): (one.reconciled_at, one.missed) for one in await database.gaps_since(NOW)
    }
    assert marked == {
        ("b", 1): (None, None),
        ("main", 1): (later(30), 0),
        ("main", 2): (later(30), 0),
        ("main", 3): (later(30), 2),
        ("main", 4): (None, None),
    }
    await database.reconciled("main", later(31), 7)  # nothing is left to cover
    assert sum(one.missed or 0 for one in await database.gaps_since(NOW)) == 2


async def test_old_gaps_go_and_the_record_says_from_when_on_it_is_complete(database: Database) -> None:
    day_s = 86_400
    await database.write_coverage([gap(1, 0, 10), gap(2, 5 * day_s, 5 * day_s + 9)], [record(6 * day_s, 2)])
    assert await database.prune(later(9 * day_s), retention_days=7) == 1
    assert [one.number for one in await database.gaps_since(NOW)] == [2]
    (kept,) = await database.coverage_records()
    assert kept.since == later(2 * day_s)
    await database.write_coverage([], [record(9 * day_s, 2)])  # the running record does not know of it
    (kept,) = await database.coverage_records()
    assert (kept.since, kept.seen_at) == (later(2 * day_s), later(9 * day_s))


async def test_what_a_sink_took_last_is_known_after_a_restart(database: Database) -> None:
    alerts = [make_alert(n) for n in range(3)]
    await database.commit(alerts, [(told(alert), to("phone", "mail")) for alert in alerts], NOW)
    leased = await database.lease("phone", NOW, 3)
    sent = [
        DeliveryUpdate(
            delivery_id=one.delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=later(number)
        )
        for number, one in enumerate(leased)
    ]
    await database.record(sent)
    assert await database.last_sent() == {"phone": later(2)}


async def test_facts_are_kept_by_name(database: Database) -> None:
    assert await database.read_fact("one") is None
    await database.write_fact("one", "a")
    await database.write_fact("one", "b")
    assert await database.read_fact("one") == "b"


WRITER = """
import asyncio, sys
from alertd.store.database import Database
from tests.store.test_coverage_rows import gap, record

async def main() -> None:
    database = await Database.open(sys.argv[1])
    await database.load()
    for n in range(1, 10**9):
        await database.write_coverage([gap(n, n, None)], [record(n, n)])
        await database.write_coverage([gap(n, n, n + 1)], [record(n, n)])
        print(n, flush=True)
        await database.write_coverage([gap(n, n, n + 1)], [record(n + 1, n)])

asyncio.run(main())
"""


def killed_after(url: str, lines: int) -> int:
    """The last gap whose end was acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as child:
        assert child.stdout is not None
        found = [child.stdout.readline() for _ in range(lines)]
        child.kill()
    return int(found[-1])


async def test_what_was_written_survives_kill_9(database_url: str) -> None:
    last = await asyncio.to_thread(killed_after, database_url, 25)
    database = await Database.open(database_url)
    (kept,) = await database.coverage_records()
    gaps = await database.gaps_since(NOW)
    await database.close()
    assert kept.numbers >= last
    assert [one.number for one in gaps][:last] == list(range(1, last + 1))
    assert all(one.ended_at is not None for one in gaps[:last])
    assert kept.open_gap == (gaps[-1] if gaps[-1].ended_at is None else None)
