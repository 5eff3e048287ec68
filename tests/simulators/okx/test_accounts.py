from decimal import Decimal

import pytest

from alertd.simulators.okx.accounts import Account, fill
from alertd.simulators.okx.market import small_market

MARKET = small_market()
NOW_MS = 1_700_000_000_000


def buy(account, inst_id="BTC-USDT-SWAP", side="long", size=10, px="100000", lever=10, mode="isolated"):
    return account.open(fill(MARKET.instrument(inst_id), side, size, px, lever, mode), NOW_MS)


def test_isolated_margin_leaves_the_balance_and_comes_back_with_the_profit():
    account = Account()
    opened = buy(account)
    assert (opened.margin, account.cash["USDT"]) == (1000, 9000)
    left = account.reduce(opened.pos_id, Decimal("0.5"), Decimal(101000), NOW_MS + 1)
    assert (left.size, left.margin, left.realised) == (5, 500, 50)
    assert account.cash["USDT"] == 9000 + 500 + 50
    assert left.updated_ms == NOW_MS + 1
    closed = account.reduce(opened.pos_id, Decimal(1), Decimal(99000), NOW_MS + 2)
    assert closed.size == 0
    assert account.cash["USDT"] == 9550 + 500 - 50
    assert not account.positions
    assert account.closed == [closed]


def test_a_liquidation_takes_the_isolated_margin_and_nothing_else():
    account = Account()
    opened = buy(account)
    closed = account.liquidate(opened.pos_id, Decimal(90300), NOW_MS)
    assert account.cash["USDT"] == 9000
    assert (closed.realised, closed.penalty) == (-1000, -30)


def test_a_cross_liquidation_takes_the_loss_and_the_need_but_no_more_than_there_is():
    account = Account()
    opened = buy(account, size=100, mode="cross")
    account.liquidate(opened.pos_id, Decimal(99000), NOW_MS)
    assert account.cash["USDT"] == 10_000 - 1000 - 99000 * Decimal("0.0045")
    poor = Account()
    opened = buy(poor, size=100, mode="cross")
    poor.liquidate(opened.pos_id, Decimal(80000), NOW_MS)
    assert poor.cash["USDT"] == 0


@pytest.mark.parametrize(("inst_id", "average"), [("BTC-USDT-SWAP", "95000"), ("BTC-USD-SWAP", "94736.8421")])
def test_more_of_the_same_is_one_position_at_the_average(inst_id, average):
    account = Account(cash={"USDT": Decimal(10_000), "BTC": Decimal(10)})
    first = buy(account, inst_id)
    second = buy(account, inst_id, px="90000")
    assert second.pos_id == first.pos_id
    assert second.size == 20
    assert abs(second.avg_px - Decimal(average)) < Decimal("0.001")
    assert len(account.positions) == 1


def test_net_mode_holds_one_direction_and_long_short_mode_both():
    net, both = Account(), Account(pos_mode="long_short_mode")
    buy(net)
    with pytest.raises(ValueError, match="close the other"):
        buy(net, side="short")
    assert [buy(both).pos_side, buy(both, side="short").pos_side] == ["long", "short"]
    assert len(both.positions) == 2


def test_isolated_and_cross_are_two_positions():
    account = Account()
    buy(account)
    buy(account, mode="cross")
    assert len(account.positions) == 2


def test_what_the_account_cannot_pay_is_refused_and_changes_nothing():
    account = Account(cash={"USDT": Decimal(100)})
    with pytest.raises(ValueError, match="has 100 USDT"):
        buy(account)
    assert not account.positions
    assert account.cash == {"USDT": 100}


def test_margin_can_be_moved():
    account = Account()
    opened = buy(account)
    assert account.adjust_margin(opened.pos_id, Decimal(500), NOW_MS).margin == 1500
    assert account.cash["USDT"] == 8500
    for impossible in (Decimal(-1500), Decimal(9000)):
        with pytest.raises(ValueError, match=r"margin|needs"):
            account.adjust_margin(opened.pos_id, impossible, NOW_MS)


@pytest.mark.parametrize(
    "wrong",
    [{"side": "up"}, {"mode": "portfolio"}, {"size": 0}, {"size": "-1"}, {"lever": "x"}, {"px": "0"}],
)
def test_a_wrong_fill_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        buy(Account(), **wrong)


def test_unknown_positions_are_refused():
    account = Account()
    for ask in (lambda: account.find("BTC-USDT-SWAP"), lambda: account.position("1")):
        with pytest.raises(ValueError, match="no open position"):
            ask()
    opened = buy(account)
    for share in ("0", "1.5"):
        with pytest.raises(ValueError, match="share"):
            account.reduce(opened.pos_id, Decimal(share), Decimal(1), NOW_MS)
