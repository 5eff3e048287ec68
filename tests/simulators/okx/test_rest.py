import json
import time

import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader

CONFIG, BALANCE, POSITIONS = "/api/v5/account/config", "/api/v5/account/balance", "/api/v5/account/positions"
BTC = "BTC-USDT-SWAP"


async def test_time_needs_no_signature(okx, world):
    status, text = await world.rest(okx).call("GET", "/api/v5/public/time")
    answer = json.loads(text)
    assert (status, list(answer), answer["code"]) == (200, ["code", "data", "msg"], "0")
    assert abs(int(answer["data"][0]["ts"]) - time.time() * 1000) < 5000


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


async def test_config(okx, world):
    status, answer = await world.rest(okx).get(CONFIG, okx.account())
    row = answer["data"][0]
    assert status == 200
    assert (row["uid"], row["acctLv"], row["posMode"], row["perm"]) == (
        okx.account().uid,
        "2",
        "net_mode",
        "read_only",
    )
    assert (row["roleType"], row["liquidationGear"], row["ip"], row["autoLoan"]) == ("0", "-1", "", False)


async def test_balance(okx, world):
    okx.set_balance("ETH", 2)
    okx.open_position(BTC, size=10, mgn_mode="cross")
    rest, account = world.rest(okx), okx.account()
    row = (await rest.get(BALANCE, account))[1]["data"][0]
    assert row["mgnRatio"] == ""
    assert {one["ccy"]: one["mgnRatio"][:8] for one in row["details"]} == {"USDT": "222.2222", "ETH": ""}
    narrowed = (await rest.get(f"{BALANCE}?ccy=ETH,BTC", account))[1]["data"][0]
    assert [one["ccy"] for one in narrowed["details"]] == ["ETH"]


async def test_positions(okx, world):
    okx.open_position(BTC, size=10)
    okx.open_position("ETH-USDT-SWAP", mgn_mode="cross")
    rest, account = world.rest(okx), okx.account()
    rows = (await rest.get(POSITIONS, account))[1]["data"]
    assert {one["instId"] for one in rows} == {BTC, "ETH-USDT-SWAP"}
    assert all("pTime" not in one for one in rows)
    assert {one["instId"]: (one["imr"], one["margin"]) for one in rows} == {
        BTC: ("", "1000"),
        "ETH-USDT-SWAP": ("40", ""),
    }
    assert (await rest.get(f"{POSITIONS}?instType=FUTURES", account))[1]["data"] == []
    assert [one["instId"] for one in (await rest.get(f"{POSITIONS}?instId={BTC}", account))[1]["data"]] == [
        BTC
    ]
    pos_id = rows[0]["posId"]
    assert [one["posId"] for one in (await rest.get(f"{POSITIONS}?posId={pos_id}", account))[1]["data"]] == [
        pos_id
    ]


async def test_a_closed_position_is_shown_to_who_asks_for_its_instrument(okx, world):
    okx.open_position(BTC)
    okx.close_position(BTC)
    rest, account = world.rest(okx), okx.account()
    assert (await rest.get(POSITIONS, account))[1]["data"] == []
    assert [one["pos"] for one in (await rest.get(f"{POSITIONS}?instId={BTC}", account))[1]["data"]] == ["0"]


async def test_copy_trading(world):
    okx = await world.serve()
    okx.add_account(Account(role_type="1", lead_traders=(LeadTrader(unique_code="123456789012345678"),)))
    rest, account = world.rest(okx), okx.account()
    config = (await rest.get("/api/v5/copytrading/config", account))[1]["data"][0]
    assert config["uniqueCode"] == account.unique_code
    assert {one["instType"]: one["roleType"] for one in config["details"]} == {"SWAP": "1", "SPOT": "0"}
    path = "/api/v5/copytrading/current-lead-traders?instType="
    rows = (await rest.get(f"{path}SWAP", account))[1]["data"]
    assert [one["uniqueCode"] for one in rows] == ["123456789012345678"]
    assert (await rest.get(f"{path}SPOT", account))[1]["code"] == "51000"


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
