"""Carries out what the desk lets go: one task for each intent, never two for one trader of one account.

Everything an intent becomes goes through the pipeline, in its place among all that happens, and is stored
before the next step. So an end at any moment loses nothing: what was on its way stands as SENDING, and is
read first when it goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn, Protocol

import structlog

from alertd.actions import remains
from alertd.actions.desk import ActionDesk
from alertd.actions.moves import Moved, Patience
from alertd.actions.performing import Performer
from alertd.actions.runner import Runner
from alertd.clock import Clock
from alertd.domain.action import ActionChanges, Intent

log = structlog.get_logger(__name__)

LONGEST_WAIT_S = 5.0  # the machine may sleep, and its clock be set
BUSY_WAIT_S = 1.0  # where something is due already that cannot begin, or did not get on


class Acts(Protocol):
    """The pipeline, as far as actions go."""

    @property
    def acts(self) -> ActionDesk:
        """Who decides. Only looked at here."""

    async def act(self, what: Callable[[ActionDesk, datetime], ActionChanges]) -> ActionChanges:
        """Do it in its place among the events; returns once it is durable. Raises: StoreError."""


class Found(NamedTuple):
    """Who carries an intent out, and with how much patience."""

    performer: Performer
    patience: Patience


class PipelineJournal:
    """What runners hand in becomes durable in the pipeline's order."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def record(self, moved: Moved) -> Intent | None:
        """See `Journal`."""
        await self._acts.act(lambda desk, now: desk.progressed(moved.intent, moved.step, now))
        return self._acts.acts.intent(moved.intent.intent_id)

    async def split(self, intent: Intent, traders: Mapping[str, str]) -> None:
        """See `Journal`."""
        await self._acts.act(lambda desk, now: desk.split(intent, traders, now))


class _Party(NamedTuple):
    """Two intents for the same one are never carried out at once."""

    account: str
    trader: str


class Acting:
    """Runs until cancelled; a task that is cancelled with it changes nothing more.

    `performer_of` finds who carries an intent out, as the configuration of now says.
    """

    def __init__(self, acts: Acts, clock: Clock, performer_of: Callable[[Intent], Awaitable[Found]]) -> None:
        self._acts = acts
        self._clock = clock
        self._performer_of = performer_of
        self._journal = PipelineJournal(acts)
        self._wake = asyncio.Event()
        self._busy: set[_Party] = set()
        self._looks_at: dict[str, datetime] = {}  # at what has ended: when next

    def wake(self) -> None:
        """Something about actions has changed."""
        self._wake.set()

    async def run(self) -> NoReturn:
        """Raises: StoreError, in an exception group."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                now = self._clock.now()
                for intent in self._acts.acts.ready(now):
                    self._start(tasks, intent, self._advance)
                for intent in self._to_look_after(now):
                    self._start(tasks, intent, self._look_after)
                await self._rest(now)

    def _start(
        self, tasks: asyncio.TaskGroup, intent: Intent, work: Callable[[Intent], Awaitable[None]]
    ) -> None:
        party = _Party(intent.account, intent.trader)
        if party in self._busy:
            return
        self._busy.add(party)

        async def carry() -> None:
            try:
                await work(intent)
            finally:
                self._busy.discard(party)
                self._wake.set()

        tasks.create_task(carry(), name=f"action:{intent.action}:{intent.account}:{intent.trader}")

    async def _advance(self, intent: Intent) -> None:
        runner = await self._runner(intent)
        await runner.advance(intent)
        after = self._acts.acts.intent(intent.intent_id)
        if after is not None and after.version == intent.version:
            await asyncio.sleep(BUSY_WAIT_S)  # somebody refused the step: not again at once

    async def _look_after(self, intent: Intent) -> None:
        runner = await self._runner(intent)
        await runner.look_after(intent)

    async def _runner(self, intent: Intent) -> Runner:
        found = await self._performer_of(intent)
        return Runner(found.performer, self._journal, self._clock, found.patience)

    def _to_look_after(self, now: datetime) -> list[Intent]:
        """What has ended and is looked at now; the next look is a while later."""
        followed = [
            intent
            for intent in self._acts.acts.intents()
            if intent.has_left or remains.is_unproved(intent, now)
        ]
        later = now + timedelta(seconds=remains.LOOK_EVERY_S)
        looks_at = {one.intent_id: self._looks_at.get(one.intent_id) for one in followed}
        due = [one for one in followed if (at := looks_at[one.intent_id]) is not None and at <= now]
        self._looks_at = {
            intent_id: later if at is None or at <= now else at for intent_id, at in looks_at.items()
        }
        return due

    async def _rest(self, now: datetime) -> None:
        """Until something changes, or is due."""
        times = [*self._looks_at.values()]
        if (due := self._acts.acts.next_due()) is not None:
            times.append(due)
        wait_s = LONGEST_WAIT_S
        if times:
            wait_s = min(wait_s, (min(times) - now).total_seconds())
        try:
            async with asyncio.timeout(wait_s if wait_s > 0 else BUSY_WAIT_S):
                await self._wake.wait()
        except TimeoutError:
            return
