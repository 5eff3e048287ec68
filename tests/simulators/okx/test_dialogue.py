"""Login, subscribing, and every refusal, over a real socket."""

import json
import re
import time
from dataclasses import replace

import pytest

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits

ACCOUNT = {"channel": "account"}


async def test_login_answers_with_code_zero_and_a_connection_id(okx, world):
    client = await world.connect(okx.private_ws_url)
    answer = await client.login(okx.account())
    assert list(answer) == ["event", "msg", "code", "connId"]
    assert (answer["event"], answer["msg"], answer["code"]) == ("login", "", "0")
    assert re.fullmatch("[0-9a-f]{8}", answer["connId"])


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"timestamp": "yesterday"}, "60004"),
        ({"timestamp": "-5"}, "60004"),
        ({"timestamp": "1704876947"}, "60006"),
        ({"timestamp": str(int(time.time() * 1000))}, "60006"),
        ({"timestamp": str(int(time.time()) + 100_000)}, "60006"),
        ({"apiKey": "no key!"}, "60005"),
        ({"apiKey": "11111111-51a0-4a1e-8f0e-5f1f3c5e7a01"}, "60032"),
        ({"passphrase": "wrong"}, "60024"),
        ({"secret": "wrong"}, "60007"),
        ({"sign": ""}, "60027"),
        ({"timestamp": 5}, "60006"),
        ({"timestamp": True}, "60027"),
        ({"timestamp": None}, "60027"),
    ],
)
async def test_a_refused_login_is_an_error_and_then_a_close(okx, world, overrides, code):
    client = await world.connect(okx.private_ws_url)
    answer = await client.login(okx.account(), **overrides)
    assert list(answer) == ["event", "code", "msg", "connId"]
    assert (answer["event"], answer["code"]) == ("error", code)
    assert await client.closed() == (4001, "Login failed")


async def test_the_timestamp_may_be_a_number(okx, world):
    client = await world.connect(okx.private_ws_url)
    assert (await client.login(okx.account(), timestamp=int(time.time())))["event"] == "login"


async def test_what_is_missing_of_a_login_is_named(okx, world):
    client = await world.connect(okx.private_ws_url)
    assert (await client.login(okx.account(), passphrase=""))[
        "msg"
    ] == "Parameter passphrase can not be empty."


async def test_it_can_leave_the_connection_open_after_a_refused_login(world):
    okx = await world.serve(replace(Limits(), close_after_refused_login=False))
    client = await world.connect(okx.private_ws_url)
    assert (await client.login(Account()))["code"] == "60032"
    okx.add_account()
    assert (await client.login(okx.account()))["event"] == "login"


async def test_the_window_is_thirty_seconds_of_the_exchanges_clock(world):
    okx = await world.serve(clock=lambda: 1_000_000.0)
    okx.add_account()
    for at, event in ((1_000_030, "login"), (999_970, "login"), (999_969, "error"), (1_000_031, "error")):
        client = await world.connect(okx.private_ws_url)
        assert (await client.login(okx.account(), at=at))["event"] == event
    client = await world.connect(okx.private_ws_url)
    assert (await client.login(okx.account(), timestamp="1000000.123"))["event"] == "login"


async def test_a_key_belongs_to_one_environment(world):
    okx = await world.serve(environment="demo")
    client = await world.connect(okx.private_ws_url)
    assert (await client.login(okx.add_account()))["code"] == "50101"


async def test_one_connection_is_one_account(okx, world):
    client = await world.logged_in(okx)
    assert (await client.login(okx.account()))["code"] == "60031"
    assert (await client.subscribe("account"))["event"] == "subscribe"
    other = await world.connect(okx.private_ws_url)
    assert (await other.request({"op": "login", "args": [{}, {}]}))["code"] == "60031"


async def test_a_key_that_is_bound_to_another_address_may_not_log_in(okx, world):
    okx.change_account(ip="192.0.2.1")
    client = await world.connect(okx.private_ws_url)
    answer = await client.login(okx.account())
    assert answer["code"] == "50110"
    assert "Your IP 127.0.0.1 is not included" in answer["msg"]


async def test_the_public_service_takes_no_login(okx, world):
    client = await world.connect(okx.public_ws_url)
    assert (await client.login(okx.account()))["code"] == "60028"


@pytest.mark.parametrize("service", ["private", "business"])
async def test_login_first(okx, world, service):
    client = await world.connect(okx.private_ws_url.replace("private", service))
    arg = (
        ACCOUNT if service == "private" else {"channel": "copytrading-lead-notification", "instType": "SWAP"}
    )
    answer = await client.request({"op": "subscribe", "id": "7", "args": [arg]})
    assert (answer["event"], answer["code"], answer["id"]) == ("error", "60011", "7")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", "60012"),
        ('{"event":"ping"}', "60012"),
        ('["ping"]', "60012"),
        ('{"op":"subscribe","argss":[{"channel":"account"}]}', "60012"),
        ('{"op":"ping"}', "60019"),
        ('{"op":7,"args":[{}]}', "60019"),
        ('{"op":"subscribe","args":[]}', "60013"),
        ('{"op":"subscribe","args":{"channel":"account"}}', "60013"),
        ('{"op":"subscribe","args":[{"channel":""}]}', "60027"),
        ('{"op":"subscribe","args":[{"channel":"nothing"}]}', "60018"),
    ],
)
async def test_refused_requests(okx, world, text, code):
    client = await world.logged_in(okx)
    answer = await client.request(text)
    assert (answer["event"], answer["code"]) == ("error", code)
    assert "arg" not in answer
    if code == "60012":
        assert answer["msg"] == f"Invalid request: {text}"
    await client.no_more()


