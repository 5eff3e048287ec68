"""The connection itself: limits on connecting, silence, compression, long messages."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from alertd.simulators.okx.limits import Limits


async def test_three_connects_a_second(world):
    okx = await world.serve(connects_per_s=3)
    for _ in range(3):
        await world.connect(okx.private_ws_url)
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await world.connect(okx.business_ws_url)
    assert caught.value.status == 429


async def test_a_silent_connection_is_closed(world):
    okx = await world.serve(replace(Limits(), silence_s=0.1, tick_s=0.01))
    client = await world.connect(okx.private_ws_url)
    assert await client.closed() == (4004, "No data received in 30s.")


async def test_control_pings_are_answered_but_are_no_sign_of_life(world):
    okx = await world.serve(replace(Limits(), silence_s=0.15, tick_s=0.01))
    client = await world.connect(okx.private_ws_url, autoping=False)
    await client.ws.ping(b"x")
    assert (await client.ws.receive()).type is aiohttp.WSMsgType.PONG
    assert (await client.closed())[0] == 4004


async def test_text_pings_keep_it_open(world):
    okx = await world.serve(replace(Limits(), silence_s=0.2, tick_s=0.01))
    client = await world.connect(okx.private_ws_url)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while loop.time() - began_s < 0.5:
        await client.no_more()
        await asyncio.sleep(0.02)
    assert okx.sessions


@pytest.mark.parametrize(("keep", "closes"), [(True, False), (False, True)])
async def test_whether_pushes_keep_it_open_is_a_setting(world, keep, closes):
    limits = replace(Limits(), silence_s=0.2, regular_push_s=0.05, tick_s=0.01, pushes_keep_alive=keep)
    okx = await world.serve(limits)
    okx.add_account()
    client = await world.subscribed(okx, "account")
    if closes:
        assert (await client.closed())[0] == 4004
    else:
        await client.frames(10)  # about half a second


async def test_a_message_too_long_is_closed_with_1009(okx, world):
    client = await world.connect(okx.private_ws_url)
    await client.send("x" * 70_000)
    assert (await client.closed())[0] == 1009


async def test_compression_is_negotiated_if_offered(okx, world):
    plain, packed = (
        await world.connect(okx.private_ws_url),
        await world.connect(okx.private_ws_url, compress=15),
    )
    assert (plain.ws.compress, packed.ws.compress) == (0, 15)
    await packed.no_more()


async def test_a_client_that_leaves_is_forgotten(okx, world, until):
    client = await world.logged_in(okx)
    await client.ws.close(code=1000)
    await until(lambda: not okx.sessions)


async def test_unknown_paths(okx, world):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await world.connect(okx.private_ws_url.replace("private", "secret"))
