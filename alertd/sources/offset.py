"""One host's clock against ours: measured once for all accounts that connect there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

INTERVAL_S = 3600.0
UNKNOWN_INTERVAL_S = 60.0  # while it was never measured
ALARM_S = 5.0

Measure = Callable[[], Awaitable[float]]


class HostOffset:
    """`seconds`: the host's clock minus ours as measured at `measured_at`; 0 and None until it was.

    `Measure` raises RequestRefused or RequestUnavailable.
    """

    def __init__(self, host: str, clock: Clock, counters: Counters) -> None:
        self.seconds = 0.0
        self.measured_at: datetime | None = None
        self._host = host
        self._clock = clock
        self._counters = counters
        self._accounts: set[str] = set()
        self._asking = asyncio.Lock()
        self._asked_at_s: float | None = None
        self._asked = asyncio.Event()

    async def keep(self, account: str, measure: Measure) -> NoReturn:
        """Keep it young for an account until cancelled: measured now, and after every hour."""
        self._accounts.add(account)
        try:
            while True:
                await self.refresh(measure, self._interval_s())
                self._show()
                await asyncio.sleep(self._age_left_s())
        finally:
            self._accounts.discard(account)

    async def refresh(self, measure: Measure, young_s: float = 0.0) -> None:
        """Measure, unless it was done within `young_s`; of all who ask meanwhile only one does.

        Keeps what is known where the host cannot be asked. The exchange counts these calls per address.
        """
        wanted_s = self._clock.monotonic_s()
        async with self._asking:
            if self._asked_at_s is not None and self._asked_at_s >= wanted_s - young_s:
                return
            try:
                seconds = await measure()
            except (RequestRefused, RequestUnavailable) as exc:
                log.warning("clock offset not measured", host=self._host, reason=str(exc))
            else:
                self._take(seconds)
            self._asked_at_s = self._clock.monotonic_s()
            self._asked.set()

    async def asked_within(self, wait_s: float) -> bool:
        """Until the host was asked for its time once, but no longer than that. False: it was not."""
        try:
            async with asyncio.timeout(wait_s):
                await self._asked.wait()
        except TimeoutError:
            return False
        return True

    def _take(self, seconds: float) -> None:
        self.seconds, self.measured_at = seconds, self._clock.now()
        self._show()
        if abs(seconds) > ALARM_S:
            log.warning("this machine's clock is off", host=self._host, offset_s=round(seconds, 1))

    def _show(self) -> None:
        for account in self._accounts if self.measured_at is not None else ():
            self._counters.set("clock_offset_seconds", self.seconds, account=account)

    def _interval_s(self) -> float:
        return INTERVAL_S if self.measured_at is not None else UNKNOWN_INTERVAL_S

    def _age_left_s(self) -> float:
        """Seconds until it is to be measured again; a little more, so that one is enough."""
        asked_at_s = self._asked_at_s or 0.0
        return max(asked_at_s + self._interval_s() - self._clock.monotonic_s(), 0.0) + 1.0


class HostOffsets:
    """The offset of each host, by the URL of its REST interface."""

    def __init__(self, clock: Clock, counters: Counters) -> None:
        self._clock = clock
        self._counters = counters
        self._of_host: dict[str, HostOffset] = {}

    def of(self, rest_url: str) -> HostOffset:
        """The one offset of that host."""
        return self._of_host.setdefault(rest_url, HostOffset(rest_url, self._clock, self._counters))
