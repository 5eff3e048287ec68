import json
from dataclasses import replace

import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader

PATH = "/api/v5/copytrading"
DAY_MS = 86_400_000
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
FIRST, SECOND = LeadTrader(unique_code="1" * 16), LeadTrader(unique_code="2" * 18)


@pytest.fixture
async def copying(world):
    """An account that copies two, holds a swap of each and one of its own."""
    okx = await world.serve()
    okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=(FIRST, SECOND)))
    okx.open_position(BTC, lead_trader=FIRST.unique_code)
    okx.open_position(ETH, "short", size=2, mgn_mode="cross", lead_trader=SECOND.unique_code)
    okx.open_position("SOL-USDT-SWAP")
    return okx


@pytest.fixture
def get(copying, world):
    async def call(path):
        return (await world.rest(copying).get(f"{PATH}/{path}", copying.account()))[1]

    return call


@pytest.fixture
def stop(copying, world):
    async def call(closing, code=FIRST.unique_code, **more):
        body = {"uniqueCode": code, "subPosCloseType": closing, **more}
        return (await world.rest(copying).act(f"{PATH}/stop-copy-trading", copying.account(), body))[1]

    return call


async def test_the_role_and_who_is_copied(world):
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


async def test_sub_positions_are_what_was_opened_in_copying(get):
    rows = (await get("current-subpositions"))["data"]
    assert {(one["instId"], one["uniqueCode"], one["subPos"], one["openOrdId"]) for one in rows} == {
        (BTC, FIRST.unique_code, "1", ""),
        (ETH, SECOND.unique_code, "-2", ""),
    }
    assert {one["instId"]: one["margin"] for one in rows} == {BTC: "100", ETH: "80"}
    assert [one["instId"] for one in (await get(f"current-subpositions?instId={BTC}"))["data"]] == [BTC]
    assert len((await get("current-subpositions?limit=1"))["data"]) == 1
    assert (await get("current-subpositions?instType=SPOT"))["data"] == []


async def test_a_lead_traders_sub_positions_are_his_swaps(world):
    okx = await world.serve()
    account = okx.add_account(Account(role_type="1"))
    okx.open_position(BTC)
    (row,) = (await world.rest(okx).get(f"{PATH}/current-subpositions", account))[1]["data"]
    assert (row["uniqueCode"], bool(row["openOrdId"])) == (account.unique_code, True)


async def test_stopping_leaves_the_positions_and_is_shown_by_every_read_back(get, stop):
    settings = f"copy-settings?instType=SWAP&uniqueCode={FIRST.unique_code}"
    assert (await get(settings))["data"][0]["copyState"] == "1"
    assert (await stop("copy_close"))["data"] == [{"result": True}]
    assert (await get(settings))["data"][0]["copyState"] == "0"
    rows = (await get("current-lead-traders"))["data"]
    assert [one["uniqueCode"] for one in rows] == [SECOND.unique_code]
    assert len((await get("current-subpositions"))["data"]) == 2
    assert (await stop("copy_close"))["code"] == "59267"


async def test_stopping_with_a_market_close_closes_what_belonged_to_it(copying, stop):
    await stop("market_close")
    held = {one.instrument.inst_id for one in copying.account().positions.values()}
    assert held == {ETH, "SOL-USDT-SWAP"}
    assert copying.happened[-2:] == [f"stopped copying {FIRST.unique_code} main", f"filled {BTC} main"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("copy-settings", "50014"),
        ("copy-settings?instType=SPOT&uniqueCode=1", "59264"),
        ("copy-settings?uniqueCode=3333333333333333", "59269"),
        ("current-subpositions?instType=OPTION", "51000"),
        ("current-subpositions?limit=501", "51000"),
        ("current-lead-traders?instType=SPOT", "51000"),
    ],
)
async def test_refused_reads(get, path, code):
    assert (await get(path))["code"] == code


