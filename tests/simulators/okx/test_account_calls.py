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
