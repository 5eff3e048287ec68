"""Every endpoint tells the documented fields and no others, with their documented JSON types."""

import json

import pytest

from tests.exchanges.toobit.documented import (
    CLOSED_FOLLOW_ORDER,
    CLOSED_LEAD_ORDER,
    FOLLOW_CONFIG,
    FOLLOW_ORDER,
    FOLLOWED_LEADER,
    FOLLOWER,
    LEAD_ORDER,
    LEADER_CONFIG,
    PROFIT_SHARING,
    SYMBOL,
    TRADE_DATA,
)

LEADING = {
    "/leader/orders/current": LEAD_ORDER,
    "/leader/orders/history": CLOSED_LEAD_ORDER,
    "/leader/trade-data": TRADE_DATA,
    "/leader/profit-sharings/history": PROFIT_SHARING,
    "/leader/symbols": SYMBOL,
    "/leader/followers": FOLLOWER,
    "/leader/config": LEADER_CONFIG,
}
FOLLOWING = {
    "/follower/orders/current": FOLLOW_ORDER,
    "/follower/orders/history": CLOSED_FOLLOW_ORDER,
    "/follower/leaders": FOLLOWED_LEADER,
}


def types(row):
    return {name: type(value) for name, value in row.items()}


def first(data):
    data = data.get("list", data) if isinstance(data, dict) else data
    return data[0] if isinstance(data, list) else data


@pytest.mark.parametrize(("path", "row"), LEADING.items(), ids=LEADING.keys())
async def test_leader(path, row, as_leader):
    assert types(first(await as_leader.data(path))) == types(row)


@pytest.mark.parametrize(("path", "row"), FOLLOWING.items(), ids=FOLLOWING.keys())
async def test_follower(path, row, as_copier):
    assert types(first(await as_copier.data(path))) == types(row)


async def test_how_a_leader_is_copied(as_copier):
    whale = as_copier.toobit.leader("whale").user_id
    data = await as_copier.data("/follower/config", f"leaderUserId={whale}")
    assert types(data) == types(FOLLOW_CONFIG)


@pytest.mark.parametrize("days", [7, 30, 90, 180, 365])
async def test_every_span_of_trade_data(days, as_leader):
    [row] = await as_leader.data("/leader/trade-data", f"type={days}")
    assert row["tradingDays"] == days


async def test_other_spans_and_wrong_pages_are_refused(as_leader):
    for path, query in (("trade-data", "type=8"), ("orders/history", "page=0"), ("followers", "size=101")):
        _, answer = await as_leader("GET", f"/api/v2/copy-trading/leader/{path}", query)
        assert answer["code"] == -1130


async def test_pages(as_leader):
    page = await as_leader.data("/leader/followers", "page=3&size=5")
    assert (page["pages"], page["total"], len(page["list"])) == ("3", "12", 2)
    assert json.dumps(page).count("****") == 2


async def test_who_leads_not_and_who_copies_nobody(as_leader, as_copier):
    assert (await as_copier("GET", "/api/v2/copy-trading/leader/config"))[1]["code"] == -120041
    assert (await as_leader("GET", "/api/v2/copy-trading/follower/leaders"))[1]["code"] == -32045
    as_leader.toobit.stop_leading("leader")
    assert (await as_leader("GET", "/api/v2/copy-trading/leader/config"))[1]["code"] == -120041
