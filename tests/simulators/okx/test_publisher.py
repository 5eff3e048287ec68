"""What is pushed, to whom, and when."""

from dataclasses import replace
from decimal import Decimal

import pytest

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.limits import Limits

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"


async def test_the_first_positions_push_can_be_empty(okx, world):
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="ANY")
    count, push = await client.frames(2)
    assert count["event"] == "channel-conn-count"
    arg = {"channel": "positions", "instType": "ANY", "uid": okx.account().uid}
    assert push == {"arg": arg, "eventType": "snapshot", "curPage": 1, "lastPage": True, "data": []}


async def test_a_position_row(okx, world):
    okx.open_position(BTC, size=10)
    okx.set_price(BTC, "95000")
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="ANY")
    row = (await client.push("positions"))["data"][0]
    shown = {
        name: row[name] for name in ("instId", "mgnMode", "posSide", "pos", "lever", "ccy", "markPx", "upl")
    }
    assert shown == {
        "instId": BTC, "mgnMode": "isolated", "posSide": "net", "pos": "10", "lever": "10", "ccy": "USDT",
        "markPx": "95000", "upl": "-500",
    }  # fmt: skip
    assert (row["margin"], row["imr"], row["mmr"], row["notionalUsd"]) == ("1000", "", "38", "9500")
    assert abs(Decimal(row["mgnRatio"]) - 500 / Decimal("42.75")) < Decimal("1e-12")
    assert Decimal(row["liqPx"]) < 95000
    assert all(isinstance(one, str) for name, one in row.items() if name != "closeOrderAlgo")
    assert int(row["pTime"]) >= int(row["cTime"]) > 10**12


# The keys of the guide's samples; an account's are looked for in the account and in its first currency.
POSITION_KEYS = """
    adl availPos avgPx cTime ccy deltaBS deltaPA gammaBS gammaPA hedgedPos imr instId instType interest
    idxPx last lever liab liabCcy liqPx markPx margin mgnMode mgnRatio mmr notionalUsd optVal pTime
    pendingCloseOrdLiabVal pos posCcy posId posSide spotInUseAmt clSpotInUseAmt maxSpotInUseAmt bizRefId
    bizRefType spotInUseCcy thetaBS thetaPA tradeId uTime upl uplLastPx uplRatio uplRatioLastPx vegaBS
    vegaPA realizedPnl pnl fee fundingFee liqPenalty nonSettleAvgPx settledPnl closeOrderAlgo
"""
ACCOUNT_KEYS = """
    adjEq availEq borrowFroz details imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow
    notionalUsdForFutures notionalUsdForOption notionalUsdForSwap ordFroz totalEq uTime upl accAvgPx
    availBal cashBal ccy clSpotInUseAmt coinUsdPrice colBorrAutoConversion collateralEnabled
    collateralRestrict crossLiab disEq eq eqUsd fixedBal frozenBal interest isoLiab isoUpl liab maxLoan
    maxSpotInUseAmt notionalLever openAvgPx ordFrozen rewardBal smtSyncEq spotBal spotCopyTradingEq
    spotInUseAmt spotIsoBal spotUpl spotUplRatio stgyEq totalPnl totalPnlRatio twap uplLiab
"""
WARNING_KEYS = "cTime ccy instId instType lever markPx mgnMode mgnRatio pTime pos posCcy posId posSide uTime"


@pytest.mark.parametrize(
    ("channel", "arg", "keys"),
    [
        ("positions", {"instType": "ANY"}, POSITION_KEYS),
        ("account", {}, ACCOUNT_KEYS),
        ("balance_and_position", {}, "balData eventType pTime posData trades"),
        ("liquidation-warning", {"instType": "ANY"}, WARNING_KEYS),
    ],
)
async def test_the_rows_have_every_key_of_the_published_ones(okx, world, channel, arg, keys):
    okx.open_position(BTC)
    client = await world.logged_in(okx)
    await client.subscribe(channel, **arg)
    okx.push_liquidation_warning(BTC)
    row = (await client.push(channel))["data"][0]
    assert set(keys.split()) <= row.keys() | row.get("details", [{}])[0].keys()


