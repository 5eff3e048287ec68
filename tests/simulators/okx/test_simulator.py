import ssl

import aiohttp
import pytest
import trustme

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator


async def test_addresses_and_stopping():
    simulator = OkxSimulator()
    async with simulator as okx:
        assert okx is simulator
        assert okx.rest_url.startswith("http://127.0.0.1:")
        assert okx.private_ws_url == okx.rest_url.replace("http", "ws") + "/ws/v5/private"
        assert okx.business_ws_url.endswith("/ws/v5/business")
        assert okx.public_ws_url.endswith("/ws/v5/public")
    await simulator.stop()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{simulator.rest_url}/api/v5/public/time")


async def test_stopping_cuts_what_is_connected():
    async with aiohttp.ClientSession() as session:
        simulator = OkxSimulator()
        await simulator.start()
        sockets = [await session.ws_connect(simulator.private_ws_url) for _ in range(2)]
        await sockets[0].send_str("ping")
        await sockets[0].receive()
        simulator.half_open()
        await simulator.stop()
        for one in sockets:
            assert (await one.receive(3)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert not simulator.sessions


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind():
    async with OkxSimulator() as first:
        second = OkxSimulator()
        with pytest.raises(OSError, match="address already in use"):
            await second.start(port=int(first.rest_url.rsplit(":")[-1]))
        async with second:
            assert second.rest_url != first.rest_url


async def test_over_tls():
    authority = trustme.CA()
    server, client = (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    async with OkxSimulator(ssl_context=server) as okx, aiohttp.ClientSession() as session:
        assert okx.private_ws_url.startswith("wss://")
        async with session.ws_connect(okx.private_ws_url, ssl=client) as ws:
            await ws.send_str("ping")
            assert await ws.receive_str() == "pong"


async def test_accounts_are_named_and_their_keys_their_own():
    okx = OkxSimulator()
    with pytest.raises(ValueError, match="known: none"):
        okx.account()
    okx.add_account()
    assert okx.account() is okx.account("main")
    for again in (Account(), Account(name="b"), Account(name="b", api_key="2"), Account(name="b", uid="2")):
        with pytest.raises(ValueError, match="there already"):
            okx.add_account(again)
    okx.add_account(Account(name="other", api_key="2", uid="2"))
    with pytest.raises(ValueError, match="main, other"):
        okx.account()


async def test_market_time_runs_at_the_speed_asked_for(until):
    async with OkxSimulator(speed=1000) as okx:
        okx.glide("BTC-USDT-SWAP", "90000", over_s=100)
        await until(lambda: okx.market.mark("BTC-USDT-SWAP") == 90000)
