from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from alertd.domain.errors import ConnectionLost
from alertd.sources.connection import FRAMES_AT_ONCE, TCP_USER_TIMEOUT_MS, Endpoint, dial
from alertd.sources.session import open_session
from tests.doubles.certificates import Certificates
from tests.doubles.exchange_server import ExchangeServer
from tests.sources.rig import running

pytestmark = pytest.mark.looptime


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is a Linux option")
async def test_data_nobody_acknowledges_ends_the_socket() -> None:
    async with ExchangeServer() as server, open_session() as session:
        ws = await dial(Endpoint(session, server.url))
        raw = ws.get_extra_info("socket")

        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == TCP_USER_TIMEOUT_MS
        await ws.close()


async def test_no_compression_is_offered() -> None:
    async with ExchangeServer() as server, open_session() as session:
        ws = await dial(Endpoint(session, server.url))

        assert ws.compress == 0
        await ws.close()


async def test_what_the_certificate_says_is_not_kept_once_it_was_verified(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def greet(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_str(await ws.receive_str() + ", too")
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/ws", greet)
    tls = ssl.create_default_context(cafile=certificates.ca_file)
    server = TestServer(app, scheme="https")
    async with open_session() as session:
        await server.start_server(ssl=certificates.server)
        ws = await dial(Endpoint(session, f"wss://127.0.0.1:{server.port}/ws", tls))
        assert ws.get_extra_info("peercert") == {}
        assert ws.get_extra_info("cipher")
        await ws.send_str("hello")
        assert (await ws.receive()).data == b"hello, too"
        await ws.close()
        await server.close()


async def test_others_get_their_turn_while_a_burst_is_read() -> None:
    burst = 8 * FRAMES_AT_ONCE
    async with ExchangeServer() as server, running(server.url) as rig:
        await rig.watched()
        peer = await server.subscribed(0, 1)
        rig.let_through.clear()
        for n in range(burst):
            await peer.push("orders", n)
        turns = 0
        await asyncio.sleep(1)  # all have arrived
        rig.let_through.set()
        while len(rig.events) < burst:
            await asyncio.sleep(0)
            turns += 1
        assert rig.numbers() == list(range(burst))
        assert turns >= 8


async def test_a_name_that_is_no_host_is_a_lost_connection() -> None:
    async with open_session() as session:
        with pytest.raises(ConnectionLost, match="cannot connect"):
            await dial(Endpoint(session, "ws://127.0.0.1:1/ws"))
