"""Each way to misbehave, seen from a client."""

import asyncio
import json
from dataclasses import replace

import aiohttp
import pytest

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits

BTC = "BTC-USDT-SWAP"


@pytest.fixture
async def client(okx, world):
    """Subscribed to positions, with its first pushes read."""
    return await world.subscribed(okx, "positions", instType="ANY")


async def silent(client, seconds=0.1):
    with pytest.raises(TimeoutError):
        await client.ws.receive(seconds)


async def test_drop_has_no_close_frame(okx, client):
    okx.drop()
    assert await client.closed() == (1006, "")


async def test_a_reset_is_no_orderly_end(okx, client):
    okx.reset()
    assert await client.closed() == (1006, "")
    assert isinstance(client.ws.exception(), ConnectionResetError)


@pytest.mark.parametrize("code", [1001, 4001, 4004, 4007])
async def test_close_with_any_code(okx, client, code):
    okx.close_all(code, "reason")
    assert await client.closed() == (code, "reason")


async def test_a_code_that_is_none_is_refused(okx, client):
    for door in (okx.close_all, okx.close_logins):
        with pytest.raises(ValueError, match="between 1000 and 4999"):
            door(99)


async def test_service_and_account_narrow(okx, world, client, until):
    business = await world.logged_in(okx, service="business")
    okx.drop(service="business")
    assert await business.closed() == (1006, "")
    await until(lambda: len(okx.sessions) == 1)
    okx.drop(account="somebody")
    await client.no_more()
    okx.drop(account="main")
    assert await client.closed() == (1006, "")


async def test_a_stalled_connection_stays_open_and_sends_nothing(okx, client):
    okx.stall()
    await client.send("ping")
    okx.open_position(BTC)
    await silent(client)
    okx.heal()
    texts = [await client.text(), await client.text()]
    assert "pong" in texts  # late, not lost


async def test_a_stalled_connection_can_still_be_closed(okx, client):
    okx.stall()
    okx.close_all(4006)
    assert await client.closed() == (4006, "")


async def test_half_open_answers_nothing_not_even_control_frames(okx, client):
    okx.half_open()
    await client.send("ping")
    await client.ws.ping()
    await silent(client)
    assert okx.sessions[0].faults.half_open


async def test_a_half_open_connection_ends_with_its_peer(okx, client, until):
    okx.half_open()
    client.ws._response.connection.transport.abort()
    await until(lambda: not okx.sessions)


async def test_stalled_connections_are_not_closed_for_silence(world):
    okx = await world.serve(replace(Limits(), silence_s=0.05, tick_s=0.01))
    client = await world.connect(okx.private_ws_url)
    await client.no_more()
    okx.stall()
    await silent(client, 0.3)


async def test_malformed_and_binary_frames(okx, client):
    okx.malformed()
    with pytest.raises(json.JSONDecodeError):
        json.loads(await client.text())
    assert okx.inject_bytes(b"\xff\x00") == 1
    assert (await client.ws.receive()).data == b"\xff\x00"
    assert okx.inject_text("anything") == 1
    assert await client.text() == "anything"
    await client.no_more()


async def test_an_oversized_frame_has_the_size_asked_for(okx, world):
    client = await world.connect(okx.private_ws_url, max_msg_size=0)
    await client.no_more()
    okx.oversized(5 * 1024 * 1024)
    text = await client.text()
    assert len(text) == 5 * 1024 * 1024
    assert json.loads(text)["arg"] == {"channel": "account"}


async def test_refused_logins_until_healed(okx, world):
    okx.refuse_login("60009")
    client = await world.connect(okx.private_ws_url)
    answer = await client.login(okx.account())
    assert (answer["event"], answer["code"], answer["msg"]) == ("error", "60009", "Login failed.")
    assert (await client.closed())[0] == 4001
    okx.heal()
    assert await world.logged_in(okx)


async def test_logins_answered_by_a_close_alone(okx, world):
    okx.close_logins(4007, "API key is updated or deleted")
    client = await world.connect(okx.private_ws_url)
    await client.send({"op": "login", "args": [{}]})
    assert await client.ws.receive(1) == (aiohttp.WSMsgType.CLOSE, 4007, "API key is updated or deleted")
    okx.heal()
    await world.logged_in(okx)


async def test_logins_never_answered(okx, world):
    okx.ignore_logins()
    client = await world.connect(okx.private_ws_url)
    await client.send({"op": "login", "args": [{}]})
    await client.no_more()
    okx.heal()
    assert (await client.login(okx.account()))["event"] == "login"


@pytest.mark.parametrize("channel", [None, "positions"])
async def test_subscriptions_refused_until_healed(okx, world, channel):
    okx.refuse_subscriptions("60014", channel)
    client = await world.logged_in(okx)
    refused = await client.subscribe("positions", instType="ANY")
    assert (refused["event"], refused["code"], "arg" in refused) == ("error", "60014", False)
    other = await client.subscribe("liquidation-warning", instType="ANY")
    assert other["event"] == ("error" if channel is None else "subscribe")
    okx.heal()
    while (answer := await client.subscribe("positions", instType="ANY"))["event"] != "subscribe":
        assert answer["event"] == "channel-conn-count"


async def test_a_handshake_is_answered_with_a_page_or_a_redirect(okx, world):
    okx.refuse_connects(502, "<html>Bad gateway</html>")
    async with world.session.get(okx.private_ws_url) as answer:
        assert (answer.status, await answer.text()) == (502, "<html>Bad gateway</html>")
    okx.refuse_connects(302, location="https://elsewhere.invalid/")
    async with world.session.get(okx.private_ws_url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "https://elsewhere.invalid/")


