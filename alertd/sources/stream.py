"""One stream of one account, kept up for ever: connect, watch, tell how it stands, connect again."""

from __future__ import annotations

import asyncio
import math
import ssl as tls
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import aiohttp
import structlog

from alertd.clock import Clock
from alertd.domain.coverage import StreamSight
from alertd.domain.errors import AlertdError, ClockRefused, LoginRefused, NotReached
from alertd.domain.events import CoverageCause, CoverageState, Event
from alertd.domain.stream import KeptFrame
from alertd.flag import Flag
from alertd.sources.connection import Connection, Endpoint
from alertd.sources.counting import StreamCounts
from alertd.sources.pacing import ConnectPacer
from alertd.sources.protocol import StreamExchange, StreamProtocol, StreamState
from alertd.sources.reconnect import LoginHistory, ReconnectDelays
from alertd.sources.standing import after_end, while_live
from alertd.sources.succession import Attend, Succession
from alertd.sources.telling import CoverageDesk, CoverageTeller
from alertd.sources.timing import SessionCodes, StreamTiming
from alertd.sources.turns import Caller
from alertd.sources.unread import UnreadFrames
from alertd.supervise import supervise
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)


class Stream:
    """Delivers the events of one stream in order, and tells `desk` whenever its standing changes.

    `offset_s` is the exchange's clock minus ours. `service` names the stream within its account, `place`
    counts them from the most important one, 0. `on_live` is called whenever a connection has become the one
    that counts, after its standing was told.
    """

    def __init__(
        self,
        *,
        account: str,
        service: str,
        exchange: StreamExchange,
        url: str,
        session: aiohttp.ClientSession,
        ssl: tls.SSLContext | None,
        clock: Clock,
        pacer: ConnectPacer,
        offset_s: Callable[[], float],
        measure_offset: Callable[[], Awaitable[None]],
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
        desk: CoverageDesk,
        keep_frame: Callable[[KeptFrame], None],
        counters: Counters,
        timing: StreamTiming,
        codes: SessionCodes | None = None,
        exchange_name: str = "okx",
        place: int = 0,
        on_live: Callable[[], None] = lambda: None,
    ) -> None:
        self._account = account
        self._service = service
        self._place = place
        self._exchange = exchange
        self._endpoint = Endpoint(session, url, ssl)
        self._clock = clock
        self._pacer = pacer
        self._offset_s = offset_s
        self._measure_offset = measure_offset
        self._deliver = deliver
        self._counts = StreamCounts(counters, account, service)
        self._timing = timing
        self._on_live = on_live
        self._codes = codes or SessionCodes()
        self._logins = LoginHistory(self._codes)
        self._delays = ReconnectDelays()
        self._replacement_delays = ReconnectDelays()
        self._unread = UnreadFrames(account, service, clock, keep_frame, counters)
        self._traffic = self._counts.traffic(wanted.channel for wanted in exchange.subscriptions())
        self._live_since_s: float | None = None
        self._blind_since_s: float | None = None
        self._origin = url[: url.find("/", url.find("//") + 2)]
        self._was_reached = True
        self._logged_in = Flag()
        self._coverage = CoverageTeller(
            exchange_name=exchange_name, account=account, service=service, clock=clock, desk=desk
        )
        self._succession: Succession | None = None

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._account, stream=self._service)

    async def run(self) -> NoReturn:
        """Connect for ever. Raises: LoginRefused, once that was told; nothing is tried after it."""
        self._coverage.begin()
        self._blind_since_s = self._clock.monotonic_s()
        await supervise(
            self._connect_once,
            self._count_retry,
            self._delays.__iter__,
            healthy_after_s=math.inf,
            rest=self._rest,
        )

    async def first_login_within(self, wait_s: float) -> None:
        """Wait until a login was accepted for the first time, but no longer than that."""
        await self._logged_in.within(wait_s)

    async def park(self, refusal: LoginRefused, *, always: bool = False) -> None:
        """Tell that nothing is seen any more: the account was refused. After `run` ended.

        Not where nothing was told of this stream before, unless `always`.
        """
        if always or self._coverage.has_told:
            await self._coverage.tell(after_end(refusal))

    def sight(self, *, essential: bool, has_rhythm: bool) -> StreamSight:
        """What it shows now. `essential`: without it nothing of the account is seen.

        `has_rhythm`: its carrier channels are known to push regularly, shown on this connection or not.
        """
        standing, protocol = self._coverage.standing, None
        late_s = silent_s = 0.0
        if standing is None:
            return StreamSight(name=self._service, essential=essential, since=self._coverage.since)
        if self._succession is not None and standing.state is not CoverageState.BLIND:
            protocol = self._succession.protocol
        if protocol is not None:
            late_s, silent_s = protocol.lateness_s(self._clock.monotonic_s(), has_rhythm=has_rhythm)
        return StreamSight(
            name=self._service,
            essential=essential,
            state=standing.state,
            cause=CoverageCause(standing.cause) if standing.cause else None,
            code=standing.code,
            detail=standing.detail,
            awaiting=() if protocol is None else protocol.awaited,
            overdue_s=late_s,
            silent_s=silent_s,
            since=self._coverage.since,
            resolved=standing.resolved,
        )

    def renew(self) -> None:
        """Replace the connection by a new one, which takes over before this one is closed.

        Without effect where there is none: the next one is new in any case.
        """
        if self._succession is not None:
            self._succession.renew()

    async def _connect_once(self) -> NoReturn:
        self._succession = Succession(self, self._clock, self._timing, self._replacement_delays)
        try:
            await self._succession.run()
        finally:
            self._succession = None
            self._counts.live.value = 0

    # --- for its connections (`Owner`) ---------------------------------------------------------------

    async def turn(self) -> None:
        """Until a connection may be made."""
        await self._pacer.turn(Caller(self._account, self._place, self._origin, self._blind_since_s))
        self._counts.connects()

    def connect(self, attend: Attend) -> tuple[StreamProtocol, Connection]:
        """One that has not dialled yet."""
        protocol = StreamProtocol(self._exchange, self._timing, self._codes)
        connection = Connection(
            endpoint=self._endpoint,
            protocol=protocol,
            clock=self._clock,
            exchange_time=self._exchange_time,
            deliver=self._deliver,
            attend=attend,
            dialled=self._dialled,
            traffic=self._traffic,
        )
        return protocol, connection

    async def attend(self, protocol: StreamProtocol, counts: bool) -> None:
        """A protocol has news, or time has passed. `counts`: it is the one that is not to be replaced."""
        self._note_unread(protocol)
        if protocol.state in (StreamState.SUBSCRIBING, StreamState.LIVE):
            self._logins.accepted()
            self._logged_in.set()
        if counts and protocol.state is StreamState.LIVE:
            is_new = False
            if self._live_since_s is None:
                self._live_since_s = self._clock.monotonic_s()
                self._blind_since_s = None
                self._counts.live.value = 1
                is_new = True
            await self._coverage.tell(while_live(protocol.channels(), self._unread.lately()))
            if is_new:
                self._on_live()

    async def lost(self, ended_by: Exception, protocol: StreamProtocol) -> Exception:
        """Tell at once that nothing is seen now, and prepare the next connection. Returns what to raise."""
        if isinstance(ended_by, LoginRefused) and (judged := self._logins.judge(ended_by)) is not ended_by:
            judged.__cause__ = ended_by
            ended_by = judged
        live_s = 0.0 if self._live_since_s is None else self._clock.monotonic_s() - self._live_since_s
        self._counts.live.value = 0
        self._live_since_s = None
        if self._blind_since_s is None:
            self._blind_since_s = self._clock.monotonic_s()
        self._was_reached = not isinstance(ended_by, NotReached)
        self._delays.ended(ended_by, live_s)
        self._note_unread(protocol)
        await self._coverage.tell(after_end(ended_by))
        await self._mind_the_clock(ended_by)
        return ended_by

    async def _mind_the_clock(self, ended_by: Exception) -> None:
        if isinstance(ended_by, ClockRefused):
            try:
                await self._measure_offset()
            except AlertdError as exc:
                self._log.warning("clock offset not measured", reason=str(exc))

    def _exchange_time(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._offset_s())

    def _dialled(self, is_connected: bool) -> None:
        self._pacer.dialled(self._origin, reached=is_connected)

    async def _rest(self, delay_s: float) -> None:
        """Where nobody answered, the first one who is answered ends the rest of all."""
        if self._was_reached:
            await asyncio.sleep(delay_s)
        else:
            await self._pacer.until_reached(self._origin, delay_s)

    def replaced(self) -> None:
        """Another connection has taken over."""
        self._counts.replacement("done")
        self._on_live()
        self._log.info("connection replaced")

    async def not_replaced(self, ended_by: Exception, protocol: StreamProtocol, delay_s: float) -> None:
        """The old connection is kept: that is no loss yet."""
        self._note_unread(protocol)
        self._counts.replacement("failed")
        unforeseen = None if isinstance(ended_by, AlertdError) else ended_by
        self._log.warning(
            "connection not replaced",
            reason=str(ended_by),
            retry_in_s=round(delay_s, 1),
            exc_info=unforeseen,
        )
        await self._mind_the_clock(ended_by)

    def _note_unread(self, protocol: StreamProtocol) -> None:
        if protocol.unmatched_errors:
            self._counts.unmatched_errors(protocol.unmatched_errors)
            protocol.unmatched_errors = 0
        if found := protocol.unreadable():
            channels = protocol.channels()
            self._unread.note(found, lambda name: name in channels and channels[name].required)

    def _count_retry(self, ended_by: Exception, delay_s: float) -> None:
        self._counts.ended(str(after_end(ended_by).cause))
        if not isinstance(ended_by, AlertdError):
            self._log.error("stream failed unexpectedly", retry_in_s=round(delay_s, 1), exc_info=ended_by)
