"""The exchange's own warning: grouped, and never lost."""

from __future__ import annotations

import pytest

from alertd.domain.events import Direction, LiquidationWarning, MarginMode
from alertd.exchanges.okx.observed import MOST_REASONS
from tests.exchanges.okx.frames import NOW, D, compact, frame, load, new_stream, push_of, read, row_of

ISOLATED = "warning_isolated"
CROSS = "warning_cross_two_currencies"


def test_an_isolated_position_is_told_with_its_figures():
    [event] = read(new_stream(), frame(ISOLATED)).events
    assert event.event_id == "okx:liquidation-warning:711000000000000001:1793696403000"
    assert (event.subject, event.readable) == ("SOL-USDT-SWAP/short/isolated", True)
    assert (event.margin_ratio, event.mark_price, event.leverage) == (D("2.31"), D("206.9"), D(20))
    assert (event.position_size, event.instruments) == (D(25), ("SOL-USDT-SWAP",))
    assert (event.observed_at - event.opened_at).days == 1


def test_isolated_positions_are_one_event_each():
    other = row_of(ISOLATED, posId="2", instId="ADA-USDT-SWAP", posSide="net", pos="-1")
    events = read(new_stream(), push_of(ISOLATED, row_of(ISOLATED), other)).events
    assert [event.subject for event in events] == [
        "SOL-USDT-SWAP/short/isolated",
        "ADA-USDT-SWAP/short/isolated",
    ]


def test_cross_positions_are_one_event_per_currency_naming_all_instruments():
    usdt, btc = read(new_stream(), frame(CROSS)).events
    assert (usdt.subject, usdt.margin_ratio) == ("cross/USDT", D("1.62"))
    assert usdt.instruments == ("BTC-USDT-SWAP", "ETH-USDT-SWAP")
    assert (usdt.instrument, usdt.mark_price, usdt.direction, usdt.position_id) == (None, None, None, None)
    assert (usdt.observed_at - NOW).total_seconds() == pytest.approx(-1.999)
    assert (btc.subject, btc.instrument, btc.direction) == ("cross/BTC", "BTC-USD-261225", Direction.LONG)
    assert (btc.mark_price, btc.position_id) == (D(83010), "711000000000000004")


@pytest.mark.parametrize(
    ("name", "subject", "direction"),
    [
        (ISOLATED, "SOL-USDT-SWAP/short/isolated", Direction.SHORT),
        ("warning_single_instrument", "SOL-USDT-SWAP/short/isolated", Direction.SHORT),
        ("warning_futures_family", "cross/BTC", Direction.LONG),
        ("warning_margin", "LTC-USDT/short/isolated", Direction.SHORT),
        ("warning_option", "cross/BTC", Direction.SHORT),
    ],
)
def test_the_push_of_each_narrowing(name, subject, direction):
    message = read(new_stream(), frame(name))
    assert message.unreadable == ()
    assert [(event.subject, event.direction, event.readable) for event in message.events] == [
        (subject, direction, True)
    ]


def test_a_concrete_type_answers_a_subscription_of_any():
    """Subscribed with ANY, the guide shows a push with the concrete type: routed by channel alone."""
    assert load(ISOLATED)["arg"]["instType"] == "SWAP"
    assert len(read(new_stream(), frame(ISOLATED)).events) == 1


def test_empty_figures_are_absent():
    row = row_of(ISOLATED, markPx="", mgnRatio="", lever="", pos="", cTime="", pTime="", uTime="")
    [event] = read(new_stream(), push_of(ISOLATED, row)).events
    assert (event.readable, event.mark_price, event.margin_ratio, event.leverage) == (True, None, None, None)
    assert (event.position_size, event.opened_at, event.observed_at) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "instrument", "mode"),
    [
        ({"mgnMode": "portfolio"}, "SOL-USDT-SWAP", None),
        ({"mgnRatio": "two"}, "SOL-USDT-SWAP", MarginMode.ISOLATED),
        ({"mgnRatio": 2.31}, "SOL-USDT-SWAP", MarginMode.ISOLATED),
        ({"posSide": "sideways"}, "SOL-USDT-SWAP", MarginMode.ISOLATED),
        ({"instId": 7}, None, MarginMode.ISOLATED),
        ({"instId": "", "posId": ""}, None, MarginMode.ISOLATED),
        ({"pTime": "yesterday"}, "SOL-USDT-SWAP", MarginMode.ISOLATED),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_told_as_such(row, instrument, mode):
    message = read(new_stream(), push_of(ISOLATED, row_of(ISOLATED, **row), row_of(ISOLATED)))
    good, bad = message.events
    assert (good.readable, bad.readable) == (True, False)
    assert (bad.instrument, bad.margin_mode, bad.margin_ratio) == (instrument, mode, None)
    assert len(message.unreadable) == 1


@pytest.mark.parametrize("data", [None, 7, "x", {}, {"instId": "BTC-USDT-SWAP"}, True])
def test_data_of_a_wrong_shape_is_told(data):
    message = read(new_stream(), compact({**load(ISOLATED), "data": data}))
    assert_one_unreadable(message)


@pytest.mark.parametrize(
    "text",
    [
        frame(ISOLATED).replace(b'"}]', b'",}]'),
        frame(ISOLATED)[:-2],
        frame(ISOLATED).replace(b'"SWAP"', b"SWAP"),
        frame(ISOLATED).replace(b"SOL", b"S\xffL"),
        compact({**load(ISOLATED), "arg": {"channel": "liquidation-warning", "uid": 5}}),
        compact({"arg": {"channel": "liquidation-warning"}}),
    ],
    ids=["trailing comma", "cut off", "unquoted", "no UTF-8", "uid of a wrong type", "no data"],
)
def test_a_warning_in_broken_json_is_told(text):
    assert_one_unreadable(read(new_stream(), text))


def assert_one_unreadable(message):
    assert message.channel == "liquidation-warning"
    assert [(type(event), event.readable) for event in message.events] == [(LiquidationWarning, False)]
    assert len(message.unreadable) == 1


def test_an_empty_push_says_nothing():
    message = read(new_stream(), push_of(ISOLATED, data=[]))
    assert (message.events, message.unreadable) == ((), ())


def test_garbage_rows_are_told_but_not_without_end():
    message = read(new_stream(), push_of(ISOLATED, data=[7] * 10_000))
    assert len(message.events) == MOST_REASONS
    assert message.unreadable[-1] == f"and {10_000 - MOST_REASONS} more rows"
    message = read(new_stream(), push_of(ISOLATED, data=[7] * 100_000))
    assert_one_unreadable(message)
