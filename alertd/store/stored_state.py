"""What the daemon goes on from after a restart."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from alertd.domain.action import Intent, Switch
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.recollection import RuleMemory
from alertd.domain.silence import Silence
from alertd.store.alert_rows import read_ended_drills, read_last_episodes, read_open_alerts
from alertd.store.delivery_rows import revive_interrupted
from alertd.store.fact_rows import read_fact, write_fact
from alertd.store.intent_rows import count_runs, read_intents, read_switch
from alertd.store.memory_rows import read_memories
from alertd.store.silence_rows import read_silences

_STARTED = "started_before"


class StoredState(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon goes on from. `drills`: ended ones. `first_start`: it was never loaded before.

    `intents`: all that may still matter, oldest first. `finished_runs`: of each action, dry and approved.
    """

    open_alerts: list[Alert]
    last_episodes: dict[Fingerprint, int]
    memories: list[RuleMemory]
    drills: list[Alert]
    silences: list[Silence]
    first_start: bool
    intents: list[Intent]
    finished_runs: Mapping[str, int]
    switch: Switch


def load_state(connection: Connection, since_us: int | None) -> StoredState:
    """Once, before anything is leased: what a dead process was sending becomes `unknown`, due at once.

    `since_us`: without intents that ended before and whose alert is over; None: with all.
    """
    revive_interrupted(connection)
    first_start = read_fact(connection, _STARTED) is None
    if first_start:
        write_fact(connection, _STARTED, "yes")
    return StoredState(
        open_alerts=read_open_alerts(connection),
        last_episodes=read_last_episodes(connection),
        memories=read_memories(connection),
        drills=read_ended_drills(connection),
        silences=read_silences(connection),
        first_start=first_start,
        intents=read_intents(connection, since_us),
        finished_runs=count_runs(connection),
        switch=read_switch(connection),
    )
