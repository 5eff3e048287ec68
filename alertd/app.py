"""One daemon, from the first connection to the end.

The accounts connect first: that needs neither the store nor what judges. Both are imported and made while the
exchange is waited for, and let in what came meanwhile (`threshold.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from alertd import __version__
from alertd.clock import Clock
from alertd.config import Settings
from alertd.dialling import dial
from alertd.orders import Orders
from alertd.sources.session import open_session
from alertd.systemd import ServiceManager
from alertd.telemetry import Counters

if TYPE_CHECKING:
    from alertd.working import Working

log = structlog.get_logger(__name__)


class App:
    """One daemon. `run` returns after `stop` was set, or raises what ended it.

    After `reload` was set, `read` gives the settings to go on with (it blocks, and raises ConfigError where
    they cannot be used); `on_reload` is told those that are in force. `on_ready`: all is loaded, the streams
    connect.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        manager: ServiceManager | None = None,
        on_first_start: Callable[[], None] = lambda: None,
        read: Callable[[], Settings] | None = None,
        on_reload: Callable[[Settings], None] = lambda _: None,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._orders = Orders(
            settings=settings,
            clock=clock or Clock(),
            manager=manager or ServiceManager(),
            read=read or (lambda: settings),
            on_first_start=on_first_start,
            on_reload=on_reload,
            on_ready=on_ready,
        )
        self.clock = self._orders.clock
        self.stop = self._orders.stop
        self.reload = self._orders.reload
        self.started = self._orders.started

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self._orders.settings

    @property
    def counters(self) -> Counters:
        """What it counts of itself."""
        return self._orders.counters

    @property
    def web_port(self) -> int | None:
        """Where it answers; None before that."""
        return self._orders.web_port

    async def run(self) -> None:
        """Raises: an exception group with what ended it: StoreError, ConfigError (a sink's URL), ..."""
        settings = self.settings
        names = {"accounts": list(settings.accounts), "sinks": list(settings.sinks)}
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]  # asyncio or uvloop
        self.counters.set("info", 1, version=__version__, loop=loop)
        log.info("starting", version=__version__, loop=loop, **names)
        async with open_session() as session, asyncio.TaskGroup() as sources:
            dialling = await dial(self._orders, session, sources)
            working = await asyncio.to_thread(_working)
            await working(self._orders, dialling).run()
            dialling.end()


def _working() -> type[Working]:
    """Imported in a thread, after the accounts dial: with the store it is half of all there is to import, and
    none of it is needed to connect.
    """
    from alertd.working import Working

    return Working
