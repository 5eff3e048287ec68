"""What follows from prices, orders and people."""

from decimal import Decimal

import pytest

from alertd.simulators.toobit.exchange import Exchange
from alertd.simulators.toobit.limits import Limits
from alertd.simulators.toobit.market import small_market
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.stage import set_stage

BTC, ETH = "BTC-SWAP-USDT", "ETH-SWAP-USDT"


@pytest.fixture
def exchange():
    found = Exchange(small_market(), Limits(), lambda: 1_763_700_000.0, lambda: 0.0)
    found.lead("1", "whale")
    found.join("whale", "7", 100)
    return found


def test_what_a_leader_opens_is_copied_and_what_he_closes_too(exchange):
    exchange.open_position("whale", BTC, size=1, leverage=10)
    [relation] = exchange.relations
    [copy] = relation.positions
    assert round(copy.margin, 3) == 20
    exchange.open_position("whale", BTC, size=1, leverage=10)
    assert round(copy.margin, 3) == 40
    exchange.close_position("whale", BTC, share="0.5")
    assert round(copy.margin, 3) == 20
    exchange.close_position("whale", BTC)
    assert (relation.positions, len(relation.closed), round(relation.realised, 8)) == ([], 1, 0)


def test_profit_is_shared_when_it_is_settled(exchange):
    exchange.open_position("whale", BTC, size=1, leverage=10)
    exchange.set_price(BTC, 99000)
    exchange.close_position("whale", BTC)
    [relation] = exchange.relations
    assert [round(one, 2) for one in (relation.realised, relation.holding, relation.balance)] == [20, 2, 118]
    exchange.settle("whale", "2026-11-16")
    assert (relation.holding, round(relation.settled, 2)) == (0, 2)
    assert exchange.leader("whale").sharings[0]["realProfitShare"].startswith("1.99999")


def test_a_copy_on_its_margin_alone_is_liquidated_where_it_was_said(exchange):
    exchange.open_position("whale", BTC, size=1, leverage=10, margin="isolated")
    [relation] = exchange.relations
    price = relation.liquidation_price(relation.positions[0], exchange.market)
    assert Decimal(81000) < price < Decimal(82000)
    exchange.set_price(BTC, price + 1)
    assert relation.positions
    exchange.set_price(BTC, price)
    assert not relation.positions
    assert exchange.happened[-1] == f"liquidated {BTC} 7"


def test_of_several_copies_on_one_pool_no_price_is_told(exchange):
    exchange.open_position("whale", BTC, size=1, leverage=10)
    exchange.open_position("whale", ETH, "short", size=1, leverage=10)
    [relation] = exchange.relations
    assert [relation.liquidation_price(one, exchange.market) for one in relation.positions] == [None, None]


def test_who_has_no_money_left_copies_nothing(exchange):
    exchange.transfer("whale", "7", -100)
    exchange.open_position("whale", BTC, size=1)
    assert exchange.happened[-1] == f"not copied {BTC} 7"


def test_people_come_and_go(exchange):
    exchange.join("whale", "8")
    with pytest.raises(ValueError, match="copies whale already"):
        exchange.join("whale", "8")
    exchange.leave("whale", "8")
    assert [one.follower_id for one in exchange.followers_of("1")] == ["7"]
    assert exchange.leader("whale").joined == 2


@pytest.mark.parametrize(
    "order",
    [
        lambda one: one.open_position("whale", "NOPE"),
        lambda one: one.open_position("nobody", BTC),
        lambda one: one.open_position("whale", BTC, "up"),
        lambda one: one.open_position("whale", BTC, size=0),
        lambda one: one.close_position("whale", BTC),
        lambda one: one.set_price(BTC, 0),
        lambda one: one.leave("whale", "9"),
        lambda one: one.change_account("x"),
    ],
)
def test_orders_that_make_no_sense_are_refused(exchange, order):
    with pytest.raises(ValueError):  # noqa: PT011 - each says something else
        order(exchange)


def test_keys_are_not_given_twice(exchange):
    exchange.add_account()
    with pytest.raises(ValueError, match="is there already"):
        exchange.add_account(Account("other"))


def test_the_stage(exchange):
    empty = Exchange(small_market(), Limits(), lambda: 1_763_700_000.0, lambda: 0.0)
    cast = set_stage(empty)
    assert len(empty.followers_of(cast.leader.user_id)) == 12
    assert len(empty.copied_by(cast.copier.user_id)) == 2
    assert not any(line.startswith("liquidated") for line in empty.happened)
