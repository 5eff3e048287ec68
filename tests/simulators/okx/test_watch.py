from dataclasses import replace
from decimal import Decimal

import pytest

from alertd.simulators.okx.accounts import Account, fill
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.market import small_market
from alertd.simulators.okx.watch import Watch


@pytest.fixture
def market():
    return small_market()


def hold(account, market, inst_id="BTC-USDT-SWAP", mode="isolated", size=10):
    account.open(fill(market.instrument(inst_id), "long", size, market.mark(inst_id), 10, mode), 0)


def due(watch, account, market, now_s):
    return [one.instrument.inst_id for one in watch.due(account, account.value(market), now_s)]


def test_at_or_below_three_about_hourly(market):
    account, watch = Account(), Watch(Limits())
    hold(account, market)
    assert due(watch, account, market, 0) == []
    assert not watch.has_pending
    market.set_price("BTC-USDT-SWAP", 91_100)
    assert due(watch, account, market, 1) == ["BTC-USDT-SWAP"]
    assert watch.has_pending
    assert due(watch, account, market, 3600.9) == []
    assert due(watch, account, market, 3601) == ["BTC-USDT-SWAP"]


def test_the_edge_itself_is_warned_of(market):
    account = Account()
    hold(account, market)
    ratio = next(iter(account.value(market).positions.values())).ratio
    assert due(Watch(replace(Limits(), warning_ratio=ratio)), account, market, 0)
    assert not due(Watch(replace(Limits(), warning_ratio=ratio - Decimal("0.01"))), account, market, 0)


def test_better_and_worse_again_within_the_hour_is_not_warned_of_twice(market):
    account, watch = Account(), Watch(Limits())
    hold(account, market)
    for now_s, price, expected in ((0, 91_000, 1), (10, 95_000, 0), (20, 91_000, 0)):
        market.set_price("BTC-USDT-SWAP", price)
        assert len(due(watch, account, market, now_s)) == expected


@pytest.mark.parametrize(("gear", "count"), [("0", 0), ("3", 1), ("-1", 1)])
def test_the_gear_switches_it_off(market, gear, count):
    account = Account(liquidation_gear=gear)
    hold(account, market)
    market.set_price("BTC-USDT-SWAP", 91_000)
    assert len(due(Watch(Limits()), account, market, 0)) == count


def test_cross_positions_are_warned_of_together(market):
    account = Account(cash={"USDT": Decimal(1_000)})
    hold(account, market, size=10, mode="cross")
    hold(account, market, "ETH-USDT-SWAP", size=1, mode="cross")
    market.set_price("BTC-USDT-SWAP", 91_000)
    assert due(Watch(Limits()), account, market, 0) == ["BTC-USDT-SWAP", "ETH-USDT-SWAP"]


def test_the_delay_counts_from_the_fall_below(market):
    account, watch = Account(), Watch(replace(Limits(), warning_delay_s=5))
    hold(account, market)
    market.set_price("BTC-USDT-SWAP", 91_000)
    assert [len(due(watch, account, market, now_s)) for now_s in (10, 14.9, 15)] == [0, 0, 1]
    market.set_price("BTC-USDT-SWAP", 95_000)
    due(watch, account, market, 16)
    assert not watch.has_pending
