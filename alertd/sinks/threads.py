"""Blocking calls beside the event loop, in threads that never hold up the end of the process.

`concurrent.futures` joins its threads when the interpreter ends, so one hung send would delay every
stop by minutes; daemon threads are left behind instead.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

IDLE_S = 10.0  # a thread without a call ends: what a burst needed is given back


class TooManyHang(Exception):
    """The limit of calls that never came back is reached; nothing was started."""


class CallFailed(Exception):
    """The function raised; its exception is the cause."""


class _Call:
    """One call; the thread says when it is over, the caller when it no longer waits."""

    __slots__ = ("_function", "_loop", "is_over", "result")

    def __init__(self, function: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._function = function
        self._loop = loop
        self.result: asyncio.Future[Any] = loop.create_future()
        self.is_over = False

    def run(self, over: Callable[[], None]) -> None:
        """On a thread: the function, then `over`, then the news for the caller."""
        try:
            value = self._function()
        except Exception as error:  # noqa: BLE001 - a thread's exception would reach nobody; the caller gets it
            failed = CallFailed(f"{type(error).__name__}: {error}")
            failed.__cause__ = error
            settle: Callable[[], None] = partial(_settle_error, self.result, failed)
        else:
            settle = partial(_settle, self.result, value)
        finally:
            self.is_over = True
        over()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(settle)


class CallThreads:
    """One thread a call, used again for later ones. A call that outlives its deadline is counted as lost
    until it ends.
    """

    def __init__(self, name: str, most_lost: int, idle_s: float = IDLE_S) -> None:
        self._name = name
        self._most_lost = most_lost
        self._idle_s = idle_s
        self._lost: set[_Call] = set()
        self._idle: deque[queue.SimpleQueue[_Call]] = deque()  # each the inbox of a thread that waits

    @property
    def lost(self) -> int:
        """How many calls are still running although nobody waits for them."""
        self._lost = {call for call in self._lost if not call.is_over}
        return len(self._lost)

    async def call(self, function: Callable[[], T], deadline_s: float) -> T:
        """The function's result. Raises: TimeoutError at the deadline, TooManyHang, CallFailed."""
        if self._lost and self.lost >= self._most_lost:
            raise TooManyHang
        call = _Call(function, asyncio.get_running_loop())
        self._hand_over(call)
        try:
            async with asyncio.timeout(deadline_s):
                result: T = await call.result
                return result
        finally:
            if not call.result.done() or call.result.cancelled():
                self._lost.add(call)

    def _hand_over(self, call: _Call) -> None:
        try:
            inbox = self._idle.pop()  # the one that waited least: the others may end
        except IndexError:
            inbox = queue.SimpleQueue()
            thread = threading.Thread(target=self._serve, args=(inbox,), name=self._name, daemon=True)
            inbox.put(call)
            thread.start()
        else:
            inbox.put(call)

    def _serve(self, inbox: queue.SimpleQueue[_Call]) -> None:
        """A thread's life: one call after the other, until none came for a while."""
        while True:
            try:
                call = inbox.get(timeout=self._idle_s)
            except queue.Empty:
                try:
                    self._idle.remove(inbox)
                except ValueError:  # taken this very moment: a call is about to come
                    continue
                return
            call.run(over=partial(self._idle.append, inbox))


def _settle(result: asyncio.Future[T], value: T) -> None:
    if not result.done():
        result.set_result(value)


def _settle_error(result: asyncio.Future[T], error: CallFailed) -> None:
    if not result.done():
        result.set_exception(error)
