"""What the door lets in, and how it refuses."""

import time
from decimal import Decimal

import pytest

V2 = "/api/v2/copy-trading"
ORDERS = f"{V2}/leader/orders/current"


async def test_time_needs_no_key(as_leader):
    async with as_leader.session.get(f"{as_leader.toobit.rest_url}/api/v1/time") as answer:
        assert abs((await answer.json())["serverTime"] - time.time() * 1000) < 5000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "wrong"}, -1022),
        ({"key": ""}, -1107),
        ({"key": "nobody"}, -2015),
        ({"query_text": "recvWindow=5000"}, -1103),
        ({"query_text": "recvWindow=60001&timestamp=NOW"}, -1130),
        ({"as_json": True}, -1102),
    ],
    ids=str,
)
async def test_refusals(as_leader, changes, code):
    if "query_text" in changes:  # at the time of the test, not of its collection
        changes = {"query_text": changes["query_text"].replace("NOW", str(int(time.time() * 1000)))}
    status, answer = await as_leader("GET", ORDERS, **changes)
    assert (status, answer["code"]) == (400, code)


@pytest.mark.parametrize(
    ("off_ms", "accepted"), [(999, True), (1000, False), (-5000, True), (-5001, False)], ids=str
)
async def test_the_time_window(as_leader, off_ms, accepted):
    as_leader.toobit.clock = lambda: 1_763_700_000.0
    status, answer = await as_leader("GET", ORDERS, at_ms=1_763_700_000_000 + off_ms)
    assert (status == 200, answer["code"]) == (accepted, 200 if accepted else -1021)


async def test_order_of_the_query_is_what_counts(as_leader):
    at_ms = int(time.time() * 1000)
    status, _ = await as_leader("GET", ORDERS, query_text=f"timestamp={at_ms}&recvWindow=5000")
    assert status == 200


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"kind": "FUTURES"}, -1002), ({"is_whitelisted": False}, -2015), ({"is_expired": True}, -2017)],
)
async def test_keys_that_may_not(as_leader, settings, code):
    as_leader.toobit.change_account("leader", **settings)
    assert (await as_leader("GET", ORDERS))[1]["code"] == code


async def test_a_read_only_key_reads_and_does_not_write(as_leader):
    as_leader.toobit.change_account("leader", can_trade=False)
    assert (await as_leader("GET", ORDERS))[0] == 200
    assert (await as_leader("DELETE", f"{V2}/leader/followers/7001"))[1]["code"] == -1020


async def test_a_change_is_signed_with_its_body_or_by_a_fault_without(as_copier):
    whale = as_copier.toobit.leader("whale").user_id
    body = {"leaderUserId": int(whale), "symbolId": "BTC-SWAP-USDT", "isLong": 1, "stopLossRate": "0.5"}
    path = f"{V2}/follower/positions/stop-profit-loss"
    assert (await as_copier("PUT", path, body=body, signs_body=False))[1]["code"] == -1022
    assert (await as_copier("PUT", path, body=body))[1] == {"code": 200, "msg": "success", "data": None}
    as_copier.toobit.sign_query_only()
    assert (await as_copier("PUT", path, body=body))[1]["code"] == -1022
    assert (await as_copier("PUT", path, body=body, signs_body=False))[0] == 200


async def test_unknown_paths_are_pages(as_leader):
    status, page = await as_leader("GET", "/api/v1/nope")
    assert (status, page) == (404, "<html><body><h2>404 Not found</h2></body></html>")


async def test_weights_are_counted_and_told_and_whoever_goes_on_is_banned(as_leader):
    toobit = as_leader.toobit
    await as_leader("GET", ORDERS)
    assert (as_leader.headers["X-Api-Limit-Status"], as_leader.headers["X-Api-Limit"]) == ("2999", "3000")
    toobit.meter("127.0.0.1").used = 2998
    await as_leader("GET", "/api/v1/futures/positions")
    status, answer = await as_leader("GET", ORDERS)
    assert (status, answer["code"]) == (429, -1003)
    assert int(as_leader.headers["X-Api-Limit-Reset-Timestamp"]) > time.time() * 1000
    statuses = [(await as_leader("GET", ORDERS))[0] for _ in range(toobit.limits.refusals_before_ban)]
    assert statuses[-1] == 418
    toobit.pardon()
    assert (await as_leader("GET", ORDERS))[0] == 200


async def test_a_key_may_be_kept_from_the_futures_pages(as_leader):
    toobit = as_leader.toobit
    toobit.leader("leader").balance = Decimal(1000)
    status, rows = await as_leader("GET", "/api/v1/futures/positions")
    shown = {row["symbol"]: (row["marginType"], Decimal(row["flp"])) for row in rows}
    assert status == 200
    # Cross: what is not under the isolated one; a fall of the price eats it.
    assert shown["BTC-SWAP-USDT"] == ("CROSS", Decimal("76381.90954774"))
    assert shown["ETH-SWAP-USDT"] == ("ISOLATED", Decimal("3283.58208955"))
    toobit.open_position("leader", "SOL-SWAP-USDT")
    _, rows = await as_leader("GET", "/api/v1/futures/positions")
    assert [row["flp"] for row in rows if row["marginType"] == "CROSS"] == [
        "",
        "",
    ]  # on one pool: it tells none
    toobit.change_account("leader", reads_futures=False)
    for page in ("positions", "balance"):
        assert (await as_leader("GET", f"/api/v1/futures/{page}"))[1]["code"] == -1002
    assert (await as_leader("GET", ORDERS))[0] == 200


async def test_faults(as_leader):
    toobit = as_leader.toobit
    toobit.fail(502, None, "<html>bad gateway</html>", path="current", times=1)
    assert await as_leader("GET", ORDERS) == (502, "<html>bad gateway</html>")
    assert (await as_leader("GET", ORDERS))[0] == 200
    toobit.firewall()
    assert (await as_leader("GET", ORDERS))[0] == 403
    toobit.heal()
    toobit.null_lists()
    assert await as_leader.data("/leader/orders/current") is None


async def test_an_answer_may_be_lost_after_the_deed(as_leader):
    toobit = as_leader.toobit
    toobit.close_position("leader", "BTC-SWAP-USDT")
    toobit.close_position("leader", "ETH-SWAP-USDT", "short")
    toobit.fail(500, -1007, after=True, times=1)
    status, answer = await as_leader("DELETE", f"{V2}/leader/followers/7001")
    assert (status, answer["code"]) == (500, -1007)
    assert (await as_leader("DELETE", f"{V2}/leader/followers/7001"))[1]["code"] == -32045
