"""Numbers, times, ids and flags, however they are written."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import DecodeError
from alertd.domain.events import Direction, MarginMode
from alertd.exchanges.toobit import fields

JSON_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.decimals(), st.text(max_size=80), st.lists(st.integers()),
    st.dictionaries(st.text(), st.integers(), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1.50", Decimal("1.50")), (2, Decimal(2)), (Decimal("0.1"), Decimal("0.1")), ("", None),
        (None, None), ("-0.0001", Decimal("-0.0001")), (0, Decimal(0)),
    ],
    ids=str,
)  # fmt: skip
def test_numbers(value: Any, wanted: Decimal | None) -> None:
    assert fields.number(value, "x") == wanted


@pytest.mark.parametrize(
    "value",
    ["--", "****", "NaN", "Infinity", "1_0", "1e99", True, [], {}, "9" * 65, "١", Decimal("NaN")],
    ids=str,
)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(DecodeError, match="profitRate is no usable number"):
        fields.number(value, "profitRate")


@pytest.mark.parametrize("value", ["1763700000123", 1763700000123])
def test_times_are_exact_and_aware(value: Any) -> None:
    assert fields.moment(value, "t") == datetime(2025, 11, 21, 4, 40, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, "0", "", None])
def test_no_time(value: Any) -> None:
    assert fields.moment(value, "t") is None


@pytest.mark.parametrize("value", ["1", "-1763700000123", "99999999999999", "1.5", "soon"])
def test_times_of_another_century_are_refused(value: Any) -> None:
    with pytest.raises(DecodeError, match="openTime"):
        fields.moment(value, "openTime")


def test_ids_are_texts_of_all_their_digits() -> None:
    assert fields.identity(9007199254740993, "id") == "9007199254740993"
    assert fields.identity("9223372036854775807", "id") == "9223372036854775807"


@pytest.mark.parametrize("value", ["", None, "abc", -1, "1.0", Decimal("1.5"), True, "9" * 33], ids=str)
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(DecodeError, match="leaderUserId"):
        fields.identity(value, "leaderUserId")


def test_directions_and_margin_modes() -> None:
    assert [fields.direction(value) for value in (0, 1, "0", "1", True)] == [
        Direction.SHORT, Direction.LONG, Direction.SHORT, Direction.LONG, Direction.LONG,
    ]  # fmt: skip
    assert [fields.margin_mode(value) for value in (0, "1", "")] == [
        MarginMode.CROSS,
        MarginMode.ISOLATED,
        None,
    ]
    for value in (2, None, "", "long"):
        with pytest.raises(DecodeError, match="isLong"):
            fields.direction(value)


def test_flags_days_and_prices() -> None:
    assert [fields.flag(value, "x") for value in (0, "1", True, None)] == [False, True, True, None]
    assert fields.day("2026-11-16", "d") == date(2026, 11, 16)
    assert [fields.price(value, "p") for value in ("0", "", "-1", "5")] == [None, None, None, Decimal(5)]
    with pytest.raises(DecodeError, match="sharingDate"):
        fields.day("16.11.2026", "sharingDate")


READERS = (
    fields.number, fields.whole, fields.count, fields.moment, fields.day, fields.text, fields.name,
    fields.identity, fields.flag, fields.price,
)  # fmt: skip


@given(JSON_VALUES)
def test_nothing_but_a_decode_error_comes_out(value: Any) -> None:
    for read in READERS:
        try:
            read(value, "field")
        except DecodeError as exc:
            assert re.match("field is .{0,90}$", exc.detail, re.DOTALL)  # noqa: PT017 - it need not be raised
