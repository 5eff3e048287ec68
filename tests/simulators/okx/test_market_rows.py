from decimal import Decimal

import pytest

from alertd.simulators.okx.market import small_market
from alertd.simulators.okx.market_rows import book_row, instrument_row, listed_types, ticker_row


@pytest.mark.parametrize(
    ("inst_id", "expected"),
    [
        ("BTC-USDT-SWAP", {"ctType": "linear", "ctVal": "0.01", "ctValCcy": "BTC", "settleCcy": "USDT"}),
        ("BTC-USD-SWAP", {"ctType": "inverse", "ctVal": "100", "ctValCcy": "USD", "settleCcy": "BTC"}),
        ("ETH-USD-271231", {"uly": "ETH-USD", "instFamily": "ETH-USD", "expTime": "1830240000000"}),
        ("BTC-USDT", {"baseCcy": "BTC", "quoteCcy": "USDT", "ctVal": "", "settleCcy": "", "uly": ""}),
    ],
)
def test_an_instrument(inst_id, expected):
    instrument = small_market().instrument(inst_id)
    row = instrument_row(instrument, listed_types(instrument)[0], 7)
    assert {name: row[name] for name in expected} == expected
    assert (row["instId"], row["instIdCode"], row["state"]) == (inst_id, 7, "live")


def test_every_kind_has_the_same_keys():
    shown = [
        instrument_row(one, inst_type, 7)
        for one in small_market().instruments.values()
        for inst_type in listed_types(one)
    ]
    assert {one["instType"] for one in shown} == {"SPOT", "MARGIN", "SWAP", "FUTURES"}
    assert len({tuple(one) for one in shown}) == 1


def test_a_book_has_no_price_below_the_first_tick():
    market = small_market()
    market.set_price("SOL-USDT-SWAP", Decimal("0.02"))
    book = book_row(market, "SOL-USDT-SWAP", 5, 1)
    assert ([one[0] for one in book["bids"]], len(book["asks"])) == (["0.01"], 5)


def test_what_is_traded_on_margin_has_a_spot_ticker():
    assert ticker_row(small_market(), "BTC-USDT", 5)["instType"] == "SPOT"
