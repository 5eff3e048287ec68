from dataclasses import replace
from decimal import Decimal

from alertd.simulators.okx.accounts import Account

CONFIG, BALANCE, POSITIONS = "/api/v5/account/config", "/api/v5/account/balance", "/api/v5/account/positions"
BTC = "BTC-USDT-SWAP"


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


HISTORY = "/api/v5/account/positions-history"


async def test_the_history_says_how_each_position_was_closed_last(okx, world):
    okx.open_position(BTC, size=10, lever=10)
    okx.close_position(BTC, share="0.5", event="liquidation")
    okx.open_position("ETH-USDT-SWAP", "short", size=4, lever=10)
    okx.close_position("ETH-USDT-SWAP", share="0.5", event="adl")
    okx.open_position("SOL-USDT-SWAP", size=1, lever=5)
    okx.close_position("SOL-USDT-SWAP")
    rest, account = world.rest(okx), okx.account()
    rows = {one["instId"]: one for one in (await rest.get(HISTORY, account))[1]["data"]}
    assert {name: one["type"] for name, one in rows.items()} == {
        BTC: "4",
        "ETH-USDT-SWAP": "5",
        "SOL-USDT-SWAP": "2",
    }
    assert (rows[BTC]["closeTotalPos"], rows[BTC]["openMaxPos"], rows[BTC]["direction"]) == (
        "5",
        "10",
        "long",
    )
    assert (rows["ETH-USDT-SWAP"]["direction"], rows["ETH-USDT-SWAP"]["posSide"]) == ("short", "net")

    okx.set_price(BTC, "89000")  # the rest of it is liquidated
    rows = {one["instId"]: one for one in (await rest.get(f"{HISTORY}?type=3", account))[1]["data"]}
    assert [(name, one["closeTotalPos"]) for name, one in rows.items()] == [(BTC, "10")]
    assert float(rows[BTC]["liqPenalty"]) <= 0


async def test_the_history_is_read_by_pages(okx, world):
    account = okx.account()
    for number in range(5):
        okx.open_position(BTC)
        okx.close_position(BTC)
        made = list(account.records.values())[-1]
        placed = replace(made, position=replace(made.position, updated_ms=1_000 * (number + 1)))
        account.records[made.position.pos_id] = placed
    rest = world.rest(okx)

    async def times(query):
        return [int(one["uTime"]) for one in (await rest.get(f"{HISTORY}?{query}", account))[1]["data"]]

    assert await times("limit=2") == [5000, 4000]
    assert await times("limit=2&after=4000") == [3000, 2000]
    assert await times("before=3000") == [5000, 4000]
    assert await times("instType=MARGIN") == []
    status, answer = await rest.get(f"{HISTORY}?after=yesterday", account)
    assert (status, answer["code"]) == (400, "51000")
    assert (await rest.get(f"{HISTORY}?type=9", account))[1]["code"] == "51000"


BILLS = "/api/v5/account/bills"


async def test_the_bills_have_a_line_for_each_change_of_the_balance(okx, world):
    okx.open_position(BTC, size=10, lever=10)
    okx.close_position(BTC, share="0.5", event="liquidation")
    okx.close_position(BTC)
    okx.set_balance("USDT", "500", event="claw_back")
    rest, account = world.rest(okx), okx.account()
    rows = (await rest.get(BILLS, account))[1]["data"]
    assert [(one["type"], one["subType"], one["instId"]) for one in rows] == [
        ("10", "108", ""),
        ("2", "2", BTC),
        ("5", "103", BTC),
    ]
    assert Decimal(rows[0]["balChg"]) < 0
    wanted = {
        "type=5": ["5"],
        "limit=1": ["10"],
        f"after={rows[1]['billId']}": ["5"],
        f"begin={int(rows[0]['ts']) + 1}": [],
        f"begin={rows[0]['ts']}&type=10": ["10"],
    }
    for query, types in wanted.items():
        found = (await rest.get(f"{BILLS}?{query}", account))[1]["data"]
        assert [one["type"] for one in found] == types
    assert (await rest.get(f"{BILLS}?type=x", account))[1]["code"] == "51000"


async def test_in_two_way_mode_the_bills_name_the_side(okx, world):
    account = okx.add_account(Account(name="two", api_key="two", uid="2", pos_mode="long_short_mode"))
    okx.open_position(BTC, "short", size=4, lever=10, account="two")
    okx.close_position(BTC, share="0.5", event="adl", account="two")
    okx.close_position(BTC, event="liquidation", account="two")
    rows = (await world.rest(okx).get(BILLS, account))[1]["data"]
    assert [one["subType"] for one in rows] == ["105", "126"]
