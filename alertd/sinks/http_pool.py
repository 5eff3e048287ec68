"""The connections to one host: a new one where none is free, kept for a short while after its answer.

A receiver may close a connection while our next request is on its way, and nobody can tell then whether it
was read. So a kept connection is used only for a short time (shorter than receivers keep them, or than this
one says), only if its socket is silent, and if one breaks all the same no connection is kept for a while.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Awaitable, Callable

from alertd.clock import Clock
from alertd.sinks.http_answer import Answer
from alertd.sinks.http_connection import Connection, NoAnswer, NotSent

KEPT_S = 1.5  # gunicorn keeps an idle connection for 2 s, Node, Apache and uvicorn for 5
LONGEST_KEPT_S = 30.0
MARGIN_S = 1.0  # less than the receiver says
DISTRUST_S = 600.0
LONGEST_REASON = 200


class HttpPool:
    """Used from one loop. `tls` gives the context; None for plain HTTP."""

    def __init__(
        self, host: str, port: int, tls: Callable[[], Awaitable[ssl.SSLContext]] | None, clock: Clock
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._clock = clock
        self._kept: deque[tuple[float, Connection]] = deque()  # until when; the freshest last
        self._sweep: asyncio.TimerHandle | None = None
        self._distrusted_until_s = float("-inf")
        self._context: ssl.SSLContext | None = None

    @property
    def kept(self) -> int:
        """Connections that wait for their next request."""
        return len(self._kept)

    async def ask(self, request: bytes, timeout_s: float, *, to_head: bool = False) -> Answer:
        """The answer, at most `timeout_s` from now. Raises: NotSent, NoAnswer."""
        began_s = self._clock.monotonic_s()
        connection = self._free() or await self._connected(timeout_s)
        left_s = max(0.0, timeout_s - (self._clock.monotonic_s() - began_s))
        try:
            answer = await connection.ask(request, left_s, to_head=to_head)
        except NoAnswer:
            if connection.was_used:
                self._distrust()
            raise
        except asyncio.CancelledError:
            connection.drop()
            raise
        if answer.reusable:
            self._keep(connection, answer)
        return answer

    def close(self) -> None:
        """Let go of what is kept."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        while self._kept:
            self._kept.pop()[1].drop()

    async def _connected(self, timeout_s: float) -> Connection:
        """Raises: NotSent."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._connect()
        except TimeoutError:
            raise NotSent(f"no connection within {timeout_s:g} s") from None

    async def _connect(self) -> Connection:
        """Raises: NotSent."""
        loop = asyncio.get_running_loop()
        if self._tls is not None and self._context is None:
            self._context = await self._tls()
        try:
            _, connection = await loop.create_connection(
                Connection, self._host, self._port, ssl=self._context
            )
        except ssl.SSLCertVerificationError as error:
            raise NotSent(f"its certificate is not accepted: {error.verify_message}") from error
        except OSError as error:
            raise NotSent(f"no connection: {error.strerror or error}"[:LONGEST_REASON]) from error
        return connection

    def _free(self) -> Connection | None:
        """The one used last; what is too old or was hung up goes."""
        now_s = self._clock.monotonic_s()
        while self._kept:
            until_s, connection = self._kept.pop()
            if now_s < until_s and connection.is_open:
                return connection
            connection.drop()
        return None

    def _keep(self, connection: Connection, answer: Answer) -> None:
        now_s = self._clock.monotonic_s()
        kept_s = KEPT_S if answer.idle_s is None else min(answer.idle_s - MARGIN_S, LONGEST_KEPT_S)
        if kept_s <= 0 or now_s < self._distrusted_until_s:
            connection.drop()
            return
        self._kept.append((now_s + kept_s, connection))
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(kept_s, self._sweep_old)

    def _sweep_old(self) -> None:
        self._sweep = None
        now_s = self._clock.monotonic_s()
        still = deque((until_s, one) for until_s, one in self._kept if now_s < until_s)
        for until_s, connection in self._kept:
            if now_s >= until_s:
                connection.drop()
        self._kept = still
        if still:
            wait_s = min(until_s for until_s, _ in still) - now_s
            self._sweep = asyncio.get_running_loop().call_later(wait_s, self._sweep_old)

    def _distrust(self) -> None:
        self._distrusted_until_s = self._clock.monotonic_s() + DISTRUST_S
        while self._kept:
            self._kept.pop()[1].drop()
