"""One connection from dial to close: a read loop under a deadline. Decides nothing; the protocol does."""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import count
from typing import NoReturn

import aiohttp
import msgspec
from aiohttp.http import WSMessageTextBytes

from alertd.clock import Clock
from alertd.domain.errors import AlertdError, ConnectionLost, NotReached
from alertd.domain.events import Event
from alertd.domain.stream import Data
from alertd.sources.deadline import Deadline
from alertd.sources.protocol import StreamProtocol
from alertd.supervise import first_fatal
from alertd.telemetry import Cell

DIAL_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 1.0
# Twice what an exchange is known to send; a frame of 4 MiB still reaches the decoder and is told.
LARGEST_FRAME = 8 * 1024 * 1024
# Half the exchange's own 30 s: data that nobody acknowledges ends the socket, not only the session.
TCP_USER_TIMEOUT_MS = 15_000
_BUSY_LOOK_S = 1.0
_TEXT, _BINARY = aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY
_LONGEST_REASON = 200
_SWITCHING_PROTOCOLS = 101
# Buffered frames are read without a pause: after so many the others on the loop get their turn.
FRAMES_AT_ONCE = 50

Socket = aiohttp.ClientWebSocketResponse[bool]


class Endpoint(msgspec.Struct, frozen=True):
    """Where to connect, and with what: a session of `open_session`. `tls` None: the system's authorities."""

    session: aiohttp.ClientSession
    url: str
    tls: ssl.SSLContext | None = None


class Traffic(msgspec.Struct, frozen=True):
    """The numbers of the hot path. `pushes` has a cell per channel and one for `""`, any other."""

    frames: Cell
    last_frame_at: Cell  # seconds since the epoch
    pushes: Mapping[str, Cell]

    def count(self, received_at: datetime, push: Data | None) -> None:
        """One frame; `push` if it was one."""
        self.frames.value += 1
        self.last_frame_at.value = received_at.timestamp()
        if push is not None:
            (self.pushes.get(push.channel) or self.pushes[""]).value += 1


async def dial(endpoint: Endpoint) -> Socket:
    """Connect. Raises: NotReached, ConnectionLost."""
    try:
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            socket: Socket = await endpoint.session.ws_connect(
                endpoint.url,
                ssl=True if endpoint.tls is None else endpoint.tls,
                autoping=True,  # answers the server's control pings
                heartbeat=None,  # our own sign of life is the exchange's text ping
                # Pushes are small: deflate would cost CPU and some 40 KB a stream, and admit bombs.
                compress=0,
                max_msg_size=LARGEST_FRAME,
                decode_text=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
            )
    except TimeoutError as exc:
        raise NotReached(f"no connection within {DIAL_TIMEOUT_S:g} s") from exc
    except (aiohttp.ClientError, OSError) as exc:
        resolved = not isinstance(exc, aiohttp.ClientConnectorDNSError)
        raise NotReached(_why_not(exc)[:_LONGEST_REASON], resolved=resolved) from exc
    if endpoint.url.startswith("wss:") and socket.get_extra_info("ssl_object") is None:
        await socket.close()  # a redirect must not lead the login out of TLS
        raise ConnectionLost("the connection was redirected out of TLS")
    _give_up_unacknowledged(socket)
    if certificate := socket.get_extra_info("peercert"):
        certificate.clear()  # it was verified, and nobody reads it again: 2 KB of every stream
    return socket


def _why_not(exc: aiohttp.ClientError | OSError) -> str:
    """Why there is no connection, for people: the library's own texts show its insides."""
    match exc:
        case aiohttp.ClientConnectorCertificateError():
            problem = exc.certificate_error
            told = getattr(problem, "verify_message", "") or str(problem)
            return f"the certificate of {exc.host}:{exc.port} is refused: {told}"
        case aiohttp.ClientConnectorError(os_error=cause):
            return f"cannot connect to {exc.host}:{exc.port}: {_in_words(cause)}"
        case aiohttp.WSServerHandshakeError(status=status) if status != _SWITCHING_PROTOCOLS:
            return f"the handshake was answered with HTTP {status}"
        case _:
            return f"cannot connect: {exc}"


def _in_words(cause: OSError) -> str:
    # Name resolution and TLS number their errors in ways of their own.
    if cause.errno is None or isinstance(cause, sockets.gaierror | ssl.SSLError):
        return cause.strerror or str(cause)
    return os.strerror(cause.errno)


def _give_up_unacknowledged(socket: Socket) -> None:
    raw = socket.get_extra_info("socket")
    if raw is not None and hasattr(sockets, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # not every system has it, and the text ping does the same a little later
            raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MS)


