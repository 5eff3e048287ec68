"""One endpoint of one account, asked again and again: whole state at intervals, where nothing is pushed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import NoReturn

import structlog

from alertd.clock import Clock
from alertd.domain.coverage import StreamSight
from alertd.domain.errors import AlertdError, LoginRefused, RequestRefused, RequestUnavailable
from alertd.domain.events import CoverageCause, CoverageState
from alertd.sources.polling import Endpoint, PollRecord, Unasked, parked, refusal_of
from alertd.sources.standing import Standing
from alertd.sources.telling import CoverageDesk, CoverageTeller
from alertd.supervise import supervise
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)

_DICE = random.Random()
# Asks once. Gives what of the answer could not be read, None where all could; UNASKED where there was nothing
# to ask, which proves nothing. `after_gap`: nothing was seen before, or too long ago.
Ask = Callable[[bool], Awaitable[str | Unasked | None]]


class Poller:
    """Asks as its endpoint says, and tells `desk` whenever its standing changes.

    `ask` raises RequestRefused or RequestUnavailable, after whatever repeats help a single call.
    """

    def __init__(
        self,
        *,
        account: str,
        exchange_name: str,
        endpoint: Endpoint,
        ask: Ask,
        clock: Clock,
        desk: CoverageDesk,
        counters: Counters,
        dice: Callable[[], float] = _DICE.random,
    ) -> None:
        self.endpoint = endpoint
        self._account = account
        self._ask = ask
        self._clock = clock
        self._counters = counters
        self._dice = dice
        self._record = PollRecord(endpoint, clock.monotonic_s())
        self._parked: Standing | None = None
        self._told = CoverageTeller(
            exchange_name=exchange_name, account=account, service=endpoint.name, clock=clock, desk=desk
        )
        self._good = counters.cell("polls_total", account=account, stream=endpoint.name, outcome="good")
        self._bad = counters.cell("polls_total", account=account, stream=endpoint.name, outcome="failed")

    async def run(self) -> NoReturn:
        """Ask for ever. Raises: LoginRefused; nothing is asked after it."""
        self._told.begin()
        await asyncio.sleep(self._dice() * min(self.endpoint.interval_s, 1.0))
        await supervise(self._ask_on, self._failed, self._delays)

    def keep_to(self, endpoint: Endpoint) -> None:
        """Another rhythm from now on."""
        self.endpoint = self._record.endpoint = endpoint

    async def park(self, refusal: LoginRefused) -> None:
        """Tell that nothing is seen any more: the account was refused. After `run` ended."""
        self._parked = parked(refusal)
        await self._told.tell(self._parked)

    def sight(self) -> StreamSight:
        """What it shows now."""
        now_s = self._clock.monotonic_s()
        standing = self._parked or self._record.standing(now_s)
        since = self._told.since
        if standing.state is CoverageState.BLIND and self._parked is None:
            since = self._record.blind_since(self._clock.now(), now_s) or since
        return StreamSight(
            name=self.endpoint.name,
            essential=self.endpoint.essential,
            state=standing.state,
            cause=CoverageCause(standing.cause) if standing.cause else None,
            code=standing.code,
            detail=standing.detail,
            since=since,
        )

    async def _ask_on(self) -> NoReturn:
        while True:
            try:
                unread = await self._ask(self._record.is_missed(self._clock.monotonic_s()))
            except (RequestRefused, RequestUnavailable) as exc:
                await self._note(exc)
                raise
            if unread is not Unasked.UNASKED:
                self._good.value += 1
                self._record.answered(self._clock.now(), self._clock.monotonic_s(), unread)
                await self._tell()
            await asyncio.sleep(self._record.wait_s(self._dice()))

    async def _note(self, exc: RequestRefused | RequestUnavailable) -> None:
        """Raises: LoginRefused where the credentials are refused."""
        self._bad.value += 1
        refusal = refusal_of(exc) if isinstance(exc, RequestRefused) else None
        if refusal is not None:
            raise refusal from exc
        self._record.failed(exc, self._clock.monotonic_s())
        await self._tell()

    async def _tell(self) -> None:
        await self._told.tell(self._record.standing(self._clock.monotonic_s()))

    def _failed(self, exc: Exception, delay_s: float) -> None:
        if not isinstance(exc, AlertdError):
            log.error(
                "poll failed unexpectedly",
                account=self._account,
                stream=self.endpoint.name,
                retry_in_s=round(delay_s, 1),
                exc_info=exc,
            )
            self._record.failed(exc, self._clock.monotonic_s())

    def _delays(self) -> Iterator[float]:
        while True:
            yield self._record.wait_s(self._dice())
