"""Watches other alertds from outside: each pings whenever it got a canary through, and this one misses it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.canary.settings import PeerSettings
from alertd.clock import Clock
from alertd.domain.events import Check, SelfCheck
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

LOOK_S = 5.0


@dataclass(slots=True)
class Peer:
    """`awaited_since_s`: the last ping, or when waiting began. `told`: what was said of it."""

    awaited_since_s: float
    pinged_at: datetime | None = None
    told: bool | None = None


class Peers:
    """`settings` gives those in force, by name; `tell` hears who fell silent and who is back."""

    def __init__(
        self,
        settings: Callable[[], Mapping[str, PeerSettings]],
        clock: Clock,
        counters: Counters,
        tell: Callable[[SelfCheck], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._counters = counters
        self._tell = tell
        self._peers: dict[str, Peer] = {}
        self._looked_s = clock.monotonic_s()

    @property
    def known(self) -> Mapping[str, Peer]:
        """Those that are watched: a live view."""
        return self._peers

    def pinged(self, token: str) -> bool:
        """A sign of life came under this token. False: nobody has it. Takes as long whoever has it."""
        given = token.encode("utf-8", "surrogatepass")
        names = [
            name
            for name, peer in self._settings().items()
            if hmac.compare_digest(given, peer.token.get_secret_value().encode())
        ]
        for name in names:
            peer = self._peers.setdefault(name, Peer(self._clock.monotonic_s()))
            peer.awaited_since_s, peer.pinged_at = self._clock.monotonic_s(), self._clock.now()
            self._counters.add("peer_pings_total", peer=name)
            self._say(name, peer, healthy=True)
        return bool(names)

    async def run(self) -> NoReturn:
        """Look, and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Who has been silent too long. Time in which this process stood still counts for nobody."""
        now_s, settings = self._clock.monotonic_s(), self._settings()
        stood_still_s = now_s - self._looked_s - LOOK_S
        self._looked_s = now_s
        for name in [name for name in self._peers if name not in settings]:
            del self._peers[name]
            self._counters.forget("peer", name)
        for name, wanted in settings.items():
            peer = self._peers.setdefault(name, Peer(now_s))
            if stood_still_s > LOOK_S:
                peer.awaited_since_s = min(peer.awaited_since_s + stood_still_s, now_s)
            if now_s - peer.awaited_since_s > wanted.after_s:
                self._say(name, peer, healthy=False)

    def _say(self, name: str, peer: Peer, *, healthy: bool) -> None:
        """The first ping ends what an earlier process told."""
        if peer.told is healthy:
            return
        peer.told = healthy
        self._counters.set("peer_alive", float(healthy), peer=name)
        if not healthy:
            log.error("another alertd is silent", name=name)
        now = self._clock.now()
        self._tell(
            SelfCheck(
                event_id=f"self_check:peer:{name}:{now.timestamp():.6f}",
                exchange="",
                account="",
                received_at=now,
                check=Check.PEER,
                name=name,
                healthy=healthy,
                since=peer.pinged_at,
            )
        )
