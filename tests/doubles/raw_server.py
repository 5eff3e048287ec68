"""A web server on loopback that does to each connection whatever a test says, byte by byte."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Caller:
    """One connection, from the server's side. `number`: 0 for the first."""

    def __init__(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: RawServer
    ) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer
        self._server = server

    async def request(self) -> bytes:
        """The next request's body. Raises: IncompleteReadError where the client hangs up."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        body = await self.reader.readexactly(int(found[1]) if found else 0)
        self._server.took(head, body, self.number)
        return body

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """A TCP reset instead of an end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Caller], Awaitable[None]]


async def answer_all(caller: Caller) -> None:
    while True:
        await caller.request()
        await caller.say(OK)


class RawServer:
    """`async with RawServer(behaviour) as server`. A connection ends with its behaviour.

    `bodies`: what came, in order; `connection_of`: the connection of each.
    """

    def __init__(self, behave: Behaviour = answer_all, tls: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._tls = tls
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connection_of: list[int] = []
        self.connections = 0
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def took(self, head: bytes, body: bytes, connection: int) -> None:
        self.heads.append(head)
        self.bodies.append(body)
        self.connection_of.append(connection)

    async def until_closed(self) -> None:
        """Until no connection is open any more."""
        async with asyncio.timeout(10):
            while self._open:
                await asyncio.wait(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        caller = Caller(self.connections, reader, writer, self)
        self.connections += 1
        try:
            await self._behave(caller)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the client hung up
        finally:
            writer.close()
            self._open.discard(task)