async def test_snapshots_come_in_pages(world):
    okx = await world.serve(replace(Limits(), page_rows=2))
    okx.add_account(Account(pos_mode="long_short_mode", cash={"USDT": Decimal(10**6)}))
    for inst_id in (BTC, ETH, "SOL-USDT-SWAP"):
        okx.open_position(inst_id, "long")
        okx.open_position(inst_id, "short")
    okx.close_position("SOL-USDT-SWAP")
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="ANY")
    pages = (await client.frames(4))[1:]
    assert [(one["curPage"], one["lastPage"], len(one["data"])) for one in pages] == [
        (1, False, 2),
        (2, False, 2),
        (3, True, 1),
    ]
    assert {row["posSide"]: row["pos"] for page in pages[:1] for row in page["data"]} == {
        "long": "1",
        "short": "1",
    }


async def test_signs_in_net_mode_and_margin_trading(okx, world):
    okx.set_balance("BTC", "1")
    okx.open_position(BTC, "short", size=3, mgn_mode="cross")
    okx.open_position("BTC-USDT", "long", size="0.5", lever=5)
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="ANY")
    swap, loan = (await client.push("positions"))["data"]
    assert (swap["pos"], swap["posSide"], swap["posCcy"], swap["margin"], swap["imr"]) == (
        "-3",
        "net",
        "",
        "",
        "300",
    )
    assert (loan["pos"], loan["posSide"], loan["posCcy"]) == ("0.6", "net", "BTC")
    assert (loan["liab"], loan["liabCcy"], loan["margin"]) == ("-50000", "USDT", "0.1")


async def test_changes_are_pushed_at_once_and_price_moves_are_not(okx, world):
    client = await world.subscribed(okx, "positions", instType="ANY")
    okx.open_position(BTC, size=2)
    opened = await client.frame()
    assert opened["eventType"] == "event_update"
    assert "curPage" not in opened
    assert opened["data"][0]["pos"] == "2"
    okx.set_price(BTC, "99000")
    await client.no_more()
    okx.close_position(BTC, share="0.5")
    okx.adjust_margin(BTC, "5")
    okx.close_position(BTC)
    updates = [row for one in await client.frames(3) for row in one["data"]]
    assert [one["pos"] for one in updates] == ["1", "1", "0"]
    assert [one["margin"] for one in updates] == ["100", "105", ""]


async def test_a_close_may_show_as_absence_only(world):
    okx = await world.serve(replace(Limits(), closing_rows=False))
    okx.add_account()
    okx.open_position(BTC)
    client = await world.subscribed(okx, "positions", instType="ANY")
    okx.close_position(BTC)
    await client.no_more()
    okx.push_regular()
    assert (await client.frame())["data"] == []


async def test_filters_hold_for_snapshots_and_updates(okx, world):
    okx.open_position(BTC)
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="SWAP", instFamily="ETH-USDT")
    assert (await client.push("positions"))["data"] == []
    okx.open_position("SOL-USDT-SWAP")
    okx.open_position(ETH)
    assert [row["instId"] for row in (await client.push("positions"))["data"]] == [ETH]
    await client.no_more()


async def test_regular_snapshots_come_whether_or_not_anything_changed(world):
    okx = await world.serve(replace(Limits(), regular_push_s=0.1, tick_s=0.01))
    okx.add_account(Account(cash={}))
    client = await world.logged_in(okx)
    await client.subscribe("account")
    await client.frame()
    pushes = await client.frames(4)
    assert {one["eventType"] for one in pushes} == {"snapshot"}
    assert all(one["data"][0]["details"] == [] for one in pushes)
    await client.subscribe("positions", instType="ANY")
    assert (await client.push("positions"))["eventType"] == "snapshot"
    assert (await client.push("positions"))["eventType"] == "snapshot"


async def test_only_events_if_asked(world):
    okx = await world.serve(replace(Limits(), regular_push_s=0.05, tick_s=0.01))
    okx.add_account()
    client = await world.logged_in(okx)
    await client.subscribe("positions", instType="ANY", extraParams='{"updateInterval":"0"}')
    await client.frames(2)
    await client.subscribe("account")
    others = await client.frames(5)
    assert {one["arg"]["channel"] for one in others if "data" in one} == {"account"}
    okx.open_position(BTC)
    assert (await client.push("positions"))["eventType"] == "event_update"


