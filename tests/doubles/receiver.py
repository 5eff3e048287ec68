"""A webhook on loopback that records what the `json://` sink sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web


class Receiver:
    """Every message with its time of arrival; a test may let it hang or fail."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.arrived_at: list[float] = []
        self.status = 200
        self.delay_s = 0.0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/alerts"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.status == 200:
            async with self._changed:
                self.messages.append(body)
                self.arrived_at.append(time.monotonic())
                self._changed.notify_all()
        return web.Response(status=self.status)

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.messages]

    async def wait_for(self, holds: Callable[[list[dict[str, Any]]], bool], timeout_s: float = 20.0) -> None:
        """Until `holds` is true of the messages. Raises: AssertionError with what came instead."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: holds(self.messages))
        except TimeoutError:
            raise AssertionError(f"not within {timeout_s} s; got {self.titles}") from None
