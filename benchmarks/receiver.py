"""The webhook: as little as an HTTP/1.1 server can be, so that it is never what is measured.

A path is a sink of its own: `/fast`, `/slow`, ... may answer late or never. An arrival is the moment the
last byte of a request was read; which alert it tells is found by the name that `pushes.names` gave it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, Self

NAME = re.compile(rb"BENCH[A-Z]\d{6}")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
NEVER = float("inf")


class Arrival(NamedTuple):
    """`at_s`: time.perf_counter()."""

    name: str
    at_s: float


class Receiver:
    """`async with Receiver() as receiver`; `delay_s[path]` before the answer, `NEVER` for none."""

    def __init__(self) -> None:
        self.arrivals: dict[str, list[Arrival]] = defaultdict(list)
        self.delay_s: dict[str, float] = {}
        self._waiting: tuple[Callable[[], bool], asyncio.Future[None]] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=512)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def apprise_url(self, path: str) -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def http_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    async def until_count(self, path: str, n: int, timeout_s: float = 60.0) -> None:
        """Until `n` alerts have arrived there in all. Raises: TimeoutError."""
        arrived = self.arrivals[path]
        if len(arrived) >= n:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = (lambda: len(arrived) >= n, future)
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            raise TimeoutError(f"{len(arrived)} of {n} alerts at {path} after {timeout_s:g} s") from None
        finally:
            self._waiting = None

    def take(self, path: str, body: bytes, at_s: float) -> None:
        found = dict.fromkeys(NAME.findall(body))  # several where it is a digest
        if not found:
            return  # told of the daemon itself: a stream, a sink
        self.arrivals[path] += [Arrival(name.decode(), at_s) for name in found]
        if self._waiting is not None and self._waiting[0]() and not self._waiting[1].done():
            self._waiting[1].set_result(None)


class _Connection(asyncio.Protocol):
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        at_s = time.perf_counter()
        self._read += data
        while (head := self._read.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._read, 0, head)
            end = head + 4 + (int(length.group(1)) if length else 0)
            if len(self._read) < end:
                return
            path = self._read.split(b" ", 2)[1].decode().strip("/")
            body = bytes(self._read[head + 4 : end])
            del self._read[:end]
            self._receiver.take(path, body, at_s)
            self._answer(self._receiver.delay_s.get(path, 0.0))

    def _answer(self, delay_s: float) -> None:
        if delay_s == 0.0:
            self._transport.write(_OK)
        elif delay_s != NEVER:
            asyncio.get_running_loop().call_later(delay_s, self._write_ok)

    def _write_ok(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_OK)