# One with text decoded, the other, which we ask for, with the bytes as they came.
Frame = aiohttp.WSMessage | WSMessageTextBytes


class Connection:
    """Feeds a protocol from one socket and sends what it wants sent.

    `deliver` gets the events in order and may make the reader wait. `attend` is called after anything but
    a quiet push: the protocol changed, or a timer ran. `dialled` hears whether a connection could be made.
    """

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        protocol: StreamProtocol,
        clock: Clock,
        exchange_time: Callable[[], datetime],
        deliver: Callable[[Sequence[Event]], Awaitable[None]],
        attend: Callable[[], Awaitable[None]],
        dialled: Callable[[bool], None],
        traffic: Traffic,
    ) -> None:
        self._endpoint = endpoint
        self._protocol = protocol
        self._clock = clock
        self._exchange_time = exchange_time
        self._deliver = deliver
        self._attend = attend
        self._dialled = dialled
        self._traffic = traffic
        self._busy = False  # a frame is being handed on
        self._deadline: Deadline | None = None  # while open

    @property
    def is_busy(self) -> bool:
        """A frame is being handed on."""
        return self._busy

    def retire(self) -> None:
        """Read on up to one last pong; see `StreamProtocol.retire`."""
        self._protocol.retire()
        if self._deadline is not None:
            self._deadline.look()

    async def run(self) -> NoReturn:
        """Connect, and stay until it ends. Raises: what the protocol says, or ConnectionLost."""
        try:
            socket = await dial(self._endpoint)
        except NotReached:
            self._dialled(False)
            raise
        self._dialled(True)
        try:
            self._protocol.opened(self._clock.monotonic_s(), self._exchange_time())
            await self._act(socket)
            async with asyncio.TaskGroup() as tasks:
                at = partial(self._at_deadline, socket)
                deadline = Deadline(tasks, self._protocol.next_deadline_s, self._clock.monotonic_s, at)
                self._deadline = deadline
                deadline.look()
                await self._read(socket, deadline)
        except BaseExceptionGroup as group:
            cause = first_fatal(group) or group.exceptions[0]
            raise cause from cause.__cause__
        finally:
            self._leave_deadline()
            self._protocol.abandon()
            await socket.close()

    async def _read(self, socket: Socket, deadline: Deadline) -> NoReturn:
        protocol, now, monotonic_s = self._protocol, self._clock.now, self._clock.monotonic_s
        traffic, deliver = self._traffic, self._deliver
        for number in count(1):
            # Returns at once while frames are buffered; no timeout object per frame.
            try:
                message = await socket.receive()
            except OSError as exc:  # also ETIMEDOUT, which arrives as a TimeoutError
                raise protocol.closed(None, str(exc), monotonic_s()) from exc
            kind, frame, _ = message
            if kind is not _TEXT and kind is not _BINARY:
                raise self._ended(message)
            received_at = now()
            push = protocol.receive(frame, received_at, monotonic_s())
            traffic.count(received_at, push)
            if push is not None and push.events:
                self._busy = True
                await deliver(push.events)
                self._busy = False
            if protocol.has_news:
                self._busy = True
                await self._act(socket)
                self._busy = False
                deadline.look()
            if number % FRAMES_AT_ONCE == 0:
                self._busy = True
                await asyncio.sleep(0)
                self._busy = False
        raise AssertionError("counts for ever")

    def _ended(self, message: Frame) -> AlertdError:
        if message.type is aiohttp.WSMsgType.CLOSE:
            return self._protocol.closed(message.data, message.extra or "", self._clock.monotonic_s())
        if message.type is aiohttp.WSMsgType.ERROR:
            problem = message.data
            if (
                isinstance(problem, aiohttp.WebSocketError)
                and problem.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
            ):
                return self._protocol.frame_too_large()
            return self._protocol.closed(None, f"broken: {problem}", self._clock.monotonic_s())
        return self._protocol.closed(None, "", self._clock.monotonic_s())

    def _leave_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    async def _at_deadline(self, socket: Socket, reached_s: float) -> None:
        """Do what is due. A loop may wake a trifle early, by its clock's resolution: it counts as reached."""
        await asyncio.sleep(0)  # what has arrived already counts before silence is judged
        while self._busy:  # the frames that would speak against silence may be waiting behind this one
            await asyncio.sleep(_BUSY_LOOK_S)
            await asyncio.sleep(0)
        self._protocol.timer(max(self._clock.monotonic_s(), reached_s))
        await self._act(socket)

    async def _act(self, socket: Socket) -> None:
        self._protocol.has_news = False
        with suppress(aiohttp.ClientError, ConnectionError):  # the reader learns of it, with the reason
            for text in self._protocol.texts_to_send():
                await socket.send_str(text)
        await self._attend()
