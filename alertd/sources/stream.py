"""One stream of one account, kept up for ever: connect, watch, tell how it stands, connect again."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import msgspec
import structlog

from alertd.clock import Clock
from alertd.domain.coverage import StreamSight
from alertd.domain.errors import AlertdError, ClockRefused, LoginRefused
from alertd.domain.events import CoverageCause, CoverageState, Event
from alertd.domain.stream import KeptFrame
from alertd.flag import Flag
from alertd.sources.approach import Approach
from alertd.sources.connection import Connection, Endpoint
from alertd.sources.counting import StreamCounts
from alertd.sources.exchange import StreamExchange
from alertd.sources.pacing import ConnectPacer
from alertd.sources.protocol import StreamProtocol
from alertd.sources.reconnect import LoginHistory, ReconnectDelays
from alertd.sources.standing import after_end, while_live
from alertd.sources.states import StreamState
from alertd.sources.succession import Attend, Succession
from alertd.sources.telling import CoverageDesk, CoverageTeller
from alertd.sources.timing import SessionCodes, StreamTiming
from alertd.sources.unread import UnreadFrames
from alertd.supervise import supervise
from alertd.telemetry import Counters

log = structlog.get_logger(__name__)


class StreamId(msgspec.Struct, frozen=True):
    """Which one it is. `service` names it within its account, whose most important stream has `place` 0."""

    account: str
    service: str
    place: int = 0
    exchange: str = "okx"


class StreamDoors(msgspec.Struct, frozen=True):
    """Where it hands over what it sees, and tells how it stands.

    `on_live` is called whenever a connection has become the one that counts, after its standing was told.
    """

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    desk: CoverageDesk
    keep_frame: Callable[[KeptFrame], None]
    on_live: Callable[[], None] = lambda: None


class Stream:
    """Delivers the events of one stream in order, and tells its desk whenever its standing changes.

    `offset_s` is the exchange's clock minus ours.
    """

    def __init__(
        self,
        which: StreamId,
        exchange: StreamExchange,
        endpoint: Endpoint,
        doors: StreamDoors,
        *,
        clock: Clock,
        pacer: ConnectPacer,
        offset_s: Callable[[], float],
        measure_offset: Callable[[], Awaitable[None]],
        counters: Counters,
        timing: StreamTiming,
        codes: SessionCodes | None = None,
    ) -> None:
        account, service = which.account, which.service
        self._which = which
        self._exchange = exchange
        self._endpoint = endpoint
        self._doors = doors
        self._clock = clock
        self._approach = Approach(account, which.place, endpoint.url, pacer)
        self._offset_s = offset_s
        self._measure_offset = measure_offset
        self._counts = StreamCounts(counters, account, service)
        self._timing = timing
        self._codes = codes or SessionCodes()
        self._logins = LoginHistory(self._codes)
        self._delays = ReconnectDelays()
        self._replacement_delays = ReconnectDelays()
        self._unread = UnreadFrames(account, service, clock, doors.keep_frame, counters)
        self._traffic = self._counts.traffic(wanted.channel for wanted in exchange.subscriptions())
        self._live_since_s: float | None = None
        self._logged_in = Flag()
        self._coverage = CoverageTeller(
            exchange_name=which.exchange, account=account, service=service, clock=clock, desk=doors.desk
        )
        self._succession: Succession | None = None

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._which.account, stream=self._which.service)

    async def run(self) -> NoReturn:
        """Connect for ever. Raises: LoginRefused, once that was told; nothing is tried after it."""
        self._coverage.begin()
        self._approach.begin(self._clock.monotonic_s())
        await supervise(
            self._connect_once,
            self._count_retry,
            self._delays.__iter__,
            healthy_after_s=math.inf,
            rest=self._approach.rest,
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
            return StreamSight(name=self._which.service, essential=essential, since=self._coverage.since)
        if self._succession is not None and standing.state is not CoverageState.BLIND:
            protocol = self._succession.protocol
        if protocol is not None:
            late_s, silent_s = protocol.lateness_s(self._clock.monotonic_s(), has_rhythm=has_rhythm)
        return StreamSight(
            name=self._which.service,
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
        await self._approach.turn()
        self._counts.connects()

    def connect(self, attend: Attend) -> tuple[StreamProtocol, Connection]:
        """One that has not dialled yet."""
        protocol = StreamProtocol(self._exchange, self._timing, self._codes)
        connection = Connection(
            endpoint=self._endpoint,
            protocol=protocol,
            clock=self._clock,
            exchange_time=self._exchange_time,
            deliver=self._doors.deliver,
            attend=attend,
            dialled=self._approach.dialled,
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
                self._approach.sees()
                self._counts.live.value = 1
                is_new = True
            await self._coverage.tell(while_live(protocol.channels(), self._unread.lately()))
            if is_new:
                self._doors.on_live()

    async def lost(self, ended_by: Exception, protocol: StreamProtocol) -> Exception:
        """Tell at once that nothing is seen now, and prepare the next connection. Returns what to raise."""
        if isinstance(ended_by, LoginRefused) and (judged := self._logins.judge(ended_by)) is not ended_by:
            judged.__cause__ = ended_by
            ended_by = judged
        live_s = 0.0 if self._live_since_s is None else self._clock.monotonic_s() - self._live_since_s
        self._counts.live.value = 0
        self._live_since_s = None
        self._approach.lost(ended_by, self._clock.monotonic_s())
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

    def replaced(self) -> None:
        """Another connection has taken over."""
        self._counts.replacement("done")
        self._doors.on_live()
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
