from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.rules.figures import read_figure, read_number


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (3, "3"),
        (Decimal("3.0"), "3.0"),
        (0.1, "0.1"),
        ("3.0", "3.0"),
        ("300%", "3"),
        (" 12.5 % ", "0.125"),
        ("0.05％", "0.0005"),
        ("-20%", "-0.2"),
        ("1e2", "100"),
    ],
)
def test_numbers_are_read_as_people_write_them(raw: object, number: str) -> None:
    assert read_number(raw) == Decimal(number)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "%",
        "abc",
        "3,0",
        "NaN",
        "inf",
        float("nan"),
        float("inf"),
        True,
        None,
        [3],
        "1e999999",
        "1e99999%",
        "9" * 99,
    ],
)
def test_what_is_no_number_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"number|figure"):
        read_number(raw)


@pytest.mark.parametrize(
    ("field", "raw", "cure"),
    [
        ("margin_ratio", 300, 'write "300%" or 3'),
        ("margin_ratio", "51", 'write "51%" or 0.51'),
        ("margin_ratio", "5001%", 'like "300%" or 3.0'),
        ("opening_margin_ratio", 51, '"51%"'),
        ("distance_to_liquidation", 5, 'write "5%" or 0.05'),
        ("buffer_used", Decimal("75"), 'write "75%" or 0.75'),
        ("minutes_to_liquidation", "30%", "without the sign"),
    ],
)
def test_a_figure_on_the_wrong_scale_is_refused_with_the_cure(field: str, raw: object, cure: str) -> None:
    with pytest.raises(ValueError, match=re.escape(cure)):
        read_figure(field, raw)


@pytest.mark.parametrize(
    ("field", "raw", "number"),
    [
        ("margin_ratio", 50, "50"),
        ("margin_ratio", "300%", "3"),
        ("buffer_used", 1, "1"),
        ("distance_to_liquidation", "100%", "1"),
        ("mark_price", 60000, "60000"),
        ("unrealised_pnl", "-500", "-500"),
    ],
)
def test_a_figure_on_its_scale_is_read(field: str, raw: object, number: str) -> None:
    assert read_figure(field, raw) == Decimal(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=4))
def test_a_percent_text_is_a_hundredth(number: Decimal) -> None:
    assert read_number(f"{number}%") * 100 == number


@given(st.text(max_size=60) | st.floats() | st.integers())
def test_whatever_is_written_gives_a_finite_number_or_a_value_error(raw: object) -> None:
    try:
        number = read_number(raw)
    except ValueError:
        return
    assert number.is_finite()