async def test_account_ratios_stand_in_the_details_of_futures_mode(okx, world):
    client = await world.logged_in(okx)
    await client.subscribe("account")
    before = (await client.push("account"))["data"][0]
    assert (before["mgnRatio"], before["details"][0]["mgnRatio"], before["details"][0]["mmr"]) == (
        "",
        "",
        "0",
    )
    okx.open_position(BTC, size=10, mgn_mode="cross")
    after = (await client.push("account"))["data"][0]
    assert (after["mgnRatio"], after["adjEq"], after["mmr"], after["notionalUsd"]) == ("", "", "", "")
    assert abs(Decimal(after["details"][0]["mgnRatio"]) - 10_000 / Decimal(45)) < Decimal("1e-12")
    assert after["details"][0]["mmr"] == "40"
    assert after["totalEq"] == "10000"


async def test_account_ratio_in_the_other_modes(world):
    okx = await world.serve()
    okx.add_account(Account(acct_lv="3"))
    okx.open_position(BTC, size=10, mgn_mode="cross")
    client = await world.logged_in(okx)
    await client.subscribe("account")
    row = (await client.push("account"))["data"][0]
    assert row["adjEq"] == "10000"
    assert Decimal(row["mgnRatio"]) > 200
    assert (row["details"][0]["mgnRatio"], row["details"][0]["mmr"]) == ("", "")


async def test_account_updates_list_what_changed_and_can_be_narrowed(okx, world):
    okx.set_balance("ETH", 2)
    client = await world.logged_in(okx)
    await client.subscribe("account", ccy="ETH")
    assert [one["ccy"] for one in (await client.push("account"))["data"][0]["details"]] == ["ETH"]
    okx.set_balance("USDT", 9000)
    okx.set_balance("ETH", 3)
    update = await client.push("account")
    assert update["eventType"] == "event_update"
    assert [(one["ccy"], one["cashBal"]) for one in update["data"][0]["details"]] == [("ETH", "3")]


async def test_balance_and_position_says_what_happened(okx, world):
    okx.open_position(ETH, size=1)
    client = await world.logged_in(okx)
    await client.subscribe("balance_and_position")
    first = await client.push("balance_and_position")
    assert "eventType" not in first
    assert first["data"][0]["eventType"] == "snapshot"
    assert [one["instId"] for one in first["data"][0]["posData"]] == [ETH]
    okx.open_position(BTC, size=10)
    okx.close_position(ETH, event="adl")
    okx.set_balance("USDT", "8000", event="claw_back")
    okx.set_price(BTC, "90000")
    told = [one["data"][0] for one in await client.frames(4)]
    assert [one["eventType"] for one in told] == ["filled", "adl", "claw_back", "liquidation"]
    assert [[row["pos"] for row in one["posData"]] for one in told] == [["10"], ["0"], [], ["0"]]
    assert told[2]["balData"] == [{"cashBal": "8000", "ccy": "USDT", "uTime": told[2]["balData"][0]["uTime"]}]
    assert told[3]["trades"] == [{"instId": BTC, "tradeId": told[3]["posData"][0]["tradeId"]}]


async def test_a_warning_carries_the_concrete_type_and_the_filters_hold(okx, world):
    okx.set_balance("BTC", 1)
    okx.open_position(BTC)
    okx.open_position("BTC-USDT", size="0.1")
    everything = await world.subscribed(okx, "liquidation-warning", instType="ANY", skip=1)
    futures = await world.subscribed(okx, "liquidation-warning", instType="FUTURES", skip=1)
    ether = await world.subscribed(okx, "liquidation-warning", instType="SWAP", instFamily="ETH-USDT", skip=1)
    sol = await world.subscribed(okx, "liquidation-warning", instType="SWAP", instId="SOL-USDT-SWAP", skip=1)
    okx.push_liquidation_warning(BTC, mgn_ratio="2.5")
    okx.push_liquidation_warning("BTC-USDT")
    swap, margin = await everything.frames(2)
    uid = okx.account().uid
    assert list(swap) == ["arg", "data"]
    assert swap["arg"] == {"channel": "liquidation-warning", "uid": uid, "instType": "SWAP"}
    assert margin["arg"]["instType"] == "MARGIN"
    assert (swap["data"][0]["instId"], swap["data"][0]["mgnRatio"]) == (BTC, "2.5")
    for one in (futures, ether, sol):
        await one.no_more()


