"""The OKX simulator: an exchange with its doors, served on one port.

async with OkxSimulator() as okx:
    account = okx.add_account()
    okx.open_position("BTC-USDT-SWAP", "long", size=10, lever=10)
    ...  # a client connects to okx.private_ws_url with account's credentials
    okx.set_price("BTC-USDT-SWAP", "91000")
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from alertd.simulators.okx.control import control_routes
from alertd.simulators.okx.exchange import Exchange
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.market import Market, small_market
from alertd.simulators.okx.rest import RestDoor
from alertd.simulators.okx.ws import StreamDoor

_SHUTDOWN_S = 1.0


class OkxSimulator(Exchange):
    """Used as a context manager it listens on a free loopback port; `start` chooses another.

    clock: wall time in Unix seconds, for signatures and what is shown. speed: market seconds per second; the
    intervals
        of `limits` stay real seconds. environment: `production` or `demo`, the keys it takes on the
        WebSocket.
    ssl_context: serve wss and https instead.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
        speed: float = 1.0,
        environment: str = "production",
        market: Market | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(market or small_market(), limits or Limits(), clock, speed, environment)
        self._ssl_context = ssl_context
        self._runner: web.AppRunner | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._address = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises: OSError."""
        app = web.Application()
        app.add_routes([*StreamDoor(self).routes(), *RestDoor(self).routes(), *control_routes(self)])
        runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_S, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, ssl_context=self._ssl_context).start()
        except OSError:
            await runner.cleanup()
            raise
        taken = runner.addresses[0][1]
        self._address = f"[{host}]:{taken}" if ":" in host else f"{host}:{taken}"
        self._runner = runner
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._ticker = self._tasks.create_task(self._run_ticker(), name="okx simulator ticker")

    async def stop(self) -> None:
        """Cuts what is connected and stops listening. Doing it twice does no harm."""
        if self._runner is None or self._tasks is None or self._ticker is None:
            return
        self.drop()
        self.rest_healed.set()
        self._ticker.cancel()
        await self._runner.cleanup()
        tasks, self._runner, self._tasks, self._ticker = self._tasks, None, None, None
        await tasks.__aexit__(None, None, None)

    async def __aenter__(self) -> Self:
        if self._runner is None:
            await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def rest_url(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._address}"

    @property
    def public_ws_url(self) -> str:
        return self._ws_url("public")

    @property
    def private_ws_url(self) -> str:
        return self._ws_url("private")

    @property
    def business_ws_url(self) -> str:
        return self._ws_url("business")

    def _ws_url(self, service: str) -> str:
        return f"{'wss' if self._ssl_context else 'ws'}://{self._address}/ws/v5/{service}"

    async def _run_ticker(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(self.limits.tick_s)
