"""Copy relations: copied, being ended, ended; what each close type does; who is refused with which code."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.limits import Limits

PATH = "/api/v5/copytrading"
STOP = f"{PATH}/stop-copy-trading"
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ANN, BEN = LeadTrader(unique_code="1" * 16), LeadTrader(unique_code="2" * 18)
CODE = ANN.unique_code
SLOW = 0.3
FROZEN = ("50009", *(str(code) for code in range(50017, 50024)))


class Copier:
    def __init__(self, okx, rest):
        self.okx = okx
        self.rest = rest
        self.owner = okx.account("main")

    async def get(self, page):
        return (await self.rest.get(f"{PATH}/{page}", self.owner))[1]

    async def stop(self, closing="copy_close", code=CODE, **more):
        body = {"uniqueCode": code, "subPosCloseType": closing, **more}
        return (await self.rest.act(STOP, self.owner, body))[1]["code"]

    async def shown(self, code=CODE):
        """Whether the list names the trader, and what the settings say."""
        listed = (await self.get("current-lead-traders"))["data"]
        settings = await self.get(f"copy-settings?uniqueCode={code}")
        return code in [one["uniqueCode"] for one in listed], settings["data"][0]["copyState"]

    async def copies(self):
        rows = (await self.get("current-subpositions"))["data"]
        return {one["instId"] for one in rows if one["uniqueCode"] == CODE}

    @property
    def held(self):
        return {one.instrument.inst_id for one in self.owner.positions.values()}

    @property
    def state(self):
        return self.okx.copying.state_of(self.owner, CODE)

    @property
    def stops(self):
        return self.okx.copying.stops["main", CODE]


@pytest.fixture
def copier(world):
    async def make(*traders, **limits):
        okx = await world.serve(replace(Limits(), **limits))
        okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=traders or (ANN, BEN)))
        return Copier(okx, world.rest(okx))

    return make


async def test_a_stop_is_carried_out_a_while_after_it_was_taken(copier, until):
    one = await copier(stopping_s=SLOW)
    assert one.state == "copying"
    assert await one.stop() == "0"
    assert (one.state, await one.shown()) == ("stopping", (True, "1"))
    assert await one.stop() == "59278"
    await until(lambda: one.state == "stopped")
    assert await one.shown() == (False, "0")
    assert await one.stop() == "59267"
    assert (one.stops, one.okx.copying.asked["main", CODE]) == (1, 3)
    assert await one.shown(BEN.unique_code) == (True, "1")


async def test_a_market_close_comes_after_the_end(copier, until):
    one = await copier(stopping_s=SLOW, closing_s=SLOW)
    one.okx.open_position(BTC, lead_trader=CODE)
    one.okx.open_position(ETH)
    assert await one.stop("market_close") == "0"
    assert one.held == {BTC, ETH}
    await until(lambda: one.state == "closing")
    assert (await one.shown(), await one.copies()) == ((False, "0"), {BTC})
    assert await one.stop("market_close") == "59218"
    await until(lambda: one.held == {ETH})
    assert (one.state, await one.copies(), one.stops) == ("stopped", set(), 1)


async def test_what_copy_close_leaves_ends_with_the_leaders_own(copier):
    one = await copier()
    one.okx.open_position(BTC, lead_trader=CODE)
    one.okx.open_position(ETH, lead_trader=CODE)
    assert await one.stop("copy_close") == "0"
    assert await one.copies() == {BTC, ETH}
    one.okx.leader_closes(CODE, BTC)
    assert await one.copies() == {ETH}
    one.okx.leader_closes(CODE)
    assert one.held == set()


@pytest.mark.parametrize("named", [True, False])
async def test_what_manual_close_leaves_is_the_owners(copier, named):
    one = await copier(names_manual_positions=named)
    one.okx.open_position(BTC, lead_trader=CODE)
    assert await one.stop("manual_close") == "0"
    one.okx.leader_closes(CODE)
    assert (one.held, await one.copies()) == ({BTC}, {BTC} if named else set())


async def test_a_leader_who_closes_takes_his_copiers_along(copier):
    one = await copier()
    who = {"name": "leader", "api_key": "lead-key", "uid": "7" * 18, "unique_code": CODE}
    one.okx.add_account(Account(role_type="1", **who))
    for side in ("long", "short"):
        one.okx.account("leader").pos_mode = one.owner.pos_mode = "long_short_mode"
        one.okx.open_position(BTC, side, account="leader")
        one.okx.open_position(BTC, side, account="main", lead_trader=CODE)
    one.okx.close_position(BTC, share="0.5", account="leader")
    assert len(one.owner.positions) == 2
    one.okx.close_position(BTC, account="leader")
    assert [held.sign for held in one.owner.positions.values()] == [1]


async def test_the_list_may_lead_and_may_lag(copier, until):
    leads = await copier(stopping_s=SLOW, list_drops_first=True)
    await leads.stop()
    assert await leads.shown() == (False, "1")
    await until(lambda: leads.state == "stopped")
    assert await leads.shown() == (False, "0")
    lags = await copier(lists_until_closed=True)
    lags.okx.open_position(BTC, lead_trader=CODE)
    await lags.stop()
    assert await lags.shown() == (True, "0")
    lags.okx.leader_closes(CODE)
    assert await lags.shown() == (False, "0")


async def test_copiers_may_get_no_rows_of_their_positions(copier):
    one = await copier(names_copied_positions=False)
    one.okx.open_position(BTC, lead_trader=CODE)
    assert await one.copies() == set()
    assert (await one.get("current-lead-traders"))["data"][0]["margin"] != "0"


async def test_what_another_hand_ends_is_no_stop_of_the_api(copier, until):
    one = await copier(stopping_s=SLOW)
    await one.stop("market_close")
    one.okx.open_position(BTC, lead_trader=CODE)
    one.okx.stop_copying(CODE)
    assert (one.state, one.stops) == ("stopped", 1)
    one.okx.copying.carry_on()
    assert one.held == {BTC}
    assert await one.stop() == "59267"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"perm": "read_only"}, "50120"),
        ({"role_type": "1"}, "59258"),
        ({"acct_lv": "3"}, "59283"),
        ({"region": "eea"}, "50119"),
        *(
            ({"frozen": code}, code)
            for code in ["50009", "50017", "50018", "50019", "50020", "50021", "50022", "50023"]
        ),
    ],
)
async def test_an_account_that_cannot_stop(copier, change, code):
    one = await copier()
    one.okx.change_account(**change)
    assert await one.stop() == code
    assert (one.state, one.stops) == ("copying", 0)


@pytest.mark.parametrize(("kind", "code"), [("smart_sync", "59292"), ("spot", "59264")])
async def test_traders_that_the_api_does_not_stop(copier, kind, code):
    one = await copier(replace(ANN, kind=kind), BEN)
    assert await one.stop() == code
    assert (await one.get(f"copy-settings?uniqueCode={CODE}"))["code"] == code
    listed = (await one.get("current-lead-traders"))["data"]
    assert (CODE in [row["uniqueCode"] for row in listed]) is (kind == "smart_sync")


async def test_nobody_to_stop(copier):
    one = await copier()
    assert await one.stop(code="3" * 16) == "59269"
    one.owner.lead_traders = ()
    assert await one.stop() == "59273"
    one.okx.change_account(role_type="0")
    assert await one.stop() == "59285"


async def test_lies_are_told_page_by_page_and_so_often(copier):
    one = await copier()
    one.okx.open_position(BTC, lead_trader=CODE)
    one.okx.lie("list", times=1)
    assert await one.shown() == (False, "1")
    assert await one.shown() == (True, "1")
    one.okx.lie("settings", times="2")
    assert [await one.shown() for _ in range(3)] == [(True, "0"), (True, "0"), (True, "1")]
    one.okx.lie("sub_positions")
    assert await one.copies() == set()
    one.okx.heal()
    assert await one.copies() == {BTC}


async def test_lies_about_what_has_ended(copier):
    one = await copier()
    await one.stop()
    one.okx.lie("list")
    one.okx.lie("settings")
    assert await one.shown() == (True, "1")
    with pytest.raises(ValueError, match="page is list"):
        one.okx.lie("book")


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_failure_before_and_after_the_effect(copier, after_effect):
    one = await copier()
    one.okx.fail_rest(502, body="<html>", path="stop-copy-trading", after_effect=after_effect, times=1)
    body = {"uniqueCode": CODE, "subPosCloseType": "copy_close"}
    with pytest.raises(ValueError, match="Expecting value"):  # no JSON
        await one.rest.act(STOP, one.owner, body)
    assert one.stops == int(after_effect)
    assert await one.stop() == ("59267" if after_effect else "0")
    assert one.stops == 1


@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_connection_cut_before_and_after_the_effect(copier, after_effect):
    one = await copier()
    one.okx.cut_rest(path="stop-copy-trading", after_effect=after_effect)
    with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
        await one.stop()
    assert one.stops == int(after_effect)
    one.okx.heal()
    assert await one.shown() == ((False, "0") if after_effect else (True, "1"))


@pytest.mark.parametrize("after_effect", [True, False])
async def test_silence_before_and_after_the_effect(copier, until, after_effect):
    one = await copier()
    one.okx.hang_rest(path="stop-copy-trading", after_effect=after_effect)
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(one.stop(), name="stop")
        await until(lambda: one.stops == int(after_effect))
        assert await one.shown() == ((False, "0") if after_effect else (True, "1"))
        one.okx.heal()
        assert await asked == "50001"


async def test_the_longest_path_decides_how_a_call_fails(copier):
    one = await copier()
    one.okx.fail_rest(0, "50011")
    one.okx.fail_rest(0, "59256", path="stop-copy-trading")
    assert await one.stop() == "59256"
    assert (await one.get("config"))["code"] == "50011"
