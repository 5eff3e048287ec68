"""Every call of a follower, against the simulator."""

from __future__ import annotations

from decimal import Decimal

import pytest

from alertd.domain.errors import ChangeRefused, OutcomeUnknown, RequestRefused
from alertd.domain.events import Direction
from alertd.exchanges.toobit.follow_config import FollowChange, Stops, plan_follow
from alertd.exchanges.toobit.follower import FollowerCalls
from tests.exchanges.toobit.conftest import House

BTC, ETH, SOL = "BTC-SWAP-USDT", "ETH-SWAP-USDT", "SOL-SWAP-USDT"


def whale(house: House) -> str:
    return house.toobit.leader("whale").user_id


def flat(house: House) -> None:
    house.toobit.close_position("whale", BTC)
    house.toobit.close_position("whale", SOL)


async def test_what_is_copied(house: House) -> None:
    btc, sol, eth = (await house.follower.orders()).items
    assert (btc.leader_id, btc.leader_name, btc.instrument) == (whale(house), "whale", BTC)
    assert btc.liquidation_price is not None
    assert sol.liquidation_price is None  # one pool for two positions: the exchange tells none
    assert (eth.direction, eth.stop_loss_ratio) == (Direction.SHORT, None)


async def test_what_was_closed_and_who_is_copied(house: House) -> None:
    [closed] = (await house.follower.history()).items
    assert (closed.instrument, closed.leader_name, closed.is_fully_closed) == (ETH, "whale", True)
    assert [one.instrument async for page in house.follower.history_pages() for one in page.items] == [ETH]
    first, second = (await house.follower.leaders()).items
    assert [first.leader_name, second.leader_name] == ["whale", "dolphin"]
    assert first.equity_usdt is not None
    assert first.available_usdt is not None
    assert first.available_usdt < first.equity_usdt
    assert first.withheld_usdt is not None
    assert first.withheld_usdt > 0


async def test_who_copies_nobody_has_empty_lists(house: House) -> None:
    nobody = FollowerCalls(house.rest(house.toobit.account("leader")))
    orders, leaders, history = await nobody.orders(), await nobody.leaders(), await nobody.history()
    assert [orders.items, leaders.items, history.items, history.total] == [(), (), (), 0]
    with pytest.raises(RequestRefused) as caught:
        await nobody.config(whale(house))
    assert caught.value.code == "-32045"


async def test_settings_are_changed_and_read_back(house: House) -> None:
    change = FollowChange(real_invested_usdt=Decimal(400), per_order_usdt=Decimal(15), instruments=BTC)
    now = await house.follower.config(whale(house))
    assert now.instruments == "all"
    shown = plan_follow(now, (await house.follower.orders()).items, change)
    assert await house.follower.update_config(whale(house), change, shown) == shown.after
    again = plan_follow(shown.after, (), FollowChange(real_invested_usdt=Decimal(400), leverage=Decimal(3)))
    with pytest.raises(ChangeRefused, match="while copied positions are open"):
        await house.follower.update_config(
            whale(house), FollowChange(real_invested_usdt=Decimal(400), leverage=Decimal(3)), again
        )


async def test_settings_that_changed_since_they_were_shown_are_left_alone(house: House) -> None:
    change = FollowChange(real_invested_usdt=Decimal(400), per_order_usdt=Decimal(15))
    shown = plan_follow(await house.follower.config(whale(house)), (), change)
    relation = house.toobit.relation(whale(house), house.toobit.account("copier").user_id)
    assert relation is not None
    relation.config["dailyMaxInvestAmount"] = "77"
    with pytest.raises(ChangeRefused, match="have changed"):
        await house.follower.update_config(whale(house), change, shown)
    assert house.asked("PUT") == 0


@pytest.mark.parametrize("after", [True, False])
async def test_a_lost_answer_about_settings_is_read_back(after: bool, house: House) -> None:
    change = FollowChange(real_invested_usdt=Decimal(400), per_order_usdt=Decimal(15))
    shown = await house.follower.plan(whale(house), change)
    house.toobit.cut(method="PUT", after=after)
    if after:
        assert await house.follower.update_config(whale(house), change, shown) == shown.after
    else:
        with pytest.raises(OutcomeUnknown):
            await house.follower.update_config(whale(house), change, shown)
    assert house.asked("PUT") == 1


async def test_where_nothing_that_is_told_changes_reading_back_proves_nothing(house: House) -> None:
    change = FollowChange(real_invested_usdt=Decimal(450))
    shown = await house.follower.plan(whale(house), change)
    assert not shown.differences
    house.toobit.cut(method="PUT", after=True)
    with pytest.raises(OutcomeUnknown):
        await house.follower.update_config(whale(house), change, shown)
    house.toobit.heal()
    assert await house.follower.update_config(whale(house), change, shown) == shown.after


async def test_stops_of_a_copied_position(house: House) -> None:
    stops = Stops(
        leader_id=whale(house), instrument=BTC, direction=Direction.LONG, stop_loss_ratio=Decimal("0.3")
    )
    await house.follower.set_stops(stops)
    assert (await house.follower.orders()).items[0].stop_loss_ratio == Decimal("0.3")


async def test_copying_is_stopped_once_nothing_is_open(house: House) -> None:
    with pytest.raises(RequestRefused, match="must be closed first"):
        await house.follower.stop_copying(whale(house))
    flat(house)
    await house.follower.stop_copying(whale(house))
    assert [one.leader_name for one in (await house.follower.leaders()).items] == ["dolphin"]


@pytest.mark.parametrize("cut", [True, False])
async def test_an_unknown_outcome_is_read_back_and_not_sent_again(cut: bool, house: House) -> None:
    flat(house)
    path = f"/leaders/{whale(house)}"
    if cut:
        house.toobit.cut(path=path, after=True)
    else:
        house.toobit.fail(504, None, "<html>timeout</html>", path=path, after=True)
    await house.follower.stop_copying(whale(house))
    assert house.asked("DELETE") == 1


async def test_what_was_not_done_stays_unknown_and_is_not_sent_again(house: House) -> None:
    flat(house)
    house.toobit.fail(500, -1007, path=f"/leaders/{whale(house)}")
    with pytest.raises(OutcomeUnknown):
        await house.follower.stop_copying(whale(house))
    assert house.asked("DELETE") == 1


async def test_what_cannot_be_read_back_stays_unknown(house: House) -> None:
    """An error of the reading would say that nothing was changed."""
    flat(house)
    house.toobit.cut(after=True)
    house.host.offset_s = 0.0
    with pytest.raises(OutcomeUnknown):
        await house.follower.stop_copying(whale(house))