@pytest.mark.parametrize("request_id", ["1", "a" * 32, "Ab9"])
async def test_a_valid_id_is_echoed(okx, world, request_id):
    client = await world.logged_in(okx)
    answer = await client.request({"id": request_id, "op": "subscribe", "args": [ACCOUNT]})
    assert list(answer) == ["id", "event", "arg", "connId"]
    assert (answer["id"], answer["event"], answer["arg"]) == (request_id, "subscribe", ACCOUNT)


@pytest.mark.parametrize("request_id", ["", "a" * 33, "a-b", "a_b", "ä", 7])
async def test_an_invalid_id_is_refused(okx, world, request_id):
    client = await world.logged_in(okx)
    answer = await client.request({"id": request_id, "op": "subscribe", "args": [ACCOUNT]})
    assert (answer["code"], "id" in answer) == ("60033", False)


async def test_one_acknowledgement_per_argument_all_with_the_id(okx, world):
    client = await world.logged_in(okx)
    args = [{"channel": "liquidation-warning", "instType": one} for one in ("ANY", "SWAP", "FUTURES")]
    await client.send({"id": "9", "op": "subscribe", "args": args})
    frames = await client.frames(6)
    acknowledged = [one for one in frames if one["event"] == "subscribe"]
    assert [(one["arg"], one["id"]) for one in acknowledged] == [(arg, "9") for arg in args]
    assert [one["event"] for one in frames] == ["subscribe", "channel-conn-count"] * 3
    await client.no_more()


@pytest.mark.parametrize(("whole", "events"), [(False, ["error", "subscribe"]), (True, ["error"])])
async def test_a_bad_argument_beside_a_good_one(world, whole, events):
    okx = await world.serve(replace(Limits(), refuse_whole_request=whole))
    okx.add_account()
    client = await world.logged_in(okx)
    bad = {"channel": "positions", "instType": "SPOT"}
    await client.send({"id": "9", "op": "subscribe", "args": [bad, {"channel": "orders", "instType": "ANY"}]})
    frames = await client.frames(len(events))
    assert [one["event"] for one in frames] == events
    assert {one["id"] for one in frames} == {"9"}


async def test_unsubscribing_ends_the_pushes(okx, world):
    okx.open_position("BTC-USDT-SWAP")
    client = await world.logged_in(okx)
    arg = {"channel": "liquidation-warning", "instType": "ANY"}
    await client.subscribe(**arg)
    assert okx.push_liquidation_warning("BTC-USDT-SWAP") == 1
    await client.frames(2)
    answer = await client.request({"id": "3", "op": "unsubscribe", "args": [arg]})
    assert (answer["id"], answer["event"], answer["arg"]) == ("3", "unsubscribe", arg)
    assert okx.push_liquidation_warning("BTC-USDT-SWAP") == 0
    await client.no_more()


async def test_connections_are_counted_per_channel_and_account(okx, world):
    okx.add_account(Account(name="other", api_key="22222222", uid="2"))
    for expected, account in (("1", "main"), ("2", "main"), ("1", "other")):
        client = await world.logged_in(okx, okx.account(account))
        conn_id = (await client.subscribe("account"))["connId"]
        count = {
            "event": "channel-conn-count",
            "channel": "account",
            "connCount": expected,
            "connId": conn_id,
        }
        assert await client.frame() == count


async def test_one_connection_too_many_is_acknowledged_and_dead(world):
    okx = await world.serve(replace(Limits(), connections_per_channel=2))
    okx.add_account()
    for _ in range(2):
        await world.subscribed(okx, "account")
    client = await world.logged_in(okx)
    conn_id = (await client.subscribe("account"))["connId"]
    error = {"event": "channel-conn-count-error", "channel": "account", "connCount": "2", "connId": conn_id}
    assert await client.frame() == error
    okx.push_regular()
    await client.no_more()
    assert (await client.subscribe("positions", instType="ANY"))["event"] == "subscribe"
    assert (await client.frame())["event"] == "channel-conn-count"


async def test_480_requests_an_hour_and_no_more(okx, world):
    client = await world.logged_in(okx)
    request = json.dumps({"id": "1", "op": "unsubscribe", "args": [ACCOUNT]})
    for _ in range(480):
        await client.send(request)
    answers = await client.frames(480)
    assert {one["event"] for one in answers[:479]} == {"unsubscribe"}  # the login was the first of 480
    assert (answers[479]["code"], answers[479]["id"]) == ("60014", "1")
    await client.no_more()


async def test_ping_is_a_text(okx, world):
    client = await world.connect(okx.private_ws_url)
    await client.send("ping")
    assert await client.text() == "pong"
