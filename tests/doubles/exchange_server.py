"""A scripted WebSocket server on loopback that speaks the dialect of `json_exchange` and can misbehave."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

WAIT_S = 60.0


@dataclass
class Manners:
    """How the server treats one connection. Refusals are the fields of an error frame."""

    refuse_login: dict[str, Any] | None = None
    refuse: dict[str, dict[str, Any]] = field(default_factory=dict)  # by channel
    answer_login: bool = True
    answer_pings: bool = True
    close_at_login: int | None = None
    after_ack: Callable[[Peer, str], Any] | None = None


class Peer:
    """One accepted connection, seen from the server."""

    def __init__(
        self, request: web.Request, ws: web.WebSocketResponse, manners: Manners, changed: asyncio.Condition
    ):
        self._request = request
        self._ws = ws
        self._manners = manners
        self._changed = changed
        self._deaf = asyncio.Event()
        self.texts: list[str] = []
        self.logins: list[str] = []
        self.subscribed: list[str] = []
        self.ended = False

    async def send(self, **told: Any) -> None:
        await self._ws.send_str(json.dumps(told))

    async def send_text(self, text: str) -> None:
        await self._ws.send_str(text)

    async def send_bytes(self, frame: bytes) -> None:
        await self._ws.send_bytes(frame)

    async def push(self, channel: str, *numbers: int | str) -> None:
        await self.send(push=channel, n=numbers)

    async def close(self, code: int) -> None:
        await self._ws.close(code=code)

    def reset(self) -> None:
        """Cut the TCP connection with RST."""
        transport = self._request.transport
        assert transport is not None
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def turn_deaf(self) -> None:
        """Keep the socket open; read and answer nothing any more."""
        self._deaf.set()

    async def serve(self) -> None:
        async for message in self._ws:
            if self._deaf.is_set():
                await asyncio.Event().wait()
            if message.type is not WSMsgType.TEXT:
                break
            self.texts.append(message.data)
            await self._answer(message.data)
            async with self._changed:
                self._changed.notify_all()

    async def _answer(self, text: str) -> None:
        if text in ("ping", "pong"):
            if text == "ping" and self._manners.answer_pings:
                await self.send_text("pong")
            return
        asked = json.loads(text)
        if asked["op"] == "login":
            await self._answer_login(asked)
        else:
            await self._answer_subscribe(asked)

    async def _answer_login(self, asked: dict[str, Any]) -> None:
        self.logins.append(asked["at"])
        if self._manners.close_at_login is not None:
            await self.close(self._manners.close_at_login)
        elif self._manners.refuse_login is not None:
            await self.send(event="error", **self._manners.refuse_login)
        elif self._manners.answer_login:
            await self.send(event="login")

    async def _answer_subscribe(self, asked: dict[str, Any]) -> None:
        channel = asked["channel"]
        if channel in self._manners.refuse:
            await self.send(event="error", id=asked["id"], **self._manners.refuse[channel])
            return
        self.subscribed.append(channel)
        await self.send(event="ack", id=asked["id"], channel=channel)
        if self._manners.after_ack is not None:
            await self._manners.after_ack(self, channel)


class ExchangeServer:
    """Accepts connections; the n-th is treated by `manners[n]`, the last one's hold for all that follow."""

    def __init__(self, *manners: Manners) -> None:
        self._manners = manners or (Manners(),)
        self.peers: list[Peer] = []

    async def __aenter__(self) -> Self:
        self.changed = asyncio.Condition()
        app = web.Application()
        app.router.add_get("/ws", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def treat(self, manners: Manners) -> None:
        """So is every connection to come."""
        self._manners = (manners,)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something the server sees is so."""
        async with asyncio.timeout(WAIT_S), self.changed:
            await self.changed.wait_for(holds)

    async def subscribed(self, connection: int, count: int) -> Peer:
        """The n-th connection (from 0), once it has so many acknowledged subscriptions."""
        await self.until(
            lambda: len(self.peers) > connection and len(self.peers[connection].subscribed) >= count
        )
        return self.peers[connection]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(timeout=0.1)
        await ws.prepare(request)
        manners = self._manners[min(len(self.peers), len(self._manners) - 1)]
        peer = Peer(request, ws, manners, self.changed)
        self.peers.append(peer)
        try:
            await peer.serve()
        finally:
            peer.ended = True
        async with self.changed:
            self.changed.notify_all()
        return ws
