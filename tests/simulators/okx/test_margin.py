"""The model against published and recorded numbers, and against itself."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.simulators.okx.margin import Position, footing, liquidation_price, margin_ratio
from alertd.simulators.okx.market import Contract, Instrument, Tier


def position(contract, contract_value, rate, fee, *, sign=1, mode="isolated", **figures):
    numbers = {name: Decimal(one) for name, one in figures.items()}
    instrument = Instrument(
        "BTC-USDT-SWAP",
        "SWAP",
        contract,
        Decimal(contract_value),
        (Tier(Decimal(10**9), Decimal(rate)),),
        Decimal(fee),
    )
    defaults = {"size": Decimal(1), "lever": Decimal(10), "margin": Decimal(0)}
    identity = {"pos_id": "1", "pos_side": "net", "created_ms": 0, "updated_ms": 0, "trade_id": "1"}
    return Position(instrument=instrument, mgn_mode=mode, sign=sign, **identity, **(defaults | numbers))


def close_to(value, expected, digits=4):
    """Equal to so many significant digits."""
    return abs(value - Decimal(expected)) <= abs(Decimal(expected)) * Decimal(10) ** -digits / 2


FUTURE = position(Contract.INVERSE, "10", "0.008", "0.0005", avg_px="2566.31", margin="0.0003896645377994")
FUTURE_PROFIT = Decimal("-0.0000009932766034")
# The guide's sample shows the mark price of another moment; its profit tells the true one.
FUTURE_MARK = 1 / (1 / FUTURE.avg_px - FUTURE_PROFIT / 10)
LOAN = position(
    Contract.LOAN,
    "1",
    "0.02",
    "0.001",
    size=Decimal("0.00190433573") - Decimal("0.000317654"),
    avg_px="62961.4",
    margin="0.000317654",
    borrowed="99.9998177776581948",
)
LOAN_MARK = Decimal("62891.9")
CROSS = position(Contract.LINEAR, "0.01", "0.004", "0.0005", mode="cross", avg_px="43684")
CROSS_MARK = Decimal("43691.043152768407")
CROSS_CASH = Decimal("200.5137143201668551")


@pytest.mark.parametrize(
    ("one", "mark", "backing", "profit", "maintenance", "ratio"),
    [
        pytest.param(
            FUTURE, FUTURE_MARK, FUTURE.margin, FUTURE_PROFIT, "0.0000311811092368", "11.731726509588816",
            id="guide: ETH-USD future, isolated",
        ),
        pytest.param(
            LOAN, LOAN_MARK, LOAN.margin, "-0.0000033452492717", "0.0000318005395854", "9.404143929947395",
            id="guide: BTC-USDT margin, isolated",
        ),
        pytest.param(
            CROSS, CROSS_MARK, CROSS_CASH, "0.0704315276840498", "1.7476417261107364", "102.02149323145969",
            id="recorded: BTC-USDT-SWAP, cross",
        ),
    ],
)  # fmt: skip
def test_published_samples(one, mark, backing, profit, maintenance, ratio):
    own = footing(one)
    assert close_to(own.profit(mark), profit)
    assert close_to(own.maintenance(mark), maintenance)
    found = margin_ratio(backing + own.profit(mark), own.maintenance(mark), own.fee(mark))
    assert close_to(found, ratio, digits=6)
    without_fee = (backing + own.profit(mark)) / own.maintenance(mark)
    assert not close_to(without_fee, ratio, digits=2)


def test_published_account_level_sample():
    """Multi-currency mode: the notional from the 0.4 % maintenance margin, 0.05 % of it as fee."""
    equity, maintenance = Decimal("55444.12216906034"), Decimal("0.342949")
    ratio = margin_ratio(equity, maintenance, maintenance / Decimal("0.004") * Decimal("0.0005"))
    assert close_to(ratio, "143705.66")


def test_published_liquidation_prices():
    assert close_to(liquidation_price(footing(LOAN), LOAN.margin), "53615.448336593756", digits=10)
    assert close_to(liquidation_price(footing(CROSS), CROSS_CASH), "23739.456120525683", digits=10)
    # The future's is published one tick (0.01) towards the safe side of the solved price.
    assert close_to(
        liquidation_price(footing(FUTURE), FUTURE.margin) + Decimal("0.01"), "2352.8496681818233", digits=9
    )


PRICES = st.decimals("0.001", "200000", places=3)
POSITIONS = st.builds(
    position,
    st.sampled_from([Contract.LINEAR, Contract.INVERSE]),
    st.sampled_from(["0.01", "1", "100"]),
    st.sampled_from(["0.004", "0.01", "0.05"]),
    st.sampled_from(["0.0005", "0.001"]),
    sign=st.sampled_from([1, -1]),
    size=st.integers(1, 10**6),
    avg_px=PRICES,
    lever=st.integers(1, 100),
)


def with_margin(one):
    return replace(one, margin=footing(one).notional(one.avg_px) / one.lever)


@given(POSITIONS.map(with_margin))
def test_at_the_liquidation_price_an_isolated_ratio_is_one(one):
    own = footing(one)
    price = liquidation_price(own, one.margin)
    if price is None:
        assert one.lever == 1  # a fully paid position: no price to fear on that side
        return
    ratio = margin_ratio(one.margin + own.profit(price), own.maintenance(price), own.fee(price))
    assert abs(ratio - 1) < Decimal("1e-9")
    safer = price * (Decimal("1.01") if one.sign > 0 else Decimal("0.99"))
    assert margin_ratio(one.margin + own.profit(safer), own.maintenance(safer), own.fee(safer)) > 1


@given(POSITIONS, POSITIONS, PRICES, st.integers(1, 10**9))
def test_at_the_liquidation_price_the_cross_ratio_is_one_too(one, other, other_mark, cash):
    own, neighbour = footing(one), footing(other)
    equity = cash + neighbour.profit(other_mark)
    need = neighbour.maintenance(other_mark) + neighbour.fee(other_mark)
    price = liquidation_price(own, equity, need)
    if price is None:
        return
    whole = equity + own.profit(price)
    ratio = margin_ratio(whole, need + own.maintenance(price), own.fee(price))
    scale = max(abs(equity), abs(own.profit(price)), Decimal(1)) / (
        need + own.maintenance(price) + own.fee(price)
    )
    assert abs(ratio - 1) <= Decimal("1e-15") * scale + Decimal("1e-15")


@given(st.integers(1, 1000), PRICES, st.integers(2, 10), st.sampled_from([1, -1]))
def test_at_the_liquidation_price_a_margin_trade_owes_what_it_holds(size, avg_px, lever, sign):
    borrowed = size * avg_px if sign > 0 else Decimal(size)
    one = with_margin(
        position(
            Contract.LOAN,
            "1",
            "0.02",
            "0.001",
            sign=sign,
            size=size,
            avg_px=avg_px,
            lever=lever,
            borrowed=borrowed,
        )
    )
    own = footing(one)
    price = liquidation_price(own, one.margin)
    ratio = margin_ratio(one.margin + own.profit(price), own.maintenance(price), own.fee(price))
    assert abs(ratio - 1) < Decimal("1e-9")
    assert (price < avg_px) is (sign > 0)


def test_a_part_keeps_the_proportions():
    half = LOAN.part(Decimal("0.5"))
    assert (half.size, half.margin, half.borrowed) == (LOAN.size / 2, LOAN.margin / 2, LOAN.borrowed / 2)
    assert half.avg_px == LOAN.avg_px
