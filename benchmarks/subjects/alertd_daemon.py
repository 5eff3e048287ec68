"""`alertd run`, unmodified, with a probe beside it.

Only what cannot be seen from outside is taken from inside: the counters, the loop, and its stalls.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import aiohttp

from alertd.__main__ import main
from alertd.app import App
from alertd.sources import pacing
from benchmarks import probe

_LOOK_S = 0.001


class Stalls:
    """How much later than asked the loop came back, at the most."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.longest_s = 0.0
        self._running = False

    def start(self) -> None:
        self.longest_s = 0.0
        self._due_s = self._loop.time() + _LOOK_S
        if not self._running:
            self._running = True
            self._loop.call_at(self._due_s, self._look)

    def stop(self) -> None:
        self._running = False

    def _look(self) -> None:
        now_s = self._loop.time()
        self.longest_s = max(self.longest_s, now_s - self._due_s)
        self._due_s = now_s + _LOOK_S
        if self._running:
            self._loop.call_at(self._due_s, self._look)


def watch(app: App) -> None:
    """Answer from now on. Called on the loop that runs the daemon."""
    loop = asyncio.get_running_loop()
    stalls = Stalls(loop)

    def total(name: str, **wanted: str) -> float:
        cells = app.counters.cells(name)
        return sum(cell.value for key, cell in cells.items() if wanted.items() <= dict(key).items())

    def facts() -> Mapping[str, Any]:
        pushes = total("pushes_total", channel="positions")
        return {
            "reached": pushes,
            "delivered": pushes,
            "notifications": total("notifications_total"),
            "streams_live": total("stream_live"),
            "loop": probe.loop_name(loop),
            "aiohttp": aiohttp.__version__,
            "longest_stall_s": stalls.longest_s,
        }

    def begin(_: str) -> Mapping[str, Any]:
        """Stalls and the peak of memory count from now on."""
        loop.call_soon_threadsafe(stalls.start)
        probe.forget_peak()
        return probe.usage()

    def end(_: str) -> Mapping[str, Any]:
        loop.call_soon_threadsafe(stalls.stop)
        return {**probe.usage(), **facts()}

    probe.serve(facts, {"begin": begin, "end": end})


def watched_run(run: Any) -> Any:
    async def running(app: App) -> None:
        watch(app)
        await run(app)

    return running


async def no_pace(*_: object) -> None:
    """Hundreds of streams at once: memory is asked for here, not the exchange's limit of connects."""


if __name__ == "__main__":
    settings = probe.arguments()
    App.run = watched_run(App.run)  # type: ignore[method-assign]
    if settings.get("unpaced"):
        assert "turn" in vars(pacing.ConnectPacer)
        pacing.ConnectPacer.turn = no_pace  # type: ignore[method-assign,assignment]
    sys.argv = ["alertd", "run", "--config", settings["config"]]
    main()
