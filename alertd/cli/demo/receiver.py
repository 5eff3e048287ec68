"""The phone of the demo: an HTTP receiver on loopback that takes what the `json://` sink sends."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from alertd.clock import Clock


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came over HTTP."""

    title: str
    body: str
    arrived_at: datetime


class Receiver:
    """Listens while it is entered; `next` gives the messages in the order of their arrival."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: asyncio.Queue[Received] = asyncio.Queue()
        self._port = 0

    @property
    def url(self) -> str:
        """The sink's URL."""
        return f"json://127.0.0.1:{self._port}/demo"

    async def next(self) -> Received:
        """The next message; waits for it."""
        return await self._waiting.get()

    def rest(self) -> list[Received]:
        """What arrived and was not taken yet."""
        taken: deque[Received] = deque()
        while not self._waiting.empty():
            taken.append(self._waiting.get_nowait())
        return list(taken)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/demo", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        arrived_at = self._clock.now()
        try:
            message = await request.json()
            received = Received(message["title"], message["message"], arrived_at)
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        self._waiting.put_nowait(received)
        return web.Response(status=200)
