from decimal import Decimal

import pytest

from alertd.simulators.okx.accounts import Account, fill
from alertd.simulators.okx.market import small_market


def hold(account, market, inst_id, mode, size=10, side="long"):
    price = market.mark(inst_id)
    return account.open(fill(market.instrument(inst_id), side, size, price, 10, mode), 0)


@pytest.fixture
def market():
    return small_market()


def test_futures_mode_judges_each_currency_by_itself(market):
    account = Account(cash={"USDT": Decimal(10_000), "BTC": Decimal(1), "ETH": Decimal(2)})
    btc = hold(account, market, "BTC-USDT-SWAP", "cross")
    eth = hold(account, market, "ETH-USDT-SWAP", "cross")
    inverse = hold(account, market, "BTC-USD-SWAP", "cross")
    found = account.value(market)
    ratio = found.currencies["USDT"].cross.ratio
    assert ratio == 10_000 / (Decimal("0.0045") * 10_000 + Decimal("0.0045") * 4_000)
    assert found.positions[btc.pos_id].ratio == found.positions[eth.pos_id].ratio == ratio
    assert found.positions[inverse.pos_id].ratio == found.currencies["BTC"].cross.ratio != ratio
    assert found.currencies["ETH"].cross.ratio is None
    assert found.whole is None
    assert found.total_usd == 10_000 + 100_000 + 2 * 4000


def test_the_other_modes_judge_everything_together(market):
    account = Account(acct_lv="3", cash={"USDT": Decimal(10_000), "BTC": Decimal(1)})
    linear = hold(account, market, "BTC-USDT-SWAP", "cross")
    inverse = hold(account, market, "BTC-USD-SWAP", "cross")
    found = account.value(market)
    assert abs(found.whole.ratio - 110_000 / (Decimal("0.0045") * 11_000)) < Decimal("1e-9")
    assert found.positions[linear.pos_id].ratio == found.positions[inverse.pos_id].ratio == found.whole.ratio


def test_isolated_positions_stand_outside_the_pool(market):
    account = Account()
    isolated = hold(account, market, "BTC-USDT-SWAP", "isolated")
    market.set_price("BTC-USDT-SWAP", 95_000)
    found = account.value(market)
    usdt = found.currencies["USDT"]
    assert found.positions[isolated.pos_id].ratio == (1000 - 500) / (Decimal("0.0045") * 9500)
    assert (usdt.cash, usdt.isolated_equity, usdt.isolated_profit) == (9000, 500, -500)
    assert usdt.equity == 9500
    assert usdt.cross.ratio is None


@pytest.mark.parametrize("acct_lv", ["2", "3"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_moved_to_its_liquidation_price_the_pool_stands_at_one(market, acct_lv, side):
    account = Account(acct_lv=acct_lv)
    held = hold(account, market, "BTC-USDT-SWAP", "cross", size=100, side=side)
    hold(account, market, "ETH-USDT-SWAP", "cross", size=10)
    liq_px = account.value(market).positions[held.pos_id].liq_px
    assert (liq_px < 100_000) is (side == "long")
    market.set_price("BTC-USDT-SWAP", liq_px)
    assert abs(account.value(market).positions[held.pos_id].ratio - 1) < Decimal("1e-9")


def test_a_well_covered_long_has_no_liquidation_price(market):
    account = Account(cash={"USDT": Decimal(10**6)})
    held = hold(account, market, "BTC-USDT-SWAP", "cross", size=1)
    assert account.value(market).positions[held.pos_id].liq_px is None
