"""What is polled of a follower at Toobit: its copied positions, and the money that copies each leader.

What an answer means is decided in `exchanges/toobit/`; here it is asked, delivered and remembered, in that
order: a killed process finds again what it had not delivered.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from alertd.clock import Clock
from alertd.domain.copy_digest import CopiedFigures
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.events import Event
from alertd.exchanges.toobit import digest_figures, pools
from alertd.exchanges.toobit.closings import liquidated
from alertd.exchanges.toobit.copies import CopyBook
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.held import Held, Polled
from alertd.exchanges.toobit.models import FollowedLeader, FollowOrder, Rows
from alertd.exchanges.toobit.wire import BadRow
from alertd.leading.latest import Latest

log = structlog.get_logger(__name__)

UNITS_KEPT_EVERY_S = 600.0
SEEN_LATELY_S = 300.0  # what was seen earlier says nothing of now


class Facts(Protocol):
    """Single facts, durable."""

    async def read_fact(self, key: str) -> str | None:
        """None where it was never written."""

    async def write_fact(self, key: str, value: str) -> None:
        """Insert or replace."""


class FollowingDoors(msgspec.Struct, frozen=True):
    """`handled` returns once everything that was delivered before stands in the store. `facts` None: nothing
    outlives the process. `compared`: begun then, the first look after a gap found so much that was missed.
    """

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]
    facts: Facts | None
    compared: Callable[[datetime, int], Awaitable[None]]


class Following:
    """Of one account. The `look_...` give what could not be read, None where all could.

    They raise RequestRefused, RequestUnavailable and StoreError.
    """

    def __init__(self, account: str, calls: FollowerCalls, doors: FollowingDoors, clock: Clock) -> None:
        self.book = CopyBook()
        self._account = account
        self._calls = calls
        self._doors = doors
        self._clock = clock
        self._known: pools.Known | None = None
        self._kept: pools.Known | None = None
        self._kept_at_s = clock.monotonic_s()
        self._missing: frozenset[str] = frozenset()
        self._orders: Latest[Rows[FollowOrder]] = Latest(SEEN_LATELY_S)
        self._leaders: Latest[Rows[FollowedLeader]] = Latest(SEEN_LATELY_S)

    def figures(self) -> CopiedFigures:
        """How copying stands, as seen lately."""
        now_s = self._clock.monotonic_s()
        is_seen = self._orders.get(now_s) is not None and self.book.count is not None
        positions = self.book.open_positions(self._account) if is_seen else None
        return digest_figures.copied(self._leaders.get(now_s), positions)

    async def look_at_orders(self, after_gap: bool) -> str | None:
        """What is copied now, and how what is not any more has ended."""
        began_at, is_first = self._clock.now(), self.book.count is None
        rows = await self._calls.orders()
        self._orders.put(rows, self._clock.monotonic_s())
        ending = self.book.ending(rows)
        endings = await self._endings(ending) if ending else ()
        is_recorded = endings is not None and not (is_first and after_gap)
        polled = Polled(self._account, self._clock.now(), after_gap, is_recorded=is_recorded)
        await self._doors.deliver([*(endings or ()), *self.book.take(rows, polled)])
        if after_gap:
            await self._doors.compared(began_at, len(ending))
        return unread(rows.bad, is_null=rows.is_null)

    async def look_at_leaders(self, after_gap: bool) -> str | None:
        """Who is copied, and how the money of each stands."""
        known = await self._remembered()
        rows = await self._calls.leaders()
        self._leaders.put(rows, self._clock.monotonic_s())
        polled = Polled(self._account, self._clock.now(), after_gap)
        compared = pools.compare(rows, known, self._missing, polled)
        await self._doors.deliver(compared.events)
        self._known, self._missing = compared.known, compared.missing
        await self._keep(compared.known)
        return unread(rows.bad, is_null=rows.is_null)

    async def _endings(self, ending: Sequence[Held]) -> Sequence[Event] | None:
        """Liquidations among them; None where the records could not be read."""
        try:
            page = await self._calls.history()
        except (RequestRefused, RequestUnavailable) as exc:
            log.warning("closed copies not read", account=self._account, reason=str(exc))
            return None
        if page.is_null:
            return None
        return liquidated(ending, page.items, Polled(self._account, self._clock.now()))

    async def _remembered(self) -> pools.Known:
        if self._known is None:
            facts = self._doors.facts
            stored = await facts.read_fact(self._key) if facts is not None else None
            self._known = self._kept = pools.known_of(stored)
        return self._known

    async def _keep(self, known: pools.Known) -> None:
        """Durable once what was told of it is; figures alone from time to time."""
        now_s = self._clock.monotonic_s()
        if not known.is_news_to(self._kept) and now_s - self._kept_at_s < UNITS_KEPT_EVERY_S:
            return
        if self._doors.facts is None:
            return
        await self._doors.handled()
        await self._doors.facts.write_fact(self._key, known.encoded())
        self._kept, self._kept_at_s = known, now_s

    @property
    def _key(self) -> str:
        return leaders_key(self._account)


def leaders_key(account: str) -> str:
    """Of the fact: whom it copied at the last look, see `pools.Known`."""
    return f"toobit_leaders:{account}"


def unread(bad: Sequence[BadRow], *, is_null: bool) -> str | None:
    """What of an answer could not be read; None: nothing."""
    if is_null:
        return "null stands where a list is documented"
    return "; ".join(row.reason for row in bad[:3])[:200] or None
