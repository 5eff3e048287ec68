"""Notices that the machine slept, or that its clock was set: what was measured before holds no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.flag import Flag

log = structlog.get_logger(__name__)

LOOK_S = 5.0
# What a time service does in small steps is no jump, nor is a thread that was kept waiting.
JUMP_S = 2.0


class ClockGap:
    """How far the wall clock and the monotonic clock have run apart; the latter stands still in sleep."""

    def __init__(self, now: datetime, monotonic_s: float) -> None:
        self._now = now
        self._monotonic_s = monotonic_s

    def since_last(self, now: datetime, monotonic_s: float) -> float:
        """Seconds by which the wall clock gained on the other since the last call; below 0: was set back."""
        gained_s = (now - self._now).total_seconds() - (monotonic_s - self._monotonic_s)
        self._now, self._monotonic_s = now, monotonic_s
        return gained_s


class Waking:
    """Wakes whoever waits, once for each jump."""

    def __init__(self) -> None:
        self._jumped = Flag()

    async def run(self, clock: Clock) -> NoReturn:
        """Look again and again."""
        gap = ClockGap(clock.now(), clock.monotonic_s())
        while True:
            await asyncio.sleep(LOOK_S)
            jump_s = gap.since_last(clock.now(), clock.monotonic_s())
            if abs(jump_s) >= JUMP_S:
                log.warning("the machine slept, or its clock was set", jump_s=round(jump_s, 1))
                self._jumped.set()
                self._jumped = Flag()

    def jump_within(self, wait_s: float) -> Awaitable[bool]:
        """Wait for the next jump, but no longer than that. False: there was none."""
        return self._jumped.within(wait_s)
