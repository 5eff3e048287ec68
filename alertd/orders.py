"""What a daemon was told to do, and the signs by which others see how far it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from alertd.clock import Clock
from alertd.config import Settings
from alertd.systemd import ServiceManager
from alertd.telemetry import Counters


class Orders(msgspec.Struct, kw_only=True):
    """`settings`: those in force; `read` gives the next ones. `stop`, `reload`: set by whoever wants that.

    `started` is set once all is loaded and the streams connect. `web_port` None: nothing is served yet.
    """

    settings: Settings
    clock: Clock
    manager: ServiceManager
    read: Callable[[], Settings]
    on_first_start: Callable[[], None]
    on_reload: Callable[[Settings], None]
    on_ready: Callable[[], None]
    counters: Counters = msgspec.field(default_factory=Counters)
    stop: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    reload: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    started: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    web_port: int | None = None

    def status(self, open_alerts: int = 0) -> str:
        """A line for the service manager."""
        live = sum(cell.value for cell in self.counters.cells("stream_live").values())
        return f"{len(self.settings.accounts)} accounts, {live:.0f} live streams, {open_alerts} open alerts"
