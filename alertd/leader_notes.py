"""Keeps what is remembered of the lead traders of one account, each as a fact of the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from alertd.clock import Clock
from alertd.domain.events import LeadTradeFailed
from alertd.leading.followed import Followed, followed_of
from alertd.leading.limits import Limits, learned, limits_of
from alertd.relating import Facts

KEPT_EVERY_S = 600.0  # without news: after a restart so much is compared again


class LeaderNotes:
    """Of one account. `handled` returns once everything delivered before stands in the store.

    Raises, in each call: StoreError.
    """

    def __init__(
        self, account: str, facts: Facts, handled: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        self._account = account
        self._facts = facts
        self._handled = handled
        self._clock = clock
        self._known: dict[str, Followed] = {}
        self._kept: dict[str, Followed] = {}
        self._kept_at_s: dict[str, float] = {}
        self._named: tuple[str, ...] | None = None
        self._limits: Limits | None = None

    async def of(self, trader: str) -> Followed:
        """What is known of it; empty for a stranger."""
        if trader not in self._known:
            self._known[trader] = followed_of(await self._facts.read_fact(self._key(trader)))
        return self._known[trader]

    async def put(self, trader: str, known: Followed) -> None:
        """Durable once what was told of it is. How a trader stands is told again anyway, so that may wait."""
        self._known[trader] = known
        before, now_s = self._kept.get(trader), self._clock.monotonic_s()
        has_news = before is None or _counted(before) != _counted(known)
        if not has_news and now_s - self._kept_at_s.get(trader, 0.0) < KEPT_EVERY_S:
            return
        await self._handled()
        await self._facts.write_fact(self._key(trader), known.encoded())
        self._kept[trader], self._kept_at_s[trader] = known, now_s

    async def drop(self, trader: str) -> None:
        """Nobody follows it any more."""
        await self._handled()
        await self._facts.write_fact(self._key(trader), "")
        self._known.pop(trader, None)
        self._kept.pop(trader, None)

    async def named(self) -> tuple[str, ...]:
        """Who is followed, as last kept."""
        if self._named is None:
            stored = await self._facts.read_fact(self._index_key)
            self._named = tuple(stored.split()) if stored else ()
        return self._named

    async def name(self, traders: frozenset[str]) -> None:
        """From now on these are followed."""
        now = tuple(sorted(traders))
        if now != await self.named():
            await self._facts.write_fact(self._index_key, " ".join(now))
            self._named = now

    async def limits(self, noticed: Sequence[LeadTradeFailed]) -> Limits:
        """Of leading, with what these notices name."""
        if self._limits is None:
            self._limits = limits_of(await self._facts.read_fact(self._limits_key))
        limits = self._limits
        for event in noticed:
            limits = learned(limits, event)
        if limits != self._limits:
            await self._facts.write_fact(self._limits_key, limits.encoded())
            self._limits = limits
        return limits

    def _key(self, trader: str) -> str:
        return f"leader:{self._account}:{trader}"

    @property
    def _index_key(self) -> str:
        return f"leaders:{self._account}"

    @property
    def _limits_key(self) -> str:
        return f"lead_limits:{self._account}"


def _counted(known: Followed) -> tuple[object, ...]:
    """What changes with an event, or with an answer that must not be forgotten."""
    return known.view, known.revision, known.missed, known.is_gone, known.book and known.book.revision
