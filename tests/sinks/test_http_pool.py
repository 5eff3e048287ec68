"""One host's connections on real sockets: what was sent, what may have been, and what is used again."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alertd.clock import Clock
from alertd.sinks.http_answer import Answer
from alertd.sinks.http_connection import NoAnswer, NotSent
from alertd.sinks.http_pool import KEPT_S, HttpPool
from tests.doubles.certificates import Certificates
from tests.doubles.raw_server import OK, Behaviour, Caller, RawServer, answer_all

SOON_S, LONG_S = 0.2, 10.0


class MovedClock(Clock):
    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


def request(body: bytes = b"{}") -> bytes:
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@asynccontextmanager
async def pool_to(server: RawServer, clock: Clock | None = None) -> AsyncIterator[HttpPool]:
    pool = HttpPool("127.0.0.1", server.port, None, clock or Clock())
    try:
        yield pool
    finally:
        pool.close()


async def asked(pool: HttpPool, body: bytes = b"{}", timeout_s: float = LONG_S) -> Answer:
    return await pool.ask(request(body), timeout_s)


def answering(data: bytes) -> Behaviour:
    """To each request on the connection."""

    async def behave(caller: Caller) -> None:
        while True:
            await caller.request()
            await caller.say(data)

    return behave


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with RawServer() as server, pool_to(server) as pool:
        for number in range(5):
            assert (await asked(pool, b"%d" % number)).status == 200
        assert server.connection_of == [0] * 5
        assert server.bodies == [b"0", b"1", b"2", b"3", b"4"]
        assert pool.kept == 1


async def test_what_is_asked_at_once_gets_connections_of_its_own() -> None:
    all_there = asyncio.Event()

    async def behave(caller: Caller) -> None:
        await caller.request()
        if len(server.bodies) == 3:
            all_there.set()
        await all_there.wait()
        await caller.say(OK)
        await answer_all(caller)

    async with RawServer(behave) as server, pool_to(server) as pool:
        await asyncio.gather(*(asked(pool) for _ in range(3)))
        assert sorted(server.connection_of) == [0, 1, 2]
        assert pool.kept == 3
        await asked(pool)
        assert server.connections == 3


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"more",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 70_000,
        b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["close", "1.0", "more", "endless", "kept for a moment"],
)
async def test_a_connection_that_may_not_be_used_again_is_not(data: bytes) -> None:
    async with RawServer(answering(data)) as server, pool_to(server) as pool:
        assert (await asked(pool)).status == 200
        assert (await asked(pool)).status == 200
        assert server.connection_of == [0, 1]
        assert pool.kept == 0


async def test_a_connection_is_kept_for_a_short_while() -> None:
    clock = MovedClock()
    async with RawServer() as server, pool_to(server, clock) as pool:
        await asked(pool)
        clock.ahead_s += KEPT_S - 0.1
        await asked(pool)
        clock.ahead_s += KEPT_S
        await asked(pool)
        assert server.connection_of == [0, 0, 1]


async def test_as_long_as_the_receiver_says_but_a_little_less() -> None:
    clock = MovedClock()
    kept = b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok"
    async with RawServer(answering(kept)) as server, pool_to(server, clock) as pool:
        await asked(pool)
        clock.ahead_s += 3.9
        await asked(pool)
        clock.ahead_s += 4.0
        await asked(pool)
        assert server.connection_of == [0, 0, 1]


async def test_what_nobody_uses_is_let_go() -> None:
    async with RawServer() as server, pool_to(server) as pool:
        await asked(pool)
        await server.until_closed()
        assert pool.kept == 0


async def test_an_idle_connection_that_was_closed_is_not_used() -> None:
    """The end has arrived, and the loop knows."""

    async def behave(caller: Caller) -> None:
        await caller.request()
        await caller.say(OK)

    async with RawServer(behave) as server, pool_to(server) as pool:
        for _ in range(3):
            assert (await asked(pool)).status == 200
            await server.until_closed()
        assert server.connection_of == [0, 1, 2]


async def test_an_end_that_the_loop_has_not_read_yet_is_seen() -> None:
    """The end arrives while the loop is busy: a request written then would be lost, or read by nobody."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    pool = HttpPool("127.0.0.1", listener.getsockname()[1], None, Clock())

    def serve_one() -> socket.socket:
        conn, _ = listener.accept()
        data = b""
        while not data.endswith(b"{}"):
            data += conn.recv(65536)
        conn.sendall(OK)
        return conn

    try:
        serving = loop.run_in_executor(None, serve_one)
        assert (await asked(pool)).status == 200
        first = await serving
        assert pool.kept == 1
        first.close()  # from here to the request the loop gets no turn
        second = loop.run_in_executor(None, serve_one)
        assert (await asked(pool)).status == 200
        (await second).close()
    finally:
        pool.close()
        listener.close()


