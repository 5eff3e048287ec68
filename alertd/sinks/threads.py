"""Blocking calls beside the event loop, in threads that never hold up the end of the process.

`concurrent.futures` joins its threads when the interpreter ends, so one hung send would delay every
stop by minutes; daemon threads are left behind instead.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class TooManyHang(Exception):
    """The limit of calls that never came back is reached; nothing was started."""


class CallFailed(Exception):
    """The function raised; its exception is the cause."""


class CallThreads:
    """One thread a call. A call that outlives its deadline is counted as lost until it ends."""

    def __init__(self, name: str, most_lost: int) -> None:
        self._name = name
        self._most_lost = most_lost
        self._lost: set[threading.Thread] = set()

    @property
    def lost(self) -> int:
        """How many calls are still running although nobody waits for them."""
        self._lost = {thread for thread in self._lost if thread.is_alive()}
        return len(self._lost)

    async def call(self, function: Callable[[], T], deadline_s: float) -> T:
        """The function's result. Raises: TimeoutError at the deadline, TooManyHang, CallFailed."""
        if self.lost >= self._most_lost:
            raise TooManyHang
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        work = partial(_run, function, loop, result)
        thread = threading.Thread(target=work, name=self._name, daemon=True)
        thread.start()
        try:
            return await asyncio.wait_for(result, deadline_s)
        finally:
            if not result.done() or result.cancelled():
                self._lost.add(thread)


def _run(function: Callable[[], T], loop: asyncio.AbstractEventLoop, result: asyncio.Future[T]) -> None:
    try:
        value = function()
    except Exception as error:  # noqa: BLE001 - a thread's exception would reach nobody; the caller gets it
        failed = CallFailed(f"{type(error).__name__}: {error}")
        failed.__cause__ = error
        settle: Callable[[], None] = partial(_settle_error, result, failed)
    else:
        settle = partial(_settle, result, value)
    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop is closed: nobody waits any more


def _settle(result: asyncio.Future[T], value: T) -> None:
    if not result.done():
        result.set_result(value)


def _settle_error(result: asyncio.Future[T], error: CallFailed) -> None:
    if not result.done():
        result.set_exception(error)