@pytest.mark.parametrize("status", [503, 429])
async def test_refused_connects(okx, world, status):
    okx.refuse_connects(status)
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await world.connect(okx.private_ws_url)
    assert caught.value.status == status
    okx.heal()
    assert await world.logged_in(okx)


async def test_connects_cut_off_in_the_handshake(okx, world):
    okx.refuse_connects(0)
    with pytest.raises(aiohttp.ClientConnectionError):
        await world.connect(okx.private_ws_url)


async def test_a_notice_and_then_the_close(okx, client):
    okx.notice(close_after_s=0.05)
    frame = await client.frame()
    assert (frame["event"], frame["code"]) == ("notice", "64008")
    assert frame["msg"].startswith("The connection will soon be closed")
    assert (await client.closed())[0] == 1001


async def test_duplicates(okx, client):
    okx.duplicate_pushes()
    okx.open_position(BTC)
    first, second = await client.frames(2)
    assert first == second
    okx.duplicate_pushes(on=False)
    okx.close_position(BTC)
    await client.frame()
    await client.no_more()


async def test_reordering(okx, client):
    okx.reorder_pushes()
    okx.open_position(BTC, size=1)
    okx.open_position(BTC, size=1)
    assert [one["data"][0]["pos"] for one in await client.frames(2)] == ["2", "1"]
    okx.open_position(BTC, size=1)
    await client.no_more()
    okx.reorder_pushes(on=False)
    okx.open_position(BTC, size=1)
    assert [one["data"][0]["pos"] for one in await client.frames(2)] == ["3", "4"]


async def test_a_channel_dies_on_a_healthy_connection(okx, client):
    okx.channel_conn_count_error("positions")
    frame = await client.frame()
    assert (frame["event"], frame["channel"], frame["connCount"]) == (
        "channel-conn-count-error",
        "positions",
        "30",
    )
    okx.open_position(BTC)
    await client.no_more()
    answer = await client.subscribe("positions", instType="ANY")
    assert answer["event"] == "subscribe"
    assert (await client.frame())["event"] == "channel-conn-count"


async def test_a_channel_that_stays_refused_is_acknowledged_and_dead(okx, client):
    okx.channel_conn_count_error("account", stays=True)
    assert (await client.subscribe("account"))["event"] == "subscribe"
    assert (await client.frame())["event"] == "channel-conn-count-error"
    await client.no_more()


async def test_a_muted_channel_keeps_the_pongs(okx, world, client):
    await client.subscribe("balance_and_position")
    await client.frames(2)
    okx.mute("positions")
    okx.open_position(BTC)
    assert (await client.frame())["arg"]["channel"] == "balance_and_position"
    await client.no_more()


async def test_delay(okx, client):
    okx.delay(0.15)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await client.no_more()
    assert loop.time() - began_s >= 0.15


async def test_a_reader_that_is_too_slow_is_closed(world):
    okx = await world.serve(replace(Limits(), frames_waiting=3))
    okx.add_account()
    client = await world.subscribed(okx, "positions", instType="ANY")
    for _ in range(5):
        okx.open_position(BTC)
    assert (await client.closed())[0] == 4005


async def test_rest_can_fail_too(okx, world):
    rest = world.rest(okx)
    okx.fail_rest(503, "50001")
    status, answer = await rest.get("/api/v5/account/config", okx.account())
    assert (status, answer["code"], answer["data"]) == (503, "50001", [])
    okx.fail_rest(502, body="<html>Bad Gateway</html>")
    assert await rest.call("GET", "/api/v5/public/time") == (502, "<html>Bad Gateway</html>")
    okx.heal()
    assert (await rest.call("GET", "/api/v5/public/time"))[0] == 200


@pytest.mark.parametrize(
    ("code", "status", "body"), [("50011", 429, None), ("50026", 500, None), ("", 200, "")]
)
async def test_rest_can_fail_on_one_path_only(okx, world, code, status, body):
    rest = world.rest(okx)
    okx.fail_rest(0, code, body, path="account/balance")
    failed, text = await rest.call("GET", "/api/v5/account/balance")
    assert failed == status
    assert text == "" if body == "" else json.loads(text)["code"] == code
    assert (await rest.get("/api/v5/account/positions", okx.account()))[1]["code"] == "0"


async def test_rest_can_hang_until_it_is_healed(okx, world):
    rest = world.rest(okx)
    okx.hang_rest(path="public/time")
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(rest.call("GET", "/api/v5/public/time"))
        assert (await rest.get("/api/v5/account/config", okx.account()))[0] == 200
        assert not call.done()
        okx.heal()
    assert call.result()[0] == 503


async def test_heal_ends_everything(okx, world, client):
    okx.refuse_login("60009")
    okx.refuse_connects()
    okx.fail_rest()
    okx.channel_conn_count_error("account", stays=True)
    okx.duplicate_pushes()
    okx.mute("positions")
    okx.delay(60)
    okx.heal()
    okx.open_position(BTC)
    assert (await client.frame())["eventType"] == "event_update"
    assert (await client.subscribe("account"))["event"] == "subscribe"
    assert (await client.frame())["event"] == "channel-conn-count"
    okx.add_account(Account(name="other", api_key="22222222", uid="2"))
    assert await world.logged_in(okx, okx.account("other"))
