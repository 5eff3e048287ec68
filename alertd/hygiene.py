"""Gathers what is found about all accounts: each finding a line in the log, all of them one message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.domain.events import Event, Findings, Occasion
from alertd.domain.finding import Finding, Grade, by_urgency, worst
from alertd.sinks.finding_words import words_of

log = structlog.get_logger(__name__)

FIRST_LOOK_S = 15.0
# What concerns one account often concerns the others a moment later.
GATHER_S = 2.0
KEY = "key"


class Hygiene:
    """`accounts` gives the names that are configured now."""

    def __init__(
        self,
        accounts: Callable[[], Collection[str]],
        clock: Clock,
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._deliver = deliver
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

    async def run(self) -> NoReturn:
        """Tell once that alertd has started and what was found; later, what was not so before."""
        await self._until_all_were_looked_at()
        at_start = self._to_tell()
        self._told = {finding.name for finding in at_start}
        unchecked = [
            Finding(code="account_unchecked", severity=Grade.WARNING, account=name)
            for name in self._accounts()
            if (name, KEY) not in self._found
        ]
        nobody = Finding(code="no_watcher", severity=Grade.INFO)
        await self._tell(Occasion.START, [*at_start, *unchecked, nobody])
        while True:
            await self._changed.wait()
            await asyncio.sleep(GATHER_S)
            self._changed.clear()
            found = self._to_tell()
            fresh = [
                finding
                for finding in found
                if finding.name not in self._told and finding.severity.rank >= Grade.WARNING.rank
            ]
            self._told = {finding.name for finding in found}
            if fresh:
                await self._tell(Occasion.CHANGE, fresh)

    async def _until_all_were_looked_at(self) -> None:
        try:
            async with asyncio.timeout(FIRST_LOOK_S):
                while not all((name, KEY) in self._found for name in self._accounts()):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return

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

    async def _tell(self, occasion: Occasion, found: Sequence[Finding]) -> None:
        await self._deliver([findings_event(occasion, self._accounts(), found, self._clock.now())])


def findings_event(
    occasion: Occasion, accounts: Collection[str], found: Sequence[Finding], now: datetime
) -> Findings:
    """All of it as one event."""
    ordered = by_urgency(found)
    return Findings(
        event_id=f"findings:{now.timestamp():.6f}",
        exchange="",
        account="",
        received_at=now,
        occasion=occasion,
        worst=worst(ordered),
        codes=tuple(dict.fromkeys(finding.code for finding in ordered)),
        accounts=tuple(accounts),
        findings=tuple(ordered),
    )


_LEVELS = {Grade.OK: "debug", Grade.INFO: "info", Grade.WARNING: "warning"}


def _write_log(finding: Finding) -> None:
    words = words_of(finding, "en")
    more = {"account": finding.account} if finding.account else {}
    more |= {"cure": words.cure} if words.cure else {}
    tell = getattr(log, _LEVELS.get(finding.severity, "error"))
    tell("finding", code=finding.code, severity=str(finding.severity), what=words.what, **more)
