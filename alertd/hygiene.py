"""Gathers what is found about all accounts: each finding a line in the log, all of them one message.

The first one is the start message; when it is told, and what it says of the time before, is decided elsewhere
(`homecoming.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.domain.events import Event, Findings, Occasion
from alertd.domain.finding import Finding, Grade, by_urgency, worst
from alertd.domain.presence import Comeback
from alertd.presence.comeback import grade
from alertd.sinks.finding_words import words_of

log = structlog.get_logger(__name__)

FIRST_LOOK_S = 15.0
# What concerns one account often concerns the others a moment later.
GATHER_S = 2.0
KEY = "key"


class Hygiene:
    """`accounts` gives the names that are configured now, `beside` what else the start message is to say."""

    def __init__(
        self,
        accounts: Callable[[], Collection[str]],
        clock: Clock,
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
        beside: Callable[[], Sequence[Finding]] = lambda: (),
        awaited: Callable[[], Collection[tuple[str, str]]] = lambda: (),
    ) -> None:
        """`awaited`: what else is to be looked at before the start is told, as account and part."""
        self._accounts = accounts
        self._awaited = awaited
        self._clock = clock
        self._deliver = deliver
        self._beside = beside
        self._begun = asyncio.Event()
        self._found: dict[tuple[str, str], Sequence[Finding]] = {}
        self._changed = asyncio.Event()
        self._told: set[str] = set()

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        """What a look at one part of an account found; it replaces what the last look at it found."""
        before = {finding.name for finding in self._found.get((account, part), ())}
        self._found[account, part] = found
        for finding in found:
            if finding.name not in before:
                _write_log(finding)
        self._changed.set()

    async def looked_at(self) -> None:
        """Wait until every account was looked at, and all else that is awaited, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_S):
                while not self._all_looked_at():
                    self._changed.clear()
                    await self._changed.wait()

    def _all_looked_at(self) -> bool:
        keys = ((name, KEY) for name in self._accounts())
        return all(one in self._found for one in (*keys, *self._awaited()))

    def found(self) -> list[Finding]:
        """All that is not simply well now, the worst first."""
        unchecked = [
            Finding(code="account_unchecked", severity=Grade.WARNING, account=name)
            for name in self._accounts()
            if (name, KEY) not in self._found
        ]
        beside = [finding for finding in self._beside() if finding.severity is not Grade.OK]
        return by_urgency([*self._to_tell(), *unchecked, *beside])

    async def tell_start(self, comeback: Comeback) -> None:
        """Tell that alertd has started, how, and what was found."""
        self._note()
        await self._tell(Occasion.START, self.found(), comeback)
        self._begun.set()

    def pass_over(self) -> None:
        """The start is not told: what was found until now is no news later."""
        self._note()
        self._begun.set()

    async def run(self) -> NoReturn:
        """Once the start is told, or passed over: tell what was not so before."""
        await self._begun.wait()
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_S)
            self._changed.clear()
            found, told = self._to_tell(), self._told
            self._note()
            fresh = [
                finding
                for finding in found
                if finding.name not in told and finding.severity.rank >= Grade.WARNING.rank
            ]
            if fresh:
                await self._tell(Occasion.CHANGE, fresh)

    def _note(self) -> None:
        self._told = {finding.name for finding in self._to_tell()}

    def _to_tell(self) -> list[Finding]:
        """What is found now and is not simply well, the worst first."""
        names = self._accounts()
        return by_urgency(
            finding
            for (account, _), found in self._found.items()
            if account in names
            for finding in found
            if finding.severity is not Grade.OK
        )

    async def _tell(
        self, occasion: Occasion, found: Sequence[Finding], comeback: Comeback | None = None
    ) -> None:
        now = self._clock.now()
        await self._deliver([findings_event(occasion, self._accounts(), found, now, comeback)])


def findings_event(
    occasion: Occasion,
    accounts: Collection[str],
    found: Sequence[Finding],
    now: datetime,
    comeback: Comeback | None = None,
    event_id: str = "",
) -> Findings:
    """All of it as one event. `event_id`: where the same may be told again, and is to count once."""
    ordered = by_urgency(found)
    return Findings(
        event_id=event_id or f"findings:{now.timestamp():.6f}",
        exchange="",
        account="",
        received_at=now,
        occasion=occasion,
        worst=max(worst(ordered), grade(comeback), key=lambda one: one.rank),
        codes=tuple(dict.fromkeys(finding.code for finding in ordered)),
        accounts=tuple(accounts),
        findings=tuple(ordered),
        comeback=comeback,
    )


_LEVELS = {Grade.OK: "debug", Grade.INFO: "info", Grade.WARNING: "warning"}


def _write_log(finding: Finding) -> None:
    words = words_of(finding, "en")
    more = {"account": finding.account} if finding.account else {}
    more |= {"cure": words.cure} if words.cure else {}
    tell = getattr(log, _LEVELS.get(finding.severity, "error"))
    tell("finding", code=finding.code, severity=str(finding.severity), what=words.what, **more)
