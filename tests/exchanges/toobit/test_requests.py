"""Signing: vectors computed with another program, and what must not come out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from alertd.exchanges.toobit.requests import (
    Credentials,
    Request,
    body_bytes,
    decimal_text,
    query_text,
    signed,
)

# The documentation's own demonstration key; it opens nothing.
KEY = "SRQGN9M8Sr87nbfKsaSxm33Y6CmGVtUu9Erz73g9vHFNn36VROOKSaWBQ8OSOtSq"
SECRET = "30lfjDT51iOG1kYZnDoLNynOyMdIcmQyO1XYfxzYOmQfx9tjiI98Pzio4uhZ0Uk2"
WHO = Credentials(KEY, SECRET)
AT_MS = 1717200000000
LEADER, FOLLOWER = "/api/v2/copy-trading/leader", "/api/v2/copy-trading/follower"
WRONG_IN_THE_DOCUMENTATION = "0b54c7a90b48f1b6c5cc8170f030594f3eb3c7e6dd81b76f65e18fc76f8b1a88"

LISTEN_KEY = "1A9LWJjuMwKWYP4QQPw34GRm8gz3x5AephXSuqcDef1RnzoBVhEeGE963CoS1Sgj"
B1 = {
    "unLeadType": 0, "leadPositionType": 0, "tradeProtect": 1, "profitPeriod": 7, "profitRate": "10",
    "followAssetLowerLimit": "100", "fixedAmountFollowMin": "10", "fixedRateFollowMin": "1",
    "isNeedInvite": 0, "inviteScope": 0, "symbolIds": ["BTC-SWAP-USDT"],
}  # fmt: skip
B2 = {
    "unLeadType": 1, "unLeadStartTime": 1717200000000, "unLeadEndTime": 1717286400000, "leadPositionType": 0,
    "tradeProtect": 1, "profitPeriod": 7, "profitRate": "0.1", "followAssetLowerLimit": "100",
    "fixedAmountFollowMin": "10", "fixedRateFollowMin": "10", "isNeedInvite": 1, "inviteScope": 2,
    "symbolIds": ["BTC-SWAP-USDT", "ETH-SWAP-USDT"], "recommendShare": 1, "recommendShareRate": "0.2",
    "inviteCode": "LEADER2026",
}  # fmt: skip
B3 = {
    "leaderUserId": 123456789, "investAmount": "100", "singlePlaceAmount": "10", "dailyMaxInvestAmount": "50",
    "leverage": "20", "maxInvestRate": "0.5", "stopProfitRate": "0.1", "stopLossRate": "0.2",
    "realInvestAmount": "100", "followAmountMode": 1, "stopLossDelay": 30, "isolatedReservedAmount": "5",
    "followMarginType": 2, "followSymbolIds": "BTC-SWAP-USDT", "zeroSlippageSwitch": True,
}  # fmt: skip
B4 = {
    "leaderUserId": 123456789, "symbolId": "BTC-SWAP-USDT", "isLong": 1, "stopProfitRate": "0.1",
    "stopLossRate": "0.2", "stopLossDelay": 30,
}  # fmt: skip


def signature(request: Request, **options: object) -> str:
    target = signed(WHO, request, AT_MS, **options).target  # type: ignore[arg-type]
    return target.rpartition("&signature=")[2]


VECTORS = {
    "A1": (
        Request("GET", f"{LEADER}/orders/current"),
        "e02e1a0c8de99db2ead6c144d587c54eb40feac513bdd0e5836a2e0a9fc2dec7",
    ),
    "A1 delete": (
        Request("DELETE", f"{LEADER}/followers/123456789"),
        "e02e1a0c8de99db2ead6c144d587c54eb40feac513bdd0e5836a2e0a9fc2dec7",
    ),
    "A3": (
        Request("GET", f"{LEADER}/orders/history", (("page", "1"), ("size", "10"))),
        "81b8f33892380a433bae2e3ea43accc7e173fc4ae7f4e4dd0efa017cf9139877",
    ),
    "A4": (
        Request("GET", f"{LEADER}/trade-data", (("type", "30"),)),
        "2ccea0128c803b50c27fad3ba63664d078c803b896570c6ec7c5b07a7fc1e14b",
    ),
    "A5": (
        Request("GET", f"{FOLLOWER}/config", (("leaderUserId", "123456789"),)),
        "a60858246a4fa88865a56244645bb8e8cb9e3d61ff87681b5f4c8c6d82911c3d",
    ),
    "C1": (
        Request("PUT", "/api/v1/listenKey", (("listenKey", LISTEN_KEY),)),
        "2eed81b5392cf34ea220c55e0feda75ceae2baa1a754f3ecbbff31387a620bcb",
    ),
    "B1": (
        Request("PUT", f"{LEADER}/config", body=body_bytes(B1)),
        "35e1dff5bb8513a182df655da671582cf452eacabde82fd642b301e144f0a285",
    ),
    "B2": (
        Request("PUT", f"{LEADER}/config", body=body_bytes(B2)),
        "dfbc8663ea01e3403ce99884aba97785e3563fe8b7b42703dd4efe5f8073ac7d",
    ),
    "B3": (
        Request("PUT", f"{FOLLOWER}/config", body=body_bytes(B3)),
        "70086d0af85dd408fc9cd41aebee8da22fb8bc193ee0317b2b3fab96a4fdd1b3",
    ),
    "B4": (
        Request("PUT", f"{FOLLOWER}/positions/stop-profit-loss", body=body_bytes(B4)),
        "13b95ea365da7ccdd64321878b741e02803cbc43073371f8fac0d8ef207e4d95",
    ),
}


@pytest.mark.parametrize(("request_", "wanted"), VECTORS.values(), ids=VECTORS.keys())
def test_vectors(request_: Request, wanted: str) -> None:
    assert signature(request_) == wanted


def test_without_a_window() -> None:
    wanted = "5982c32fa8dc43c2b417c6f8593d76a010f7a6df03124908eb30db2f7743b09a"
    assert signature(Request("GET", f"{LEADER}/symbols"), recv_window_ms=None) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "timestamp=1717200000000&recvWindow=5000",
            "9b060e30b27938d7d958f58f9a3036c45f86acde3bf443116662c754458a9fb9",
        ),
        (
            "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=400&recvWindow=100000"
            "&timestamp=1668481902307",
            "8420e499e71cce4a00946db16543198b6bcae01791bdb75a06b5a7098b156468",
        ),
        (
            "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTCquantity=1&price=400&recvWindow=10000000"
            "&timestamp=1668481902307",
            "59ef0b2085ebb99cca5b6445c202d99add17be2d5d1861c0f4aa17bc785ac4d5",
        ),
        ("timestamp=1671880913657", "7548b6834613afed3b7d3b0b9bfb0e0b3e3799c46db3ea6b952439fde35cb88f"),
    ],
    ids=["A2", "L1", "L2", "L3"],
)
def test_the_exchange_s_own_examples_that_are_right(text: str, wanted: str) -> None:
    assert WHO.sign(text.encode()) == wanted


def test_what_a_change_must_not_be_signed_with() -> None:
    body = body_bytes(B1)
    assert signature(Request("PUT", f"{LEADER}/config", body=body)) not in {
        "a890f992205090c0e5cd667ece3a145eacc0260a114e1964f7d3e3c477b7387d",  # & between the two
        "ddb381e2d218a120d9700c9274ef0b8390c2b18314e14b2ea1fcde0ba70747c3",  # body first
        "8833f96e15433f2b126a222f48ff9aa65c2ae401bc3c6fd07d246bd68e8a86b4",  # blanks in the JSON
        WRONG_IN_THE_DOCUMENTATION,
    }


def test_the_body_can_be_left_out_of_the_signature() -> None:
    put = Request("PUT", f"{LEADER}/config", body=body_bytes(B1))
    assert signature(put, covers_body=False) == signature(Request("GET", f"{LEADER}/orders/current"))
    assert signed(WHO, put, AT_MS, covers_body=False).body == put.body


def test_what_goes_over_the_wire() -> None:
    read = signed(WHO, Request("GET", f"{LEADER}/trade-data", (("type", "30"),)), AT_MS)
    assert read.target.startswith(
        f"{LEADER}/trade-data?type=30&recvWindow=5000&timestamp=1717200000000&signature="
    )
    assert (dict(read.headers), read.body) == ({"X-BB-APIKEY": KEY}, None)
    put = signed(WHO, Request("PUT", f"{LEADER}/config", body=body_bytes(B1)), AT_MS)
    assert put.headers["Content-Type"] == "application/json"
    assert put.body is not None
    assert json.loads(put.body) == B1


@pytest.mark.parametrize(("body", "length"), [(B1, 235), (B2, 387), (B3, 357), (B4, 127)])
def test_bodies_are_one_line_without_blanks(body: dict[str, str], length: int) -> None:
    assert len(body_bytes(body)) == length
    assert b"\n" not in body_bytes(body)


def test_decimals_are_texts_without_an_exponent() -> None:
    assert body_bytes({"a": Decimal("1E-7"), "b": Decimal("0.10"), "c": ("x", "y")}) == (
        b'{"a":"0.0000001","b":"0.10","c":["x","y"]}'
    )
    assert decimal_text(Decimal("1E+3")) == "1000"


def test_what_has_to_be_escaped_is_signed_as_it_is_sent() -> None:
    assert query_text((("a", "b c&d"), ("e", "1"))) == "a=b%20c%26d&e=1"


def test_a_key_shows_nothing_of_itself() -> None:
    assert SECRET not in repr(WHO)
    assert KEY not in repr(WHO)