async def closes_after_reading(caller: Caller) -> None:
    await caller.request()


async def answers_half(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"HTTP/1.1 200 OK\r\nContent-Len")


async def answers_half_a_body(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")


async def resets(caller: Caller) -> None:
    await caller.request()
    caller.reset()


async def resets_unread(caller: Caller) -> None:
    await caller.reader.read(1)
    caller.reset()


async def speaks_no_http(caller: Caller) -> None:
    await caller.request()
    await caller.say(b"SSH-2.0-OpenSSH_9.0\r\n\r\n")


@pytest.mark.parametrize(
    "behave",
    [closes_after_reading, answers_half, answers_half_a_body, resets, resets_unread, speaks_no_http],
)
async def test_a_request_that_was_written_and_not_answered_may_have_arrived(behave: Behaviour) -> None:
    async with RawServer(behave) as server, pool_to(server) as pool:
        with pytest.raises(NoAnswer):
            await asked(pool)
        assert server.connections == 1
        assert pool.kept == 0


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\no"]
)
async def test_who_hangs_is_given_up(said: bytes) -> None:
    async def hangs(caller: Caller) -> None:
        await caller.request()
        await caller.say(said)
        await caller.reader.read()

    async with RawServer(hangs) as server, pool_to(server) as pool:
        with pytest.raises(NoAnswer, match="no answer in time"):
            await asked(pool, timeout_s=SOON_S)
        await server.until_closed()  # it was hung up


async def test_a_caller_that_is_cancelled_leaves_no_connection_behind() -> None:
    came = asyncio.Event()

    async def hangs(caller: Caller) -> None:
        await caller.request()
        came.set()
        await caller.reader.read()

    async with RawServer(hangs) as server, pool_to(server) as pool, asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(asked(pool))
        await came.wait()
        asking.cancel()
        await server.until_closed()
        assert pool.kept == 0


async def test_a_kept_connection_that_breaks_is_the_last_one_kept() -> None:
    """It may have been closed while the request was on its way: nobody can tell, so no other is risked."""
    clock = MovedClock()

    async def behave(caller: Caller) -> None:
        await caller.request()
        await caller.say(OK)
        if caller.number == 0:
            await caller.request()
            return
        await answer_all(caller)

    async with RawServer(behave) as server, pool_to(server, clock) as pool:
        await asked(pool)
        with pytest.raises(NoAnswer):
            await asked(pool)
        for _ in range(3):
            await asked(pool)
        assert server.connection_of == [0, 0, 1, 2, 3]
        clock.ahead_s += 601
        await asked(pool)
        await asked(pool)
        assert server.connection_of[5:] == [4, 4]


async def test_nobody_there_is_known_not_to_have_arrived() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        pool = HttpPool("127.0.0.1", probe.getsockname()[1], None, Clock())
        with pytest.raises(NotSent, match="no connection: "):
            await asked(pool)


async def test_no_such_host_is_known_not_to_have_arrived() -> None:
    with pytest.raises(NotSent, match="no connection: "):
        await asked(HttpPool("nowhere.invalid", 80, None, Clock()))


async def test_a_host_that_takes_no_connection_is_known_not_to_have_arrived() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        crowd = [socket.socket() for _ in range(3)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        pool = HttpPool("127.0.0.1", port, None, Clock())
        with pytest.raises(NotSent, match=r"no connection within 0\.2 s"):
            await asked(pool, timeout_s=SOON_S)
        for one in crowd:
            one.close()


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca_file))


async def test_over_tls(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def tls() -> ssl.SSLContext:
        return trusting(certificates)

    async with RawServer(tls=certificates.server) as server:
        pool = HttpPool("127.0.0.1", server.port, tls, Clock())
        assert [(await asked(pool)).status for _ in range(3)] == [200] * 3
        assert server.connection_of == [0, 0, 0]
        pool.close()


@pytest.mark.parametrize("wrong", ["show_untrusted", "show_expired", "show_other_name"])
async def test_a_wrong_certificate_gets_no_request(tmp_path: Path, wrong: str) -> None:
    certificates = Certificates(tmp_path)
    getattr(certificates, wrong)()

    async def tls() -> ssl.SSLContext:
        return trusting(certificates)

    async with RawServer(tls=certificates.server) as server:
        with pytest.raises(NotSent, match="its certificate is not accepted"):
            await asked(HttpPool("127.0.0.1", server.port, tls, Clock()))
        assert server.bodies == []


async def test_a_server_that_speaks_no_tls_gets_no_request(tmp_path: Path) -> None:
    async def tls() -> ssl.SSLContext:
        return trusting(Certificates(tmp_path))

    async def plain(caller: Caller) -> None:
        await caller.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with RawServer(plain) as server:
        with pytest.raises(NotSent, match="no connection"):
            await asked(HttpPool("127.0.0.1", server.port, tls, Clock()))
        assert server.bodies == []
