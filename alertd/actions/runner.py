"""Carries an intent on by one move: read, ask where it is needed; each step is stored before the next.

A move ends where the intent waits. Whoever finds an intent after a crash makes its next move just the same:
there is no other way to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeVar

import structlog

from alertd.actions import machine, remains
from alertd.actions.copied import TradersUnproved
from alertd.actions.machine import Wish
from alertd.actions.moves import Moved, Patience, Why
from alertd.actions.performing import Answer, Performer, Reading, Said, Seen
from alertd.clock import Clock
from alertd.domain.action import Intent, IntentState
from alertd.domain.errors import RequestRefused, RequestUnavailable

T = TypeVar("T")

log = structlog.get_logger(__name__)

CALL_WITHIN_S = 60.0  # several requests in turn; each has a limit of its own
FAULT = "fault"  # of ours


class Untold(NamedTuple):
    """Why the traders could not be read: the exchange's code, its words."""

    code: str
    detail: str


class Journal(Protocol):
    """Where versions of intents are stored, in their place among all that happens."""

    async def record(self, moved: Moved) -> Intent | None:
        """Returns once it is durable, with what stands: not what was handed in, where it was called off, or
        where somebody else was first; None where it is not known any more. Raises: StoreError.
        """

    async def split(self, intent: Intent, traders: Mapping[str, str]) -> None:
        """An intent for each of the traders (name by id) takes the place of this one; without any, it ends.

        Raises: StoreError.
        """


class Runner:
    """For one performer; it remembers nothing from move to move."""

    def __init__(self, performer: Performer, journal: Journal, clock: Clock, patience: Patience) -> None:
        self._performer = performer
        self._journal = journal
        self._clock = clock
        self._patience = patience

    async def advance(self, intent: Intent) -> None:
        """The next move, if it is time for one. Cancelled, it leaves the last step that is stored.

        Raises: StoreError.
        """
        wanted = machine.wish(intent, self._clock.now())
        if wanted is Wish.RESOLVE:
            await self._resolve(intent)
        elif wanted is Wish.READ:
            reading = await self._read(intent)
            moved = machine.after_reading(intent, reading, self._clock.now(), self._patience)
            stands = await self._journal.record(moved)
            if stands is not None and stands.state is IntentState.SENDING and stands == moved.intent:
                await self._send(stands)

    async def look_after(self, intent: Intent) -> None:
        """Look once at what an intent that has ended left. Raises: StoreError."""
        if remains.is_unproved(intent, self._clock.now()):
            late = remains.after_late_reading(intent, await self._read(intent), self._clock.now())
        elif intent.has_left:
            late = remains.after_rest(intent, await self._read(intent), self._clock.now())
        else:
            late = None
        if late is not None:
            await self._journal.record(late)

    async def _send(self, intent: Intent) -> None:
        """It stands in the store that the request leaves now. What is not answered may have been taken."""
        answer = await _sound(
            self._performer.send(intent),
            intent,
            lambda fault: Answer(said=Said.UNKNOWN, code=FAULT, detail=fault),
        )
        await self._journal.record(machine.after_answer(intent, answer, self._clock.now(), self._patience))

    async def _read(self, intent: Intent) -> Reading:
        return await _sound(
            self._performer.read(intent),
            intent,
            lambda fault: Reading(seen=Seen.UNREADABLE, code=FAULT, detail=fault),
        )

    async def _resolve(self, intent: Intent) -> None:
        """That there is nobody is believed where two readings in turn show it."""
        found = await _sound(self._traders(), intent, lambda fault: Untold(FAULT, fault))
        if not found and intent.reason != Why.NOBODY_SHOWN:
            found = Untold(Why.NOBODY_SHOWN, "")
        if isinstance(found, Untold):
            now = self._clock.now()
            unread = Reading(seen=Seen.UNREADABLE, code=found.code, detail=found.detail)
            await self._journal.record(machine.after_reading(intent, unread, now, self._patience))
        else:
            await self._journal.split(intent, found)

    async def _traders(self) -> Mapping[str, str] | Untold:
        try:
            return await self._performer.traders()
        except RequestRefused as exc:
            return Untold(exc.code, exc.detail)
        except TradersUnproved as exc:
            return Untold(Why.TRADERS_UNPROVED, str(exc))
        except RequestUnavailable as exc:
            return Untold("", str(exc))


async def _sound(work: Awaitable[T], intent: Intent, otherwise: Callable[[str], T]) -> T:
    """What a performer gives in time. It raises nothing that an exchange or the network does: what it does
    raise is a bug, which is told, and no reason for the daemon to end.
    """
    try:
        async with asyncio.timeout(CALL_WITHIN_S):
            return await work
    except Exception as exc:
        log.error(
            "action fault",
            action=intent.action,
            account=intent.account,
            trader=intent.trader,
            error=repr(exc),
            exc_info=exc,
        )
        return otherwise(type(exc).__name__)
