"""One HTTP/1.1 connection: a request, its whole answer, then the next one.

Not aiohttp's client: it costs six times as much a request, tells a request that was never written from one
that was not answered only by its private parts, and repeats some methods by itself.
"""

from __future__ import annotations

import asyncio
import select
from typing import cast

from alertd.sinks.http_answer import Answer, AnswerReader, BadAnswer, whole_answer

# Anything that can be read while no answer is due is the end of the connection, or nothing that we asked for.
_NEWS = select.POLLIN | select.POLLHUP | select.POLLERR

_REMEMBERED = 1024  # bytes


class NotSent(Exception):
    """There is no connection, so nothing can have arrived. The text is for people and may name the host."""


class NoAnswer(Exception):
    """The request was written and not answered as HTTP wants it: it may have arrived."""


class Connection(asyncio.Protocol):
    """Made by the loop. One `ask` at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._poll: select.poll | None = None
        self._reader: AnswerReader | None = None  # of an answer that comes in parts
        self._to_head = False
        self._due: asyncio.Future[Answer] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.was_used = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket").fileno(), _NEWS)

    def data_received(self, data: bytes) -> None:
        if self._due is None:
            self.drop()  # nobody asked
            return
        try:
            answer = self._read(data)
        except BadAnswer as bad:
            self._fail(str(bad))
            return
        if answer is not None:
            self._settle(answer)

    def eof_received(self) -> bool:
        answer = self._reader.closed() if self._due is not None and self._reader is not None else None
        if answer is not None:
            self._settle(answer)
        else:
            self._fail("the connection was closed before the answer was whole")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        reason = f"the connection broke ({type(exc).__name__})" if exc else "the connection was closed"
        self._transport = None
        self._fail(f"{reason} before the answer was whole")

    @property
    def is_open(self) -> bool:
        """Whether a request may be written: the other side has not hung up, as far as anyone here can know.

        Asks the socket itself, because what has arrived may wait for the loop's next turn.
        """
        transport, poll = self._transport, self._poll
        if transport is None or poll is None or transport.is_closing():
            return False
        return not poll.poll(0)

    def ask(self, request: bytes, wait_s: float, *, to_head: bool) -> asyncio.Future[Answer]:
        """Write a request. Raises: NotSent; the future, after `wait_s` at the latest, raises: NoAnswer."""
        if self._transport is None:
            raise NotSent("the connection was closed before the request")
        due = self._due = self._loop.create_future()
        self._reader, self._to_head = None, to_head
        self._deadline = self._loop.call_later(wait_s, self._fail, "no answer in time")
        self._transport.write(request)
        return due

    def drop(self) -> None:
        """At once, without the ceremony of TLS: whoever hangs gets no more of our time."""
        if self._transport is not None:
            self._transport.abort()

    def _read(self, data: bytes) -> Answer | None:
        """Raises: BadAnswer."""
        if self._reader is None:
            if len(data) <= _REMEMBERED and (answer := whole_answer(data, to_head=self._to_head)) is not None:
                return answer
            self._reader = AnswerReader(to_head=self._to_head)
        return self._reader.feed(data)

    def _settle(self, answer: Answer) -> None:
        due = self._over()
        self.was_used = True
        if not answer.reusable:
            self.drop()
        if due is not None and not due.done():
            due.set_result(answer)

    def _fail(self, why: str) -> None:
        due = self._over()
        self.drop()
        if due is not None and not due.done():
            due.set_exception(NoAnswer(why))

    def _over(self) -> asyncio.Future[Answer] | None:
        """What was due is due no more."""
        due, self._due = self._due, None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        return due
