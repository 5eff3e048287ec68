"""Sent once, and what is known where no answer comes: it never left, or it may have arrived."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from alertd.domain.errors import OutcomeUnknown, RequestUnavailable
from alertd.exchanges.okx.posting import LARGEST_ANSWER, post_once
from alertd.sources.session import open_session
from tests.doubles.raw_server import Behaviour, Caller, RawServer

BODY = b'{"a":"b"}'


def said(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


async def post(session: aiohttp.ClientSession, port: int, timeout_s: float = 5.0) -> tuple[int, bytes]:
    url = f"http://127.0.0.1:{port}/api?a=%2C"
    return await post_once(session, url, {"X-Name": "x"}, BODY, timeout_s=timeout_s)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "503 Service Unavailable"])
async def test_what_comes_back_is_given_whatever_it_is(session: aiohttp.ClientSession, status: str) -> None:
    async def answer(caller: Caller) -> None:
        await caller.request()
        await caller.say(said(b"<html>", status))

    async with RawServer(answer) as server:
        assert await post(session, server.port) == (int(status[:3]), b"<html>")
    assert server.bodies == [BODY]
    assert server.heads[0].startswith(b"POST /api?a=%2C HTTP/1.1\r\n")
    assert b"X-Name: x" in server.heads[0]


async def hang_up(caller: Caller) -> None:
    await caller.request()


async def reset(caller: Caller) -> None:
    await caller.request()
    caller.reset()


async def reset_at_once(caller: Caller) -> None:
    caller.reset()


async def cut_the_answer(caller: Caller) -> None:
    await caller.request()
    await caller.say(said(b"half")[:-2])


async def never_end(caller: Caller) -> None:
    await caller.request()
    await caller.reader.read()


async def answer_nonsense(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"what?\r\n\r\n")


async def answer_too_much(caller: Caller) -> None:
    await caller.request()
    await caller.say(said(b"x" * (LARGEST_ANSWER + 1)))


async def send_elsewhere(caller: Caller) -> None:
    await caller.request()
    await caller.say(said(b"", "307 Temporary Redirect", "Location: /other\r\n"))


@pytest.mark.parametrize(
    "behaviour",
    [
        hang_up,
        reset,
        reset_at_once,
        cut_the_answer,
        never_end,
        answer_nonsense,
        answer_too_much,
        send_elsewhere,
    ],
)
async def test_once_connected_the_outcome_is_unknown_and_nothing_is_repeated(
    session: aiohttp.ClientSession, behaviour: Behaviour
) -> None:
    async with RawServer(behaviour) as server:
        with pytest.raises(OutcomeUnknown, match="POST /api: "):
            await post(session, server.port, timeout_s=0.5 if behaviour is never_end else 5.0)
    assert server.connections == 1
    assert len(server.bodies) <= 1


async def test_a_kept_connection_that_was_closed_is_not_dialled_again_by_itself(
    session: aiohttp.ClientSession,
) -> None:
    async def once(caller: Caller) -> None:
        await caller.request()
        await caller.say(said(b"ok"))
        await caller.request()
        caller.reset()

    async with RawServer(once) as server:
        await post(session, server.port)
        with pytest.raises(OutcomeUnknown):
            await post(session, server.port)
    assert (server.connections, len(server.bodies)) == (1, 2)


async def test_without_a_connection_nothing_left(session: aiohttp.ClientSession) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(RequestUnavailable, match="POST /api: ClientConnector"):
            await post(session, port)


async def test_a_dial_without_end_has_sent_nothing(session: aiohttp.ClientSession) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            with pytest.raises(RequestUnavailable, match="ConnectionTimeoutError"):
                await post(session, port, timeout_s=0.5)
        finally:
            for one in waiting:
                one.close()


@pytest.mark.parametrize("url", ["http:///nowhere", "not an address"])
async def test_what_is_no_address_is_never_sent(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(RequestUnavailable):
        await post_once(session, url, {}, BODY)
