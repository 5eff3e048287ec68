"""OKX's texts -> numbers, times, modes, directions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.okx import fields
from alertd.exchanges.okx.push_rows import PositionRow


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), (None, None), ("0", Decimal(0)), ("-1.50", Decimal("-1.50")), ("1E-7", Decimal("1E-7"))],
)
def test_a_number_is_read_as_it_stands(text, value):
    assert fields.number(text, "f") == value


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e41",
        "1e-41",
        "1e999999999",
        "9" * 65,
        "1_000",
        "abc",
        "0x1",
        " ",
        "1,5",
    ],
)
def test_what_is_no_sensible_number_is_refused(text):
    with pytest.raises(DecodeError, match="markPx"):
        fields.number(text, "markPx")


@given(st.text(max_size=80))
def test_no_text_but_the_empty_one_is_absent_and_nothing_becomes_zero_by_itself(text):
    try:
        value = fields.number(text, "f")
    except DecodeError:
        return
    assert (value is None) == (text == "")
    assert value is None or value.is_finite()
    assert value != 0 or any(char.isdecimal() and int(char) == 0 for char in text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), (None, None), ("1793696400123", datetime(2026, 11, 3, 9, 0, 0, 123000, UTC))],
)
def test_a_time_is_milliseconds(text, value):
    assert fields.moment(text, "pTime") == value


@pytest.mark.parametrize(
    "text", ["0", "-1", "1793696400", "9" * 20, "1e12", "²793696400123", "now", "1793696400.5"]
)
def test_an_absurd_time_is_refused(text):
    with pytest.raises(DecodeError, match="pTime"):
        fields.moment(text, "pTime")


@pytest.mark.parametrize(
    ("ratio", "mmr", "value"),
    [
        ("3.5", "10", Decimal("3.5")),
        ("", "10", None),
        # A currency without cross position has "" or 0: a 0 would be the worst alarm.
        ("0", "0", None),
        ("0", "", None),
        ("0", "10", Decimal(0)),
        ("-0.2", "10", Decimal("-0.2")),
    ],
)
def test_a_zero_ratio_without_maintenance_margin_is_not_applicable(ratio, mmr, value):
    assert fields.ratio(ratio, mmr) == value


@pytest.mark.parametrize(
    ("row", "pos", "wanted"),
    [
        (PositionRow(posSide="net", instType="SWAP"), "2", Direction.LONG),
        (PositionRow(posSide="net", instType="SWAP"), "-2", Direction.SHORT),
        (PositionRow(posSide="net", instType="SWAP"), "0", None),
        (PositionRow(posSide="net", instType="SWAP"), None, None),
        (PositionRow(posSide="long", instType="SWAP"), "2", Direction.LONG),
        (PositionRow(posSide="short", instType="SWAP"), "2", Direction.SHORT),
        (PositionRow(posSide="short", instType="FUTURES"), "0", Direction.SHORT),
        (PositionRow(posSide="net", instType="MARGIN", instId="BTC-USDT", posCcy="BTC"), "2", Direction.LONG),
        (
            PositionRow(posSide="net", instType="MARGIN", instId="BTC-USDT", posCcy="USDT"),
            "2",
            Direction.SHORT,
        ),
        (PositionRow(posSide="net", instId="BTC-USDT", posCcy="USDT"), "2", Direction.SHORT),
        (
            PositionRow(posSide="net", instType="FUTURES", instId="BTC-USD-261225", posCcy=""),
            "-1",
            Direction.SHORT,
        ),
    ],
)
def test_direction(row, pos, wanted):
    assert fields.direction(row, fields.number(pos, "pos")) is wanted


@pytest.mark.parametrize(
    "row",
    [
        PositionRow(posSide="both"),
        PositionRow(posSide=""),
        PositionRow(posSide=None),
        PositionRow(posSide="net", instType="MARGIN", instId="BTC-USDT", posCcy="ETH"),
        PositionRow(posSide="net", instType="MARGIN", instId="BTC-USDT", posCcy=""),
    ],
)
def test_a_direction_that_cannot_be_told_is_refused(row):
    with pytest.raises(DecodeError):
        fields.direction(row, Decimal(1))


def test_modes():
    assert fields.margin_mode("cross") is MarginMode.CROSS
    assert fields.margin_mode("isolated") is MarginMode.ISOLATED
    for unknown in ("cash", "", None, "CROSS"):
        with pytest.raises(DecodeError):
            fields.margin_mode(unknown)


def test_identity_is_the_position_id_or_what_makes_a_position():
    row = PositionRow(posId="7", instId="BTC-USDT-SWAP", posSide="net", mgnMode="cross")
    assert fields.identity(row) == "7"
    row.posId = ""
    assert fields.identity(row) == "BTC-USDT-SWAP/net/cross/"
    row.instId = None
    with pytest.raises(DecodeError):
        fields.identity(row)
    with pytest.raises(DecodeError):
        fields.identity(PositionRow(posId="9" * 1000))


def test_a_reason_never_repeats_a_long_value():
    with pytest.raises(DecodeError) as refused:
        fields.number("x" * 10_000, "pos")
    assert len(refused.value.detail) < 100
