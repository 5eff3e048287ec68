"""One host's clock against ours: measured once for all accounts that connect there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.flag import Flag
from alertd.telemetry import Counters
from alertd.waking import Waking

log = structlog.get_logger(__name__)

INTERVAL_S = 3600.0
UNKNOWN_INTERVAL_S = 60.0  # while it was not measured, or not since a clock jumped
ALARM_S = 5.0

Measure = Callable[[], Awaitable[float]]
# Called for each look: the host's clock minus ours, None as long as it was never measured.
Learned = Callable[[float | None], None]


class HostOffset:
    """`seconds`: the host's clock minus ours as measured at `measured_at`; 0 and None until it was.

    `Measure` raises RequestRefused or RequestUnavailable.
    """

    def __init__(self, host: str, clock: Clock, counters: Counters, waking: Waking) -> None:
        self.seconds = 0.0
        self.measured_at: datetime | None = None
        self._host = host
        self._clock = clock
        self._counters = counters
        self._waking = waking
        self._accounts: dict[str, Learned] = {}
        self._holds = False  # measured, and no clock has jumped since
        self._asking = asyncio.Lock()
        self._asked_at_s: float | None = None
        self._asked = Flag()

    async def keep(self, account: str, measure: Measure, learned: Learned) -> NoReturn:
        """Keep it young for an account until cancelled: measured now, every hour and when a clock jumped."""
        self._accounts[account] = learned
        try:
            await self.refresh(measure, self._interval_s())
            while True:
                self._show(account)
                if await self._waking.jump_within(self._age_left_s()):
                    self._holds = False
                    await self.refresh(measure)
                else:
                    await self.refresh(measure, self._interval_s())
        finally:
            del self._accounts[account]

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
        return await self._asked.within(wait_s)

    def _take(self, seconds: float) -> None:
        self.seconds, self.measured_at, self._holds = seconds, self._clock.now(), True
        for account in self._accounts:
            self._show(account)
        if abs(seconds) > ALARM_S:
            log.warning("this machine's clock is off", host=self._host, offset_s=round(seconds, 1))

    def _show(self, account: str) -> None:
        if self.measured_at is None:
            self._accounts[account](None)
            return
        self._accounts[account](self.seconds)
        self._counters.set("clock_offset_seconds", self.seconds, account=account)

    def _interval_s(self) -> float:
        return INTERVAL_S if self._holds else UNKNOWN_INTERVAL_S

    def _age_left_s(self) -> float:
        """Seconds until it is to be measured again; a little more, so that one is enough."""
        asked_at_s = self._asked_at_s or 0.0
        return max(asked_at_s + self._interval_s() - self._clock.monotonic_s(), 0.0) + 1.0


class HostOffsets:
    """The offset of each host, by the URL of its REST interface."""

    def __init__(self, clock: Clock, counters: Counters, waking: Waking) -> None:
        self._clock = clock
        self._counters = counters
        self._waking = waking
        self._of_host: dict[str, HostOffset] = {}

    def of(self, rest_url: str) -> HostOffset:
        """The one offset of that host."""
        return self._of_host.setdefault(
            rest_url, HostOffset(rest_url, self._clock, self._counters, self._waking)
        )
