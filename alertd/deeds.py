"""What alertd does to accounts, while it runs: tries what it may do, carries out what the desk lets go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from alertd.acting import Acting
from alertd.action_world import ActionWorld
from alertd.actions.desk import ActionDesk
from alertd.config import Settings
from alertd.copied_before import copied_before
from alertd.coverage.account import AccountCoverage
from alertd.performers import Performers
from alertd.pipeline import Pipeline
from alertd.rehearsing import Rehearsing
from alertd.restoring import Restored
from alertd.store.stored_state import StoredState
from alertd.surroundings import Surroundings


def desk_of(
    stored: StoredState,
    restored: Restored,
    settings: Callable[[], Settings],
    coverage: Callable[[], Mapping[str, AccountCoverage]],
) -> ActionDesk:
    """Goes on from what is stored, under the configuration of now."""
    return ActionDesk(
        restored.ruling.plans,
        restored.ruling.triggers,
        intents=stored.intents,
        finished_runs=stored.finished_runs,
        switch=stored.switch,
        world=ActionWorld(settings, restored.lifecycle, coverage),
    )


class Deeds:
    """All of it, built once for a process. `settings`: those in force, asked each time."""

    def __init__(self, settings: Callable[[], Settings], pipeline: Pipeline, shared: Surroundings) -> None:
        performers = Performers(
            settings, shared, lambda: pipeline.acts.switch.on, partial(copied_before, shared.records)
        )
        self._acting = Acting(pipeline, shared.clock, performers.of)
        self._rehearsing = Rehearsing(
            lambda: pipeline.acts.plans,
            performers,
            shared.clock,
            shared.report,
            lambda: bool(pipeline.acts.ready(shared.clock.now())),
        )
        pipeline.on_acted = self._acting.wake

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[Any]]:
        """Begin with what a former process left. Cancelled, each case stands as it was stored last."""
        return [
            tasks.create_task(self._acting.run(), name="actions"),
            tasks.create_task(self._rehearsing.run(), name="actions:rehearsing"),
        ]
