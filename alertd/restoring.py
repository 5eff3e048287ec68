"""What a start goes on from: alerts and what rules remember, as stored, under the configuration of now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from alertd.alerts.lifecycle import Lifecycle
from alertd.alerts.orphans import set_apart
from alertd.domain.events import Coverage
from alertd.heralding import tell_afresh
from alertd.rules.memories import Memories
from alertd.ruling import Ruling
from alertd.store.database import Database
from alertd.store.stored_state import StoredState


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """`coverage_told`: what people were last told of accounts that were not watched."""

    ruling: Ruling
    lifecycle: Lifecycle
    memories: Memories
    coverage_told: Sequence[Coverage]
    is_first_start: bool


async def restore(database: Database, stored: StoredState, ruling: Ruling, now: datetime) -> Restored:
    """End what nothing judges any more, and take up the rest. Raises: StoreError."""
    going_on, ended = set_apart(stored.open_alerts, ruling.configured, now)
    if ended:
        await database.commit(ended, [], now)
    lifecycle = Lifecycle(
        going_on,
        stored.last_episodes,
        ruling.router.remind_after,
        ruling.labels,
        ruling.router,
        stored.drills,
        silences=stored.silences,
        muting=ruling.muting,
        recovered=await database.resolved_since(now - timedelta(seconds=ruling.longest_damping_s)),
    )
    memories = Memories(ruling.engine.looking_back, ruling.labels)
    tell_afresh(memories.restore(stored.memories))
    return Restored(
        ruling=ruling,
        lifecycle=lifecycle,
        memories=memories,
        coverage_told=[alert.event for alert in going_on if isinstance(alert.event, Coverage)],
        is_first_start=stored.first_start,
    )