@pytest.mark.parametrize(
    ("closing", "more", "code"),
    [
        ("", {}, "50014"),
        ("at_once", {}, "51000"),
        ("copy_close", {"code": ""}, "50014"),
        ("copy_close", {"code": "3" * 16}, "59269"),
        ("copy_close", {"instType": "SPOT"}, "59264"),
    ],
)
async def test_refused_stops(copying, stop, closing, more, code):
    assert (await stop(closing, **more))["code"] == code
    assert len(copying.account().lead_traders) == 2


def test_nobody_is_copied_whom_the_account_does_not_copy(copying):
    with pytest.raises(ValueError, match="copies nobody"):
        copying.open_position(BTC, lead_trader="3" * 16)
    with pytest.raises(ValueError, match="copies nobody"):
        copying.stop_copying("3" * 16)


@pytest.fixture
async def led(world):
    """A lead trader, and an account that copies it."""
    okx = await world.serve()
    who = {"name": "leader", "api_key": "lead-key", "uid": "7" * 18, "unique_code": FIRST.unique_code}
    leader = Account(role_type="1", followers=7, **who)
    okx.add_account(leader)
    okx.add_account(Account(role_type="2", lead_traders=(FIRST,)))
    return okx


async def test_what_a_lead_trader_shows_to_all(led, world):
    led.open_position(BTC, size=3, lever=20, account="leader")

    async def public(page, code=FIRST.unique_code, **more):
        rest = world.rest(led)
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return (await rest.call("GET", f"{PATH}/public-{page}?instType=SWAP&uniqueCode={code}{query}"))[1]

    def rows(text):
        return json.loads(text)["data"]

    (shown,) = rows(await public("current-subpositions"))
    assert (shown["instId"], shown["lever"], shown["openOrdId"]) == (BTC, "20", "")
    assert rows(await public("subpositions-history")) == []
    led.close_position(BTC, share="0.5", account="leader")
    (part,) = rows(await public("subpositions-history"))
    assert (part["type"], part["subPosId"]) == ("1", shown["subPosId"])
    led.close_position(BTC, account="leader")
    (whole,) = rows(await public("subpositions-history"))
    assert whole["type"] == "2"
    assert rows(await public("current-subpositions")) == []
    assert rows(await public("stats", lastDays="1"))[0]["lossDays"] == "1"
    closed = led.account("leader").closed
    closed[0] = replace(closed[0], updated_ms=led.now_ms() - 8 * DAY_MS)
    assert rows(await public("stats", lastDays="1"))[0]["lossDays"] == "0"
    assert rows(await public("stats", lastDays="2"))[0]["lossDays"] == "1"
    assert json.loads(await public("stats"))["code"] == "50014"
    assert json.loads(await public("stats", lastDays="5"))["code"] == "51000"
    assert json.loads(await public("current-subpositions", "9" * 16))["code"] == "59269"
    led.account("main").lead_traders = (FIRST, SECOND)  # one who is copied exists, also without a past
    assert rows(await public("current-subpositions", SECOND.unique_code)) == []
    assert json.loads(await public("current-subpositions", ""))["code"] == "50014"


async def test_what_copying_earned_stands_beside_whom_one_copies(led, world):
    led.open_position(BTC, size=1, lever=10, px=100_000, account="main", lead_trader=FIRST.unique_code)
    led.set_price(BTC, 99_000)
    (row,) = (await world.rest(led).get(f"{PATH}/current-lead-traders", led.account("main")))[1]["data"]
    assert (row["copyTotalPnl"], row["upl"]) == ("0", "-10")
    led.close_position(BTC, account="main")
    (row,) = (await world.rest(led).get(f"{PATH}/current-lead-traders", led.account("main")))[1]["data"]
    assert (row["copyTotalPnl"], row["upl"], row["margin"]) == ("-10", "0", "0")
    (done,) = (await world.rest(led).get(f"{PATH}/subpositions-history", led.account("main")))[1]["data"]
    assert (done["uniqueCode"], done["pnl"]) == (FIRST.unique_code, "-10")


async def test_sub_positions_go_on_after_a_row(copying, get):
    first, second = (await get("current-subpositions"))["data"]
    assert (await get(f"current-subpositions?after={first['subPosId']}"))["data"] == [second]
    assert (await get("subpositions-history?limit=101"))["code"] == "51000"
