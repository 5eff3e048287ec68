"""A loop whose time passes only while it has nothing to do: hours in seconds, and a busy machine adds none.

@leaping
async def test_a_day() -> None: ...
"""

from __future__ import annotations

import asyncio
import fcntl
import selectors
import socket
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, ParamSpec

# So long a byte on loopback, or a thread's answer, may be on its way: real seconds.
GRACE_S = 0.0002
ON_ITS_WAY_S = 0.05  # while the other end of a socket has not acknowledged what was sent
HUNG_S = 0.05  # while a sink's thread is at work: some tests let it hang for minutes
STORE_S = (
    30.0  # while a disk is waited for: it never waits for a timer, and a busy machine's may need seconds
)
_OF_SINKS = "sinks/threads.py"
_OF_STORE = "store/writer.py"

P = ParamSpec("P")


class _Leaps(selectors.SelectSelector):
    loop: LeapingLoop
    _waited_for: Mapping[int, int] = {}  # bytes on their way, by socket, when they were waited for

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(min(timeout, self.loop.grace_s()))
        if not ready and self._is_worth_waiting():
            ready = super().select(min(timeout, self.loop.on_its_way_s))
        if not ready:
            self.loop.leap(timeout)
        return ready

    def _is_worth_waiting(self) -> bool:
        """Something is on its way; where the loop is short of time, something that was not waited for yet."""
        found = self._on_their_way()
        if found:
            for key in self.get_map().values():
                _acknowledge(key.fd)
            found = self._on_their_way()
        is_new = found != self._waited_for
        self._waited_for = found
        return bool(found) and (is_new or self.loop.on_its_way_s >= ON_ITS_WAY_S)

    def _on_their_way(self) -> dict[int, int]:
        return {key.fd: unsent for key in self.get_map().values() if (unsent := _on_its_way(key.fd))}


def _on_its_way(fd: int) -> int:
    """How many bytes were sent on this socket that the other end has not acknowledged yet."""
    try:
        unsent = fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4))
    except OSError:  # it listens, or is none
        return 0
    return int(struct.unpack("i", unsent)[0])


def _acknowledge(fd: int) -> None:
    """Say now what was read from this socket; by itself the system takes up to 40 ms to do so."""
    if not hasattr(socket, "TCP_QUICKACK"):  # Linux only
        return
    try:
        end = socket.socket(fileno=fd)
    except OSError:  # no socket
        return
    try:
        if end.family in (socket.AF_INET, socket.AF_INET6) and end.type == socket.SOCK_STREAM:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    finally:
        end.detach()  # it is not ours to close


class LeapingLoop(asyncio.SelectorEventLoop):
    """Counts no time of its own: what waits for a timer gets it as soon as nothing else is to be done.

    `on_its_way_s`: real seconds for bytes that the other end has not acknowledged. One on another loop may
    take 40 ms to do so although it has long read them; who simulates a day gives less, and may find some byte
    a timer late.
    """

    def __init__(self, on_its_way_s: float = ON_ITS_WAY_S) -> None:
        self.on_its_way_s = on_its_way_s
        self._leaps = _Leaps()
        self._leaps.loop = self
        self._now_s = time.monotonic()
        self._at_work = dict.fromkeys((HUNG_S, STORE_S), 0)
        super().__init__(self._leaps)

    def time(self) -> float:
        return self._now_s

    def leap(self, seconds: float) -> None:
        """So much later it is."""
        self._now_s += seconds

    def grace_s(self) -> float:
        """How long to listen before time passes."""
        return max((grace_s for grace_s, calls in self._at_work.items() if calls), default=GRACE_S)

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """As usual, and until it is done a thread is at work: the store's own, where it waits for its end."""
        asks = sys._getframe(2).f_code.co_filename  # behind `asyncio.to_thread`
        grace_s = STORE_S if asks.endswith(_OF_STORE) else HUNG_S
        return self._awaited(super().run_in_executor(executor, func, *args), grace_s)

    def create_future(self) -> asyncio.Future[Any]:
        """As usual; the store's writer and the sinks' threads settle theirs from outside."""
        future = super().create_future()
        asks = sys._getframe(1).f_code.co_filename
        if asks.endswith(_OF_STORE):
            return self._awaited(future, STORE_S)
        return self._awaited(future, HUNG_S) if asks.endswith(_OF_SINKS) else future

    def _awaited(self, future: asyncio.Future[Any], grace_s: float) -> asyncio.Future[Any]:
        self._at_work[grace_s] += 1
        future.add_done_callback(lambda _: self._thread_done(grace_s))
        return future

    def _thread_done(self, grace_s: float) -> None:
        self._at_work[grace_s] -= 1


def leaping(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test's coroutine on such a loop."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        assert threading.current_thread() is threading.main_thread()
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
