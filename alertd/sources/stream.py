"""One stream of one account, kept up for ever: connect, watch, tell how it stands, connect again."""

from __future__ import annotations

import asyncio
import math
import ssl as tls
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NoReturn

import aiohttp
import structlog

from alertd.clock import Clock
from alertd.domain.errors import AlertdError, ClockRefused, LoginRefused
from alertd.domain.events import Coverage, CoverageState, Event
from alertd.domain.stream import KeptFrame
from alertd.sources.connection import Connection, Endpoint, Traffic
from alertd.sources.protocol import StreamExchange, StreamProtocol, StreamState
from alertd.sources.reconnect import LoginHistory, ReconnectDelays
from alertd.sources.standing import Standing, after_end, while_live
from alertd.sources.timing import SessionCodes, StreamTiming
from alertd.sources.unread import UnreadFrames
from alertd.supervise import ConnectPacer, supervise
from alertd.telemetry import Cell, Counters

log = structlog.get_logger(__name__)


class Stream:
    """Delivers the events of one stream in order, and `Coverage` events whenever its standing changes.

    `offset_s` is the exchange's clock minus ours. `service` names the stream within its account.
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
        keep_frame: Callable[[KeptFrame], None],
        counters: Counters,
        timing: StreamTiming,
        codes: SessionCodes | None = None,
        exchange_name: str = "okx",
    ) -> None:
        self._account = account
        self._service = service
        self._exchange = exchange
        self._exchange_name = exchange_name
        self._endpoint = Endpoint(session, url, ssl)
        self._clock = clock
        self._pacer = pacer
        self._offset_s = offset_s
        self._measure_offset = measure_offset
        self._deliver = deliver
        self._counters = counters
        self._timing = timing
        self._codes = codes or SessionCodes()
        self._logins = LoginHistory(self._codes)
        self._delays = ReconnectDelays()
        self._unread = UnreadFrames(account, service, clock, keep_frame, counters)
        self._traffic = self._count_traffic()
        self._live = self._cell("stream_live")
        self._live_since_s: float | None = None
        self._logged_in = asyncio.Event()
        self._told: Standing | None = None
        self._told_times = 0
        self._since: datetime | None = None
        self._log = log.bind(account=account, stream=service)

    async def run(self) -> NoReturn:
        """Connect for ever. Raises: LoginRefused, once that was told; nothing is tried after it."""
        self._since = self._clock.now()
        await supervise(self._connect_once, self._count_retry, lambda: self._delays, healthy_after_s=math.inf)

    async def first_login_within(self, wait_s: float) -> None:
        """Wait until a login was accepted for the first time, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._logged_in.wait()

    async def park(self, refusal: LoginRefused) -> None:
        """Tell that nothing is seen any more: the account's other stream was refused. After `run` ended."""
        if self._told is not None:
            await self._tell(after_end(refusal))

    async def _connect_once(self) -> NoReturn:
        protocol = StreamProtocol(self._exchange, self._timing, self._codes)
        try:
            await self._pacer.turn()
            self._cell("connects_total").value += 1
            await self._connection(protocol).run()
        except LoginRefused as refusal:
            judged = self._logins.judge(refusal)
            await self._after_end(judged, protocol)
            if judged is refusal:
                raise
            raise judged from refusal
        except Exception as exc:  # told, not handled: supervise() does that
            await self._after_end(exc, protocol)
            raise
        finally:
            self._live.value = 0

    def _connection(self, protocol: StreamProtocol) -> Connection:
        async def attend() -> None:
            await self._attend(protocol)

        return Connection(
            endpoint=self._endpoint,
            protocol=protocol,
            clock=self._clock,
            exchange_time=lambda: self._clock.now() + timedelta(seconds=self._offset_s()),
            deliver=self._deliver,
            attend=attend,
            traffic=self._traffic,
        )

    async def _attend(self, protocol: StreamProtocol) -> None:
        """The protocol has news, or time has passed."""
        self._note_unread(protocol)
        if protocol.state in (StreamState.SUBSCRIBING, StreamState.LIVE):
            self._logins.accepted()
            self._logged_in.set()
        if protocol.state is StreamState.LIVE:
            if self._live_since_s is None:
                self._live_since_s = self._clock.monotonic_s()
                self._live.value = 1
            await self._tell(while_live(protocol.channels(), self._unread.lately()))

    async def _after_end(self, ended_by: Exception, protocol: StreamProtocol) -> None:
        """Tell at once that nothing is seen now, and prepare the next connection."""
        live_s = 0.0 if self._live_since_s is None else self._clock.monotonic_s() - self._live_since_s
        self._live.value = 0
        self._live_since_s = None
        self._delays.ended(ended_by, live_s)
        self._note_unread(protocol)
        await self._tell(after_end(ended_by))
        if isinstance(ended_by, ClockRefused):
            try:
                await self._measure_offset()
            except AlertdError as exc:
                self._log.warning("clock offset not measured", reason=str(exc))

    def _note_unread(self, protocol: StreamProtocol) -> None:
        if protocol.unmatched_errors:
            self._cell("stream_errors_unmatched_total").value += protocol.unmatched_errors
            protocol.unmatched_errors = 0
        if found := protocol.unreadable():
            channels = protocol.channels()
            self._unread.note(found, lambda name: name in channels and channels[name].required)

    async def _tell(self, standing: Standing) -> None:
        if standing.says_the_same_as(self._told):
            return
        now = self._clock.now()
        watched = standing.state is CoverageState.WATCHED
        if watched or self._since is None or (self._told and self._told.state is CoverageState.WATCHED):
            self._since = now
        self._told = standing
        self._told_times += 1
        self._write_log(standing)
        await self._deliver([self._coverage(standing, now)])

    def _coverage(self, standing: Standing, now: datetime) -> Coverage:
        return Coverage(
            event_id=f"coverage:{self._account}:{self._service}:{now.timestamp():.6f}:{self._told_times}",
            exchange=self._exchange_name,
            account=self._account,
            received_at=now,
            stream=self._service,
            state=standing.state,
            cause=standing.cause,
            code=standing.code,
            detail=standing.detail,
            since=self._since,
        )

    def _write_log(self, standing: Standing) -> None:
        if standing.state is CoverageState.WATCHED:
            self._log.info("stream watched")
            return
        self._log.warning(
            f"stream {standing.state}", cause=str(standing.cause), code=standing.code, detail=standing.detail
        )

    def _count_retry(self, ended_by: Exception, delay_s: float) -> None:
        reason = str(after_end(ended_by).cause)
        self._counters.add("reconnects_total", account=self._account, stream=self._service, reason=reason)
        if not isinstance(ended_by, AlertdError):
            self._log.error("stream failed unexpectedly", retry_in_s=round(delay_s, 1), exc_info=ended_by)

    def _count_traffic(self) -> Traffic:
        names = ["", *(wanted.channel for wanted in self._exchange.subscriptions())]
        pushes = {name: self._cell("pushes_total", channel=name or "other") for name in names}
        return Traffic(self._cell("frames_total"), self._cell("last_frame_timestamp_seconds"), pushes)

    def _cell(self, name: str, **labels: str) -> Cell:
        return self._counters.cell(name, account=self._account, stream=self._service, **labels)
