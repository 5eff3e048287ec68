from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from alertd.domain.errors import ConnectionLost
from alertd.sources.connection import FRAMES_AT_ONCE, TCP_USER_TIMEOUT_MS, Endpoint, dial
from alertd.sources.session import open_session
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
