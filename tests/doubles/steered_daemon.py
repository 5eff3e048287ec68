"""The daemon as a process whose hours pass when a test says so.

    async with Steering() as steering:
        daemon = steering.daemon(config, env)
        await daemon.start()
        await steering.pass_time(3600)

Time passes there as it does here, and in leaps only as far as it was granted, while nothing else is to be
done. So an hour lasts as long as its work does, and a busy machine brings no deadline nearer.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from alertd.app import App
from alertd.clock import Clock
from alertd.config import load
from alertd.telemetry import set_up_logging
from tests.doubles.daemon import Daemon

STEP_S = 20.0  # granted at a time: an answer may be late by so much, which is less than a sink may take
_TURNS = 8  # of our loop, for what has arrived here to be answered before more is granted
_GRACE_S = 0.00005  # so long a byte on loopback may take before time leaps
_REPOSITORY = Path(__file__).parents[2]
_PORT, _GAINED = "STEERED_BY_PORT", "STEERED_GAINED_S"


class Steering:
    """Grants time to one daemon after the other: who is started anew goes on where the last one was."""

    def __init__(self) -> None:
        self.granted_s = 0.0
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def daemon(self, config: Path, env: dict[str, str]) -> Daemon:
        """As a user starts it, but for its time."""
        port = self._server.sockets[0].getsockname()[1]
        self._connected.clear()
        steered = {_PORT: str(port), _GAINED: str(self.granted_s), "PYTHONPATH": str(_REPOSITORY)}
        return Daemon(config, {**env, **steered}, command=("tests.doubles.steered_daemon", str(config)))

    async def pass_time(self, seconds: float) -> None:
        """Returns when the daemon has lived through it. Raises: AssertionError where it does not."""
        async with asyncio.timeout(30):
            await self._connected.wait()
        assert self._line is not None
        reader, writer = self._line
        while seconds > 0:
            step_s = min(seconds, STEP_S)
            writer.write(f"{step_s}\n".encode())
            self.granted_s += step_s
            async with asyncio.timeout(30):
                assert await reader.readline(), "the daemon ended"
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            seconds -= step_s

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._line = reader, writer
        self._writers.append(writer)
        self._connected.set()


class _Leaps(selectors.SelectSelector):
    """Waits as long as asked where no time is granted; else until the next timer is made to be due."""

    def __init__(self) -> None:
        super().__init__()
        self.gained_s = 0.0
        self.granted_s = 0.0
        self.spent = asyncio.Event()

    def select(self, timeout: float | None = None) -> Any:
        if self.granted_s <= 0 or (timeout is not None and timeout <= 0):
            return super().select(timeout)
        ready = super().select(_GRACE_S if timeout is None else min(timeout, _GRACE_S))
        if not ready:
            leap_s = self.granted_s if timeout is None else min(timeout, self.granted_s)
            self.gained_s += leap_s
            self.granted_s -= leap_s
            if self.granted_s <= 0:
                self.spent.set()
        return ready


class _SteeredLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaps = _Leaps()
        super().__init__(self._leaps)

    def time(self) -> float:
        return time.monotonic() + self._leaps.gained_s

    async def grant(self, seconds: float) -> None:
        self._leaps.spent.clear()
        self._leaps.granted_s = seconds
        await self._leaps.spent.wait()


class _SteeredClock(Clock):
    """On from what earlier processes were granted."""

    def __init__(self, loop: _SteeredLoop, gained_s: float) -> None:
        self._loop = loop
        self._began = datetime.now(UTC) + timedelta(seconds=gained_s)
        self._began_s = loop.time()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._loop.time() - self._began_s)

    def monotonic_s(self) -> float:
        return self._loop.time()


async def _steered(loop: _SteeredLoop) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ[_PORT]))
    while line := await reader.readline():
        await loop.grant(float(line))
        writer.write(b"\n")


async def _run(config: Path) -> None:
    settings = load(config)
    set_up_logging(settings.log.format, settings.log.level)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _SteeredLoop)
    app = App(settings, clock=_SteeredClock(loop, float(os.environ[_GAINED])))
    loop.add_signal_handler(signal.SIGTERM, app.stop.set)
    steered = asyncio.create_task(_steered(loop))
    await app.run()
    steered.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=_SteeredLoop) as runner:
        runner.run(_run(Path(sys.argv[1])))
