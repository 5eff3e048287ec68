"""alertd's eye on itself: the canary, and who outside hears of it, as the configuration wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import aiohttp

from alertd.canary.dead_man import DeadMan
from alertd.canary.judging import Ways, watcher_findings
from alertd.canary.peers import Peers
from alertd.canary.rounds import Canary, Doors
from alertd.clock import Clock
from alertd.config import Settings
from alertd.delivering import Deliveries
from alertd.domain.events import Event, SelfCheck
from alertd.domain.finding import Finding
from alertd.proofs import SinkProofs
from alertd.reloading import critical_sinks_of
from alertd.store.database import Database
from alertd.telemetry import Counters


def ways_of(settings: Settings) -> Ways:
    """Where critical news of each account goes, and which of the sinks take a canary."""
    return Ways(
        routes=critical_sinks_of(settings),
        chats=frozenset(name for name, sink in settings.sinks.items() if sink.takes_canary),
        chat_interval_s=settings.canary.chat_interval_s,
    )


class SelfWatch:
    """`tell` takes what is to be judged as an event; it must not wait."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        proofs: SinkProofs,
        clock: Clock,
        counters: Counters,
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
        tell: Callable[[SelfCheck], None],
    ) -> None:
        self._settings = settings
        self._ways = ways_of(settings)
        self._dead_man = DeadMan(lambda: self._settings.dead_man, clock, counters, tell)
        self._peers = Peers(lambda: self._settings.watch_for, clock, counters, tell)
        doors = Doors(
            deliver=deliver,
            ways=lambda: self._ways,
            proof_of=proofs.one,
            settle=database.settle_canaries,
            tell=tell,
            longest_interval_s=self._longest_interval_s,
            dead_man=self._dead_man,
        )
        self._canary = Canary(lambda: self._settings.canary, doors, clock, counters)

    def serve(self, deliveries: Deliveries) -> None:
        """Let the outbox serve the sink at the end of each round."""
        deliveries.serve(self._canary.sink)

    def use(self, settings: Settings) -> None:
        """Go on under another configuration."""
        self._settings = settings
        self._ways = ways_of(settings)

    def critical_sinks(self, account: str) -> Sequence[str]:
        """The sinks of the route for critical news of an account."""
        return self._ways.routes.get(account, ())

    def trouble(self, account: str) -> str:
        """See `Canary.trouble`."""
        return self._canary.trouble(account)

    def pinged(self, token: str) -> bool:
        """Another alertd gave a sign of life under this token. False: it is nobody's."""
        return self._peers.pinged(token)

    def findings(self) -> list[Finding]:
        """Who watches alertd."""
        return watcher_findings(
            canary=self._settings.canary.enabled, dead_man=self._settings.dead_man.address is not None
        )

    def standing(self) -> Mapping[str, object]:
        """As `/api/v1/status` shows it."""
        return {
            "canary": {
                "enabled": self._settings.canary.enabled,
                "last_through_at": _time(self._canary.through_at),
            },
            "dead_man": {
                "configured": self._settings.dead_man.address is not None,
                "last_ping_at": _time(self._dead_man.reached_at),
            },
            "watch_for": {
                name: {"alive": peer.told, "last_ping_at": _time(peer.pinged_at)}
                for name, peer in self._peers.known.items()
            },
        }

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Until cancelled; a planned stop pings nobody. Raises: an exception group with a StoreError."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._canary.run(), name="canary:rounds")
            tasks.create_task(self._dead_man.run(session), name="canary:dead-man")
            tasks.create_task(self._peers.run(), name="canary:peers")

    def _longest_interval_s(self) -> float:
        """Each ping wants a canary of its own."""
        dead_man = self._settings.dead_man
        return self._settings.canary.interval_s if dead_man.address is None else dead_man.interval_s


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
