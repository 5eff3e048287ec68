"""A loop whose time passes only while it has nothing to do: hours in seconds, and a busy machine adds none.

@leaping
async def test_a_day() -> None: ...
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

# So long a byte on loopback, or a thread's answer, may be on its way: real seconds.
GRACE_S = 0.0002
_OF_THREADS = ("store/writer.py", "sinks/threads.py")
THREAD_GRACE_S = 0.05  # while a thread is at work for the loop

P = ParamSpec("P")


class _Leaps(selectors.SelectSelector):
    loop: LeapingLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(min(timeout, self.loop.grace_s()))
        if not ready:
            self.loop.leap(timeout)
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """Counts no time of its own: what waits for a timer gets it as soon as nothing else is to be done."""

    def __init__(self) -> None:
        self._leaps = _Leaps()
        self._leaps.loop = self
        self._now_s = time.monotonic()
        self._threads_at_work = 0
        super().__init__(self._leaps)

    def time(self) -> float:
        return self._now_s

    def leap(self, seconds: float) -> None:
        """So much later it is."""
        self._now_s += seconds

    def grace_s(self) -> float:
        """How long to listen before time passes."""
        return THREAD_GRACE_S if self._threads_at_work else GRACE_S

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """As usual, and until it is done a thread is at work."""
        return self._awaited(super().run_in_executor(executor, func, *args))

    def create_future(self) -> asyncio.Future[Any]:
        """As usual; the store's writer and the sinks' threads settle theirs from outside."""
        future = super().create_future()
        is_of_a_thread = sys._getframe(1).f_code.co_filename.endswith(_OF_THREADS)
        return self._awaited(future) if is_of_a_thread else future

    def _awaited(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        self._threads_at_work += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self._threads_at_work -= 1


def leaping(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test's coroutine on such a loop."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        assert threading.current_thread() is threading.main_thread()
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
