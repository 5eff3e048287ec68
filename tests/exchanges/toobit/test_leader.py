"""Every call of a leader, against the simulator."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from alertd.clock import Clock
from alertd.domain.errors import (
    ChangeRefused,
    Disposition,
    HostBlocked,
    OutcomeUnknown,
    RequestRefused,
)
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit.leader import DAYS, LeaderCalls, user_id
from alertd.exchanges.toobit.leader_config import ConfigChange, plan
from alertd.exchanges.toobit.models import ProfitPeriod
from alertd.exchanges.toobit.paging import Collected
from alertd.simulators.toobit.people import Account
from tests.exchanges.toobit.conftest import House

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"


async def test_what_is_led(house: House) -> None:
    btc, eth = (await house.leader.orders()).items
    assert (btc.instrument, btc.direction, btc.margin_mode) == (BTC, Direction.LONG, MarginMode.CROSS)
    assert (eth.instrument, eth.direction, eth.margin_mode) == (ETH, Direction.SHORT, MarginMode.ISOLATED)
    assert (btc.entry_price, btc.mark_price, btc.leverage) == (90000, 90450, 20)
    assert btc.profit_ratio == Decimal("0.1")
    assert btc.follower_count == 12


async def test_what_was_closed(house: House) -> None:
    page = await house.leader.history(size=10)
    [order] = page.items
    assert (order.instrument, order.is_fully_closed, order.gross_profit) == (SOL, True, 6)
    assert (page.total, page.pages, page.bad) == (1, 1, ())


async def test_pages_of_history(house: House) -> None:
    for _ in range(204):
        house.toobit.open_position("leader", SOL)
        house.toobit.close_position("leader", SOL)
    found = Collected[object]()
    async for page in house.leader.history_pages():
        found.add(page)
    found.end()
    assert (len(found.items), found.total, found.is_whole) == (205, 205, True)
    assert house.asked("GET /api/v2/copy-trading/leader/orders/history") == 3


@pytest.mark.parametrize("days", DAYS)
async def test_trade_data(days: int, house: House) -> None:
    [data] = (await house.leader.trade_data(days)).items  # type: ignore[arg-type]
    assert (data.days, data.order_count, data.profit_usdt, data.follower_count) == (days, 1, 6, 12)
    assert data.profit_to_loss is None


async def test_other_days_are_not_asked_for(house: House) -> None:
    with pytest.raises(ValueError, match="days must be one of"):
        await house.leader.trade_data(8)  # type: ignore[arg-type]


async def test_settlements_pairs_and_settings(house: House) -> None:
    [shared] = (await house.leader.profit_sharings()).items
    assert str(shared.shared_on) == "2026-11-09"
    assert [(one.instrument, one.is_led) for one in (await house.leader.symbols()).items] == [
        (BTC, True), (ETH, True), (SOL, True),
    ]  # fmt: skip
    config = await house.leader.config()
    assert (config.profit_share, config.profit_period) == (Decimal("0.1"), ProfitPeriod.WEEKLY)
    assert config.invite_code is None


async def test_followers(house: House) -> None:
    page = await house.leader.followers(page=2, size=5)
    assert (page.total, page.pages, len(page.items)) == (12, 3, 5)
    assert page.items[0].nickname == "****006"
    names = [one.nickname async for page in house.leader.follower_pages() for one in page.items]
    assert len(names) == 12


async def test_who_leads_not(house: House) -> None:
    leader = LeaderCalls(house.rest(house.toobit.account("copier")))
    with pytest.raises(RequestRefused, match="no active leader") as caught:
        await leader.orders()
    assert caught.value.wanted is Disposition.CONFIG


async def test_a_key_of_another_kind_and_one_that_reads_only(house: House) -> None:
    house.toobit.change_account("leader", can_trade=False)
    with pytest.raises(RequestRefused, match="it is read-only"):
        await house.leader.remove_follower("7001")
    house.toobit.change_account("leader", kind="FUTURES")
    with pytest.raises(RequestRefused, match="needs a key of the COPY_TRADING account"):
        await house.leader.orders()
    assert await house.rest(house.toobit.account("leader")).account_type() == "contract"


async def test_a_wrong_secret_is_tried_once(house: House) -> None:
    wrong = replace(house.toobit.account("leader"), api_secret="wrong")
    with pytest.raises(RequestRefused, match="the signature is not valid") as caught:
        await LeaderCalls(house.rest(wrong)).orders()
    assert (caught.value.wanted, house.asked("GET /api/v2")) == (Disposition.CREDENTIALS, 1)


CHANGE = ConfigChange(least_fixed_amount_usdt=Decimal(25), disable=(SOL,))


async def test_settings_are_changed_and_read_back(house: House) -> None:
    house.toobit.leader("leader").config["inviteCode"] = "KEEPTHIS"
    shown = plan(await house.leader.state(), CHANGE)
    assert shown.differences == {"least_fixed_amount_usdt": ("10", "25"), SOL: ("on", "off")}
    after = await house.leader.update_config(CHANGE, shown)
    assert after == shown.after
    config = house.toobit.leader("leader").config
    assert (config["symbolIds"], config["fixedAmountFollowMin"]) == ([BTC, ETH], "25")
    assert config["inviteCode"] == "KEEPTHIS"
    assert house.asked("PUT") == 1


async def test_settings_that_changed_since_they_were_shown_are_left_alone(house: House) -> None:
    shown = plan(await house.leader.state(), CHANGE)
    house.toobit.leader("leader").config["profitRate"] = "0.05"
    with pytest.raises(ChangeRefused, match="have changed since they were shown"):
        await house.leader.update_config(CHANGE, shown)
    assert house.asked("PUT") == 0


async def test_the_exchange_may_want_the_other_signature(house: House) -> None:
    house.toobit.sign_query_only()
    shown = plan(await house.leader.state(), CHANGE)
    assert await house.leader.update_config(CHANGE, shown) == shown.after
    assert (house.asked("PUT"), house.host.covers_body) == (2, False)


async def test_what_a_pair_in_use_says(house: House) -> None:
    """Refused here; where the order was opened a moment later the exchange refuses it."""
    with pytest.raises(ChangeRefused, match="has open lead orders"):
        plan(await house.leader.state(), ConfigChange(disable=(BTC,)))
    shown = plan(await house.leader.state(), CHANGE)
    house.toobit.open_position("leader", SOL)
    with pytest.raises(ChangeRefused):
        await house.leader.update_config(CHANGE, shown)


async def test_a_level_that_does_not_allow_it(house: House) -> None:
    change = ConfigChange(profit_share=Decimal("0.5"))
    with pytest.raises(RequestRefused, match="exceed what the leader's level allows"):
        await house.leader.update_config(change, plan(await house.leader.state(), change))


async def test_an_answer_that_is_lost_says_that_nobody_knows(house: House) -> None:
    for symbol, side in ((BTC, "long"), (ETH, "short")):
        house.toobit.close_position("leader", symbol, side)
    house.toobit.fail(500, -1007, path="/followers/7001", after=True)
    with pytest.raises(OutcomeUnknown):
        await house.leader.remove_follower("7001")
    assert house.toobit.relation(house.toobit.account("leader").user_id, "7001") is None
    house.toobit.cut(path="/followers/7002")
    with pytest.raises(OutcomeUnknown):
        await house.leader.remove_follower("7002")
    assert house.asked("DELETE") == 2


@pytest.mark.parametrize("after", [True, False], ids=["made", "not made"])
async def test_a_lost_answer_about_settings_is_read_back(after: bool, house: House) -> None:
    shown = plan(await house.leader.state(), CHANGE)
    house.toobit.fail(500, -1007, method="PUT", after=after)
    if after:
        assert await house.leader.update_config(CHANGE, shown) == shown.after
    else:
        with pytest.raises(OutcomeUnknown):
            await house.leader.update_config(CHANGE, shown)
    assert house.asked("PUT") == 1


async def test_settings_that_were_changed_and_cannot_be_read_back(house: House) -> None:
    """An error would say that nothing was changed."""
    shown = plan(await house.leader.state(), CHANGE)
    house.toobit.break_after("PUT")
    assert await house.leader.update_config(CHANGE, shown) is None
    assert house.toobit.leader("leader").config["fixedAmountFollowMin"] == "25"


async def test_a_follower_is_removed_once_his_copies_are_closed(house: House) -> None:
    with pytest.raises(RequestRefused, match="must be closed first"):
        await house.leader.remove_follower("7001")
    for symbol, side in ((BTC, "long"), (ETH, "short")):
        house.toobit.close_position("leader", symbol, side)
    await house.leader.remove_follower("7001")
    assert (await house.leader.followers()).total == 11
    with pytest.raises(RequestRefused) as caught:
        await house.leader.remove_follower("7001")
    assert caught.value.code == "-32045"


@pytest.mark.parametrize("text", ["", "0", "-1", "abc", "1/../2", "9" * 20, "9223372036854775808", "١"])
async def test_what_is_no_id_is_never_sent(text: str, house: House) -> None:
    with pytest.raises(ValueError, match="no user id"):
        await house.leader.remove_follower(text)
    assert house.asked("DELETE") == 0


def test_ids() -> None:
    assert user_id("9223372036854775807") == "9223372036854775807"


async def test_null_where_a_list_is_promised(house: House) -> None:
    house.toobit.null_lists()
    assert (await house.leader.orders()).is_null
    with pytest.raises(ChangeRefused, match="cannot be read whole"):
        await house.leader.state()


async def test_a_clock_that_is_off_is_measured(house: House) -> None:
    house.toobit.shift_clock(-30_000)
    assert (await house.leader.orders()).items
    house.toobit.shift_clock(30_000)
    assert (await house.leader.orders()).items
    assert house.asked("GET /api/v1/time") == 2


async def test_fifty_accounts_at_once_stay_within_the_weights(house: House) -> None:
    """Each asks ten times; nobody is refused, and the exchange counts no more than was granted."""
    calls = [house.leader]
    for number in range(49):
        account = house.toobit.add_account(
            Account(f"a{number}", f"key-{number}", f"s-{number}", f"{5000 + number}")
        )
        house.toobit.lead(account.user_id, f"l{number}")
        calls.append(LeaderCalls(house.rest(account)))
    async with asyncio.TaskGroup() as tasks:
        for one in calls:
            for _ in range(10):
                tasks.create_task(one.orders())
    assert house.toobit.meter("127.0.0.1").used == 501  # and the time, once
    assert house.host.budget.used(Clock().monotonic_s()) == 501


async def test_a_ban_in_the_middle_stops_everybody(house: House) -> None:
    await house.leader.orders()
    house.toobit.ban(600)
    with pytest.raises(HostBlocked):
        await house.leader.orders()
    calls = len(house.toobit.calls)
    with pytest.raises(HostBlocked, match="nothing is asked for another"):
        await house.follower.orders()
    assert len(house.toobit.calls) == calls
