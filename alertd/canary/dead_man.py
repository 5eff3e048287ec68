"""Pings who watches from outside, as long as alerts get out. Silence is the only sign it gives of trouble.

Nothing is sent when alertd stops, and nothing that says "failed": a watcher that waits for a ping notices
each end alike, and a stop that was planned is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

import aiohttp
import structlog

from alertd.canary.settings import DeadManSettings
from alertd.clock import Clock
from alertd.domain.events import Check, SelfCheck
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0
RETRY_AFTER_S = (5.0, 15.0)  # a ping fails for good before the next one is due
TOLD_AFTER = 3  # pings in a row: a watcher's own grace is about as long


class DeadMan:
    """`settings` gives those in force; `tell` hears whether the watcher can be reached."""

    def __init__(
        self,
        settings: Callable[[], DeadManSettings],
        clock: Clock,
        counters: Counters,
        tell: Callable[[SelfCheck], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._counters = counters
        self._tell = tell
        self._wanted = asyncio.Event()
        self._proven = False
        self._due_s: float | None = None  # None: at once
        self._failed = 0  # in a row
        self._reached_at: datetime | None = None
        self._told: bool | None = None  # None: nothing was told by this process

    @property
    def reached_at(self) -> datetime | None:
        """When the watcher last took a ping; None: not since the start."""
        return self._reached_at

    def proven(self, slack_s: float) -> None:
        """A canary was delivered: ping, if that is due within `slack_s`."""
        self._proven = True
        now_s = self._clock.monotonic_s()
        if self._settings().address is None:
            self._due_s = None
            self._say(healthy=True, looked_after=False)
        elif self._due_s is None or now_s >= self._due_s - slack_s:
            self._due_s = now_s + self._settings().interval_s
            self._wanted.set()

    def unproven(self) -> None:
        """No canary was delivered: no ping goes out before the next one is."""
        self._proven = False
        self._due_s = None
        self._wanted.clear()
        if self._settings().address is None:
            self._say(healthy=True, looked_after=False)

    async def run(self, session: aiohttp.ClientSession) -> NoReturn:
        """Ping whenever it is wanted, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._ping(session)

    async def _ping(self, session: aiohttp.ClientSession) -> None:
        reason: str | None = None
        for wait_s in (0.0, *RETRY_AFTER_S):
            await asyncio.sleep(wait_s)
            address = self._settings().address
            if not self._proven or address is None:
                return
            reason = await _get(session, address)
            if reason is None:
                self._reached()
                return
        self._missed(reason or "")

    def _reached(self) -> None:
        if self._failed:
            log.info("outside watcher reached again", after=self._failed)
        self._failed = 0
        self._reached_at = self._clock.now()
        self._counters.add("dead_man_pings_total", outcome="done")
        self._counters.set("dead_man_last_ping_timestamp_seconds", self._reached_at.timestamp())
        self._say(healthy=True)

    def _missed(self, reason: str) -> None:
        self._failed += 1
        self._counters.add("dead_man_pings_total", outcome="failed")
        if self._failed == 1:
            log.warning("outside watcher not reached", reason=reason)
        if self._failed >= TOLD_AFTER:
            self._say(healthy=False, detail=reason)

    def _say(self, *, healthy: bool, detail: str = "", looked_after: bool = True) -> None:
        """The first ping that is taken ends what an earlier process told; so does a watcher taken away."""
        if self._told is healthy:
            return
        self._told = healthy
        now = self._clock.now()
        self._tell(
            SelfCheck(
                event_id=f"self_check:dead_man:{now.timestamp():.6f}",
                exchange="",
                account="",
                received_at=now,
                check=Check.DEAD_MAN,
                healthy=healthy,
                looked_after=looked_after,
                detail=detail,
                since=self._reached_at,
            )
        )


async def _get(session: aiohttp.ClientSession, address: str) -> str | None:
    """None where it was taken; else why not, in words that hold no part of the address."""
    try:
        async with asyncio.timeout(TIMEOUT_S), session.get(address, allow_redirects=False) as answer:
            return None if answer.ok and answer.status < 300 else f"HTTP {answer.status}"
    except TimeoutError:
        return f"no answer within {TIMEOUT_S:g} s"
    except aiohttp.ClientConnectorDNSError:
        return "its name cannot be resolved"
    except aiohttp.ClientConnectorError:
        return "no connection"
    except (aiohttp.ClientError, OSError, ValueError) as exc:
        return f"{type(exc).__name__}: redirected, or the answer was broken"
