"""The Toobit simulator: an exchange with its doors, served on one port.

async with ToobitSimulator() as toobit:
    account = toobit.add_account()
    toobit.lead(account.user_id, "whale")
    toobit.join("whale", "7001")
    toobit.open_position("whale", "BTC-SWAP-USDT", size="0.1")
    ...  # a client asks toobit.rest_url with account's key
    toobit.set_price("BTC-SWAP-USDT", "91000")
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from alertd.simulators.toobit.control import control_routes
from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.limits import Limits
from alertd.simulators.toobit.market import Market, small_market
from alertd.simulators.toobit.rest import RestDoor

_SHUTDOWN_S = 1.0


class ToobitSimulator(Exchange):
    """Used as a context manager it listens on a free loopback port; `start` chooses another.

    clock: wall time in Unix seconds. now_s: seconds that only grow, for limits. ssl_context: serve https.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        now_s: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
        market: Market | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(market or small_market(), limits or Limits(), clock, now_s)
        self._ssl_context = ssl_context
        self._runner: web.AppRunner | None = None
        self._address = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises: OSError."""
        app = web.Application()
        app.add_routes([*RestDoor(self).routes(), *control_routes(self)])
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

    async def stop(self) -> None:
        """Stops listening. Doing it twice does no harm."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self.heal()
            await runner.cleanup()

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