async def test_a_falling_price_warns_once_and_then_liquidates(okx, world):
    okx.open_position(BTC, size=10)
    client = await world.subscribed(okx, "liquidation-warning", instType="ANY", skip=1)
    for price in ("92000", "91100", "91000"):
        okx.set_price(BTC, price)
    assert abs(Decimal((await client.frame())["data"][0]["mgnRatio"]) - Decimal("2.6832")) < Decimal("0.0001")
    await client.no_more()
    okx.set_price(BTC, "90406")
    assert not okx.account().positions
    assert okx.happened == [
        f"filled {BTC} main",
        f"liquidation-warning {BTC} main",
        f"liquidation {BTC} main",
    ]
    await client.no_more()


async def test_a_cross_liquidation_ends_every_position_of_the_currency(okx, world):
    okx.set_balance("BTC", 1)
    okx.open_position(BTC, size=100, mgn_mode="cross")
    okx.open_position(ETH, size=10, mgn_mode="cross")
    okx.open_position("BTC-USD-SWAP", size=1, mgn_mode="cross")
    client = await world.subscribed(okx, "positions", instType="ANY")
    okx.set_price(BTC, "90000")
    ended = (await client.frame())["data"]
    assert {row["instId"]: row["pos"] for row in ended} == {BTC: "0", ETH: "0"}
    assert [one.instrument.inst_id for one in okx.account().positions.values()] == ["BTC-USD-SWAP"]


@pytest.mark.parametrize(
    ("info_type", "given", "shown"),
    [
        (
            "1",
            {"instId": BTC, "side": "buy"},
            {"instId": BTC, "side": "buy", "maxLeadTraderNum": "", "minLeadEq": ""},
        ),
        ("2", {}, {"instId": "", "maxLeadTraderNum": "3", "minLeadEq": ""}),
        ("3", {"minLeadEq": "800"}, {"maxLeadTraderNum": "", "minLeadEq": "800"}),
        ("4", {}, {"maxLeadTraderNum": "", "minLeadEq": ""}),
    ],
)
async def test_lead_notifications(okx, world, info_type, given, shown):
    channel = "copytrading-lead-notification"
    client = await world.subscribed(okx, channel, service="business", instType="SWAP", skip=0)
    assert okx.push_lead_notification(info_type, **given) == 1
    push = await client.frame()
    assert push["arg"] == {"channel": channel, "instType": "SWAP", "uid": okx.account().uid}
    row = push["data"][0]
    assert row["infoType"] == info_type
    assert row["uniqueCode"] == okx.account().unique_code
    assert {name: row[name] for name in shown} == shown
    assert list(row) == [
        "infoType", "instId", "instType", "maxLeadTraderNum", "minLeadEq", "posSide", "side", "subPosId",
        "uniqueCode",
    ]  # fmt: skip


async def test_lead_notifications_of_one_instrument(okx, world):
    arg = {"instType": "SWAP", "instId": BTC}
    client = await world.subscribed(okx, "copytrading-lead-notification", service="business", skip=0, **arg)
    assert okx.push_lead_notification("2") == 0
    assert okx.push_lead_notification("1", instId=BTC) == 1
    assert (await client.frame())["arg"]["instId"] == BTC


async def test_accounts_do_not_see_each_other(okx, world):
    okx.add_account(Account(name="other", api_key="22222222", uid="100000000000000001"))
    mine = await world.subscribed(okx, "positions", account=okx.account("main"), instType="ANY")
    theirs = await world.subscribed(okx, "positions", account=okx.account("other"), instType="ANY")
    okx.open_position(BTC, account="other")
    assert (await theirs.frame())["arg"]["uid"] == "100000000000000001"
    await mine.no_more()


async def test_public_tickers(okx, world):
    client = await world.connect(okx.public_ws_url)
    assert (await client.subscribe("tickers", instId=BTC))["event"] == "subscribe"
    push = await client.frame()
    assert push["arg"] == {"channel": "tickers", "instId": BTC}
    assert push["data"][0]["last"] == "100000"
