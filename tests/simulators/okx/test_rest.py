import json

import pytest

from alertd.simulators.okx.accounts import Account

CONFIG, BALANCE, POSITIONS = "/api/v5/account/config", "/api/v5/account/balance", "/api/v5/account/positions"
BTC = "BTC-USDT-SWAP"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": None}, "50103"),
        ({"passphrase": None}, "50104"),
        ({"sign": None}, "50106"),
        ({"timestamp": "2020-12-08T09:08:57.715Z"}, "50102"),
        ({"timestamp": "2999-12-08T09:08:57.715Z"}, "50102"),
        ({"timestamp": "2020-12-08T09:08:57Z"}, "50112"),
        ({"timestamp": "2020-12-08T09:08:57.715+00:00"}, "50112"),
        ({"timestamp": "2020-13-08T09:08:57.715Z"}, "50112"),
        ({"timestamp": "1704876947"}, "50112"),
        ({"key": "no key!"}, "50111"),
        ({"key": "11111111-51a0-4a1e-8f0e-5f1f3c5e7a01"}, "50119"),
        ({"passphrase": "wrong"}, "50105"),
        ({"secret": "wrong"}, "50113"),
        ({"sign": "wrong"}, "50113"),
    ],
)
async def test_authentication_errors_have_no_data(okx, world, changes, code):
    status, answer = await world.rest(okx).get(CONFIG, okx.account(), **changes)
    assert (status, answer["code"]) == (401, code)
    assert list(answer) == ["msg", "code"]


async def test_a_key_that_is_bound_to_other_addresses_names_ours(okx, world):
    okx.change_account(ip="192.0.2.1,192.0.2.2")
    status, answer = await world.rest(okx).get(CONFIG, okx.account())
    assert (status, answer["code"]) == (401, "50110")
    assert "Your IP 127.0.0.1 is not included" in answer["msg"]
    okx.change_account(ip="192.0.2.1,127.0.0.1")
    assert (await world.rest(okx).get(CONFIG, okx.account()))[1]["data"][0]["ip"] == "192.0.2.1,127.0.0.1"


async def test_no_timestamp(okx, world):
    account = okx.account()
    headers = {"OK-ACCESS-KEY": account.api_key, "OK-ACCESS-PASSPHRASE": "x", "OK-ACCESS-SIGN": "x"}
    status, text = await world.rest(okx).call("GET", CONFIG, headers)
    assert (status, json.loads(text)["code"]) == (401, "50107")


async def test_demo_keys_need_the_header_and_live_keys_none(okx, world):
    demo = okx.add_account(Account(name="demo", api_key="22222222", uid="2", environment="demo"))
    assert (await world.rest(okx).get(CONFIG, demo))[1]["code"] == "50101"


async def test_the_signature_covers_the_query_as_sent(okx, world):
    rest, account = world.rest(okx), okx.account()
    assert (await rest.get(f"{BALANCE}?ccy=USDT", account))[0] == 200
    assert (await rest.get(f"{POSITIONS}?instId={BTC}&instType=SWAP", account))[0] == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{POSITIONS}?instType=FOO", 400, "51000"),
        (f"{POSITIONS}?instId=NEAR-USDT-SWAP", 200, "51001"),
        (f"{POSITIONS}?instId={','.join([BTC] * 11)}", 400, "51000"),
        (f"{BALANCE}?ccy={','.join(['BTC'] * 21)}", 400, "51000"),
        ("/api/v5/account/nothing", 404, "404"),
    ],
)
async def test_business_errors_have_an_empty_data(okx, world, path, status, code):
    found, answer = await world.rest(okx).get(path, okx.account())
    assert (found, answer["code"], answer["data"]) == (status, code, [])


async def test_the_wrong_method(okx, world):
    status, text = await world.rest(okx).call("POST", CONFIG, body="{}")
    assert (status, json.loads(text)["code"]) == (405, "50115")


async def test_rate_limits_are_per_endpoint_and_account(okx, world):
    rest, account = world.rest(okx), okx.account()
    codes = [(await rest.get(CONFIG, account))[1]["code"] for _ in range(6)]
    assert codes == ["0"] * 5 + ["50011"]
    assert (await rest.get(CONFIG, account))[0] == 429
    assert (await rest.get(BALANCE, account))[0] == 200
    other = okx.add_account(Account(name="other", api_key="22222222", uid="100000000000000001"))
    assert (await rest.get(CONFIG, other))[0] == 200


async def test_status_may_be_asked_once_in_five_seconds(okx, world):
    answers = [await world.rest(okx).call("GET", "/api/v5/system/status") for _ in range(2)]
    assert [status for status, _ in answers] == [200, 429]


STOP = "/api/v5/copytrading/stop-copy-trading"
BODY = {"uniqueCode": "25CD5A80241D6FE6", "subPosCloseType": "copy_close"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (BODY, {}, 200, "59285"),
        (BODY, {"OK-ACCESS-SIGN": "wrong"}, 401, "50113"),
        (BODY, {"Content-Type": "text/plain"}, 400, "50006"),
        ("", {}, 400, "50000"),
        ("{", {}, 400, "50002"),
        ("[]", {}, 400, "50002"),
        (BODY | {"uniqueCode": 7}, {}, 400, "51000"),
    ],
)
async def test_the_body_of_an_action(world, body, headers, status, code):
    okx = await world.serve()
    account = okx.add_account(Account(perm="read_only,trade"))
    found, answer = await world.rest(okx).act(STOP, account, body, **headers)
    assert (found, answer["code"]) == (status, code)


async def test_an_action_needs_the_permission_to_trade_and_a_post(okx, world):
    assert (await world.rest(okx).act(STOP, okx.account(), BODY))[1]["code"] == "50120"
    assert (await world.rest(okx).get(STOP, okx.account()))[1]["code"] == "50115"
