"""Every rule by which a change of how a leader is copied is refused."""

import pytest

V2 = "/api/v2/copy-trading"
BTC, ETH = "BTC-SWAP-USDT", "ETH-SWAP-USDT"
WHOLE = {
    "investAmount": "500", "singlePlaceAmount": "20", "dailyMaxInvestAmount": "100", "leverage": "10",
    "maxInvestRate": "0.5", "stopProfitRate": "0.1", "stopLossRate": "0.2", "realInvestAmount": "400",
    "followAmountMode": 0, "stopLossDelay": 0, "isolatedReservedAmount": "5", "followMarginType": 0,
    "followSymbolIds": "all", "zeroSlippageSwitch": False,
}  # fmt: skip

AMOUNTS = [name for name, value in WHOLE.items() if isinstance(value, str) and name != "followSymbolIds"]


@pytest.fixture
def put(as_copier):
    dolphin = as_copier.toobit.leader("dolphin").user_id
    as_copier.toobit.close_position("dolphin", ETH, "short")

    async def call(**changes):
        body = {"leaderUserId": int(dolphin), **WHOLE, **changes}
        body = {name: value for name, value in body.items() if value is not ...}
        return (await as_copier("PUT", f"{V2}/follower/config", body=body))[1]

    return call


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dailyMaxInvestAmount": "0", "stopProfitRate": "0", "stopLossRate": "0"},
        {"followSymbolIds": f"{BTC},{ETH}", "leverage": "7.5"},
        {"followAmountMode": 1, "dailyMaxInvestAmount": "5", "realInvestAmount": "6"},
        {"realInvestAmount": "25"},
    ],
)
async def test_taken(changes, put):
    assert await put(**changes) == {"code": 200, "msg": "success", "data": None}


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        *(({name: ...}, -1102, name) for name in WHOLE),
        *(({name: "-1"}, -1130, name) for name in AMOUNTS),
        ({"investAmount": "1.123456789"}, -1130, "investAmount"),
        ({"maxInvestRate": "1.1"}, -1130, "maxInvestRate"),
        ({"stopLossRate": "0.009"}, -1130, "stopLossRate"),
        ({"dailyMaxInvestAmount": "19"}, -1130, "dailyMaxInvestAmount"),
        ({"realInvestAmount": "24"}, -1130, "realInvestAmount"),
        ({"followAmountMode": 2}, -1130, "followAmountMode"),
        ({"followMarginType": -1}, -1130, "followMarginType"),
        ({"followSymbolIds": f"all,{BTC}"}, -1130, "followSymbolIds"),
        ({"followSymbolIds": f"{BTC},"}, -1130, "followSymbolIds"),
        ({"zeroSlippageSwitch": 1}, -1102, "zeroSlippageSwitch"),
    ],
    ids=str,
)  # fmt: skip
async def test_refused(changes, code, named, put):
    answer = await put(**changes)
    assert answer["code"] == code
    assert named in answer["msg"]


async def test_leverage_stays_while_copies_are_open(put, as_copier):
    as_copier.toobit.open_position("dolphin", ETH, "short")
    assert (await put(leverage="3"))["code"] == -1130
