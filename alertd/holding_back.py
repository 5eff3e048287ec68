"""What waits for its sink at the end of maintenance tells of figures from before: it waits for the records.

It is held back until the records of the account were compared: what these tell goes out first. At most
for `HELD_BACK_S`: its next attempt in the store is that time. It concerns accounts that were not seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from alertd.clock import Clock

log = structlog.get_logger(__name__)

HELD_BACK_S = 120.0
SENT_WITHIN_S = 5.0  # a sink that takes longer over what comes first is not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """`handled` returns once everything that was delivered before stands in the store; `sent` once all that
    is due was sent, or after so many seconds: a sink takes several messages at once.

    `hold_back`: what was queued for an account before the first time waits until the second; `let_go`: what
    waits until just that time is due now.
    """

    handled: Callable[[], Awaitable[None]]
    sent: Callable[[float], Awaitable[None]]
    hold_back: Callable[[str, datetime, datetime], Awaitable[int]]
    let_go: Callable[[str, datetime], Awaitable[None]]


class _Hold(NamedTuple):
    """What was queued before the first waits until the second."""

    before: datetime
    until: datetime


class Holding:
    """Of all accounts."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._lost: set[str] = set()  # during maintenance, and not compared since
        self._held: dict[str, _Hold] = {}

    def lost(self, account: str) -> None:
        """The account is not seen, and maintenance goes on."""
        self._lost.add(account)

    def leaves(self, account: str) -> None:
        """The account is no longer watched. What is held goes out in its time."""
        self._lost.discard(account)
        self._held.pop(account, None)

    async def hold_back(self, account: str) -> None:
        """A comparison begins, or maintenance has ended: what waits must not go out before it is compared."""
        if account not in self._lost:
            return
        now, hold = self._clock.now(), self._held.get(account)
        if hold is None:
            self._held[account] = hold = _Hold(now, now + timedelta(seconds=HELD_BACK_S))
            log.info("deliveries from before the maintenance wait", account=account, until=str(hold.until))
        if now < hold.until:  # again: what was on its way may have failed, and waits since
            await self._outbox.hold_back(account, *hold)

    async def let_go(self, account: str) -> None:
        """The records were compared: what they told was sent before what waited is due."""
        self._lost.discard(account)
        hold = self._held.get(account)
        if hold is not None:
            await self._outbox.handled()
            await self._outbox.sent(SENT_WITHIN_S)
            await self._outbox.let_go(account, hold.until)
            self._lost.discard(account)  # whoever was lost anew meanwhile was held until the same time
            self._held.pop(account, None)
