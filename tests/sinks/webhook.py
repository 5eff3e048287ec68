"""A server on loopback that does to a send whatever a test asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(status: int, **headers: str) -> Behaviour:
    async def behave(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    return behave


def reset() -> Behaviour:
    """Cut the connection after the request was read."""

    async def behave(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return behave


def hang(seconds: float = 30) -> Behaviour:
    async def behave(_request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response()

    return behave


def drip(seconds: float = 30, every_s: float = 0.2) -> Behaviour:
    """A byte now and then: no single read takes long, the whole never ends."""

    async def behave(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(int(seconds / every_s)):
            await response.write(b".")
            await asyncio.sleep(every_s)
        return response

    return behave


class Webhook:
    """`async with Webhook(behaviour) as hook`: `hook.messages` is what came in."""

    def __init__(self, behave: Behaviour | None = None) -> None:
        self._behave = behave or answer(200)
        self.messages: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = f"127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.messages.append(await request.json())
        return await self._behave(request)
