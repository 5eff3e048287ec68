"""alertd/store/records.py, on both databases"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from msgspec.structs import replace

from alertd.domain.alert import AlertState, Resolution
from alertd.domain.notification import DeliveryState, DeliveryUpdate
from alertd.domain.stream import KeptFrame
from alertd.store.database import Database
from alertd.store.frame_rows import FRAME_BYTES_KEPT, FRAMES_KEPT
from tests.store.asking import query
from tests.store.samples import NOW, make_alert, resolved, to, told


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def sent(delivery_id: int) -> DeliveryUpdate:
    return DeliveryUpdate(delivery_id=delivery_id, state=DeliveryState.SENT, attempts=1, sent_at=later(1))


async def test_a_fact_is_kept_until_it_is_written_anew(database: Database, database_url: str) -> None:
    assert await database.read_fact("records_read:main") is None
    for value in ("first", "second"):
        await database.write_fact("records_read:main", value)
    await database.close()
    again = await Database.open(database_url)
    assert await again.read_fact("records_read:main") == "second"
    assert await again.read_fact("records_read:other") is None
    await again.close()


def frame(n: int, content: bytes = b"?") -> KeptFrame:
    return KeptFrame("main", "private", None, f"reason {n}", NOW, content)


async def test_kept_frames_are_a_ring(database: Database, database_url: str) -> None:
    await asyncio.gather(*(database.keep_frame(frame(n)) for n in range(FRAMES_KEPT + 20)))
    await database.keep_frame(frame(9999, b"x" * (FRAME_BYTES_KEPT + 1)))
    ((rows, longest),) = await query(database_url, "SELECT count(*), max(length(frame)) FROM kept_frames")
    assert rows == FRAMES_KEPT
    assert longest == FRAME_BYTES_KEPT
    newest = "SELECT reason FROM kept_frames ORDER BY frame_id DESC LIMIT 1"
    assert await query(database_url, newest) == [("reason 9999",)]


async def test_pruning_keeps_what_is_young_open_or_counts_episodes(database: Database) -> None:
    old = NOW - timedelta(days=91)
    kept_open = make_alert(1, since=old, updated_at=old)
    for alert in (
        kept_open,
        resolved(2, old, episode=1),
        resolved(2, old, episode=2),
        resolved(2, NOW, episode=3),
        resolved(3, old, episode=7),
    ):
        await database.commit([alert], [], NOW)
    assert await database.prune(NOW, 90) == 2
    state = await database.load()
    assert state.open_alerts == [kept_open]
    assert state.last_episodes == {
        make_alert(1).fingerprint: 1,
        make_alert(2).fingerprint: 3,
        make_alert(3).fingerprint: 7,
    }


async def test_pruning_takes_old_finished_deliveries_only(database: Database) -> None:
    numbers = list(range(1, 1204))
    alerts = [make_alert(n) for n in numbers]
    # All were made 91 days ago but the last two: one of yesterday's is finished, the other is not.
    await database.commit([], [(told(alert, -91 * 86_400.0), to("phone")) for alert in alerts[:-2]], NOW)
    await database.commit([], [(told(alert, -86_400.0), to("phone")) for alert in alerts[-2:]], NOW)
    leased = await database.lease("phone", NOW, 1202)  # the last one stays queued
    changes = [sent(delivery.delivery_id) for delivery in leased]
    changes[0] = replace(changes[0], state=DeliveryState.DEAD, sent_at=None)
    changes[1] = replace(changes[1], state=DeliveryState.QUEUED, sent_at=None, next_attempt_at=later(60))
    await database.record(changes)
    assert await database.prune(NOW, 90) == 1200
    counts = await database.counts()
    assert (counts["deliveries_sent"], counts["deliveries_dead"], counts["deliveries_queued"]) == (1, 0, 2)


async def test_a_store_that_takes_writes_says_so(database: Database) -> None:
    assert await database.is_writable()
    await database.close()
    assert not await database.is_writable()


async def test_what_ended_lately_can_be_gone_on_with(database: Database) -> None:
    over = {"state": AlertState.RESOLVED, "resolution": Resolution.RECOVERED}
    before, since = NOW - timedelta(seconds=301), NOW - timedelta(seconds=300)
    ended = [make_alert(2, **over, resolved_at=before), make_alert(3, **over, resolved_at=since)]
    alerts = [make_alert(1), *ended]
    await database.commit(alerts, [], NOW)
    assert await database.resolved_since(since) == alerts[2:]
