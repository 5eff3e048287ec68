from decimal import Decimal

import pytest

from alertd.simulators.okx.market import Script, Walk, small_market


def test_a_glide_is_a_straight_line_that_ends_level():
    market = small_market()
    market.advance(10)
    market.glide("BTC-USDT-SWAP", "90000", over_s=4)
    prices = []
    for elapsed_s in (10, 11, 12, 14, 20):
        market.advance(elapsed_s)
        prices.append(market.mark("BTC-USDT-SWAP"))
    assert prices == [100000, 97500, 95000, 90000, 90000]


def test_advance_tells_whether_a_price_moved():
    market = small_market()
    assert not market.advance(1)
    market.glide("BTC-USDT-SWAP", "90000", over_s=4)
    assert market.advance(2)
    assert market.advance(6)
    assert not market.advance(7)


def test_a_price_set_by_hand_ends_its_motion():
    market = small_market()
    market.glide("BTC-USDT-SWAP", "90000", over_s=4)
    market.set_price("BTC-USDT-SWAP", "99000")
    market.advance(4)
    assert market.mark("BTC-USDT-SWAP") == 99000


def test_script_is_level_outside_its_points():
    script = Script(((1.0, Decimal(10)), (2.0, Decimal(20)), (4.0, Decimal(10))))
    assert [script.at(at) for at in (0, 1, 1.5, 2, 3, 9)] == [10, 10, 15, 20, 15, 10]


def test_the_same_seed_walks_the_same_way():
    first, second, other = Walk(Decimal(100), 1), Walk(Decimal(100), 1), Walk(Decimal(100), 2)
    paths = [[walk.at(second_s) for second_s in range(50)] for walk in (first, second, other)]
    assert paths[0] == paths[1] != paths[2]
    assert len(set(paths[0])) > 10
    assert all(abs(price - 100) < 5 for price in paths[0])


@pytest.mark.parametrize(
    ("inst_id", "px"), [("XYZ-USDT-SWAP", "1"), ("BTC-USDT-SWAP", "0"), ("BTC-USDT-SWAP", "x")]
)
def test_wrong_prices_are_refused(inst_id, px):
    market = small_market()
    with pytest.raises(ValueError, match=r"instrument|price|number"):
        market.set_price(inst_id, px)
    with pytest.raises(ValueError, match=r"instrument|price|number"):
        market.glide(inst_id, px, 1)


@pytest.mark.parametrize(
    ("inst_id", "family", "long_margin", "short_margin"),
    [
        ("BTC-USDT-SWAP", "BTC-USDT", "USDT", "USDT"),
        ("BTC-USD-SWAP", "BTC-USD", "BTC", "BTC"),
        ("ETH-USD-271231", "ETH-USD", "ETH", "ETH"),
        ("BTC-USDT", "", "BTC", "USDT"),
    ],
)
def test_families_and_margin_currencies(inst_id, family, long_margin, short_margin):
    instrument = small_market().instrument(inst_id)
    assert instrument.inst_family == family
    assert (instrument.margin_currency(1), instrument.margin_currency(-1)) == (long_margin, short_margin)


def test_larger_positions_need_more():
    instrument = small_market().instrument("BTC-USDT-SWAP")
    rates = [instrument.maintenance_rate(Decimal(size)) for size in (1, 1000, 1001, 20000, 10**9)]
    assert rates == [Decimal(rate) for rate in ("0.004", "0.004", "0.005", "0.01", "0.05")]
    assert small_market().coin_usd("BTC") == 100000
    assert small_market().coin_usd("USDT") == 1
