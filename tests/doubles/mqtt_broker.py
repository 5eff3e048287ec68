"""An MQTT 3.1.1 broker on loopback that takes, refuses, keeps silent or hangs up where a test says so.

Source: docs.oasis-open.org/mqtt/mqtt/v3.1.1, sections 3.1 to 3.4 and 3.12 to 3.14.
"""

from __future__ import annotations

import asyncio
from typing import Self

_CONNECT, _CONNACK, _PUBLISH, _PUBACK, _PINGREQ, _PINGRESP, _DISCONNECT = 1, 2, 3, 4, 12, 13, 14


class MqttBroker:
    """`async with MqttBroker() as broker`: `broker.delivered` is what was published.

    `refuses`: the return code of CONNACK (5 = not authorized). `is_silent`: takes messages, and never
    acknowledges them. `hangs_up`: at a message, before it is taken.
    """

    def __init__(self) -> None:
        self.delivered: list[str] = []
        self.refuses = 0
        self.is_silent = False
        self.hangs_up = False
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}/alerts"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while True:
                head = (await reader.readexactly(1))[0]
                body = await reader.readexactly(await _length(reader))
                await self._packet(head, body, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, or we did, or the test is over
        finally:
            writer.close()
            self._open.discard(task)

    async def _packet(self, head: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        kind, qos = head >> 4, head >> 1 & 3
        if kind == _CONNECT:
            writer.write(bytes([_CONNACK << 4, 2, 0, self.refuses]))
            if self.refuses:
                await writer.drain()
                raise ConnectionResetError
        elif kind == _PUBLISH:
            if self.hangs_up:
                writer.transport.abort()
                raise ConnectionResetError
            topic_end = 2 + int.from_bytes(body[:2], "big")
            packet_id, text = body[topic_end : topic_end + 2], body[topic_end + (2 if qos else 0) :]
            self.delivered.append(text.decode())
            if qos and not self.is_silent:
                writer.write(bytes([_PUBACK << 4, 2]) + packet_id)
        elif kind == _PINGREQ:
            writer.write(bytes([_PINGRESP << 4, 0]))
        elif kind == _DISCONNECT:
            raise ConnectionResetError
        await writer.drain()


async def _length(reader: asyncio.StreamReader) -> int:
    value, shift = 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7
