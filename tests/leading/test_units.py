"""Covers alertd/leading/units.py"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.leading.units import Units, followed


def after(*looks: tuple[str | None, str | None]) -> Units:
    units = None
    for equity, put_in in looks:
        units = followed(
            units,
            None if equity is None else Decimal(equity),
            None if put_in is None else Decimal(put_in),
            is_certain=True,
        )
    assert units is not None
    return units


@pytest.mark.parametrize(
    ("looks", "value"),
    [
        ([("1000", "1000")], "1"),
        ([("1000", "1000"), ("1100", "1000")], "1.1"),
        # A deposit is no gain, and a loss after it is a part of what is there then.
        ([("1000", "1000"), ("2000", "2000")], "1"),
        ([("1000", "1000"), ("2000", "2000"), ("1500", "2000")], "0.75"),
        ([("1000", "1000"), ("500", "500"), ("250", "500")], "0.5"),
        # A look that learned nothing is caught up.
        ([("1000", "1000"), (None, "1000"), ("900", None), ("800", "1000")], "0.8"),
        # Nothing at work: a unit keeps its value.
        ([("1000", "1000"), ("0", "0"), ("500", "500"), ("250", "500")], "0.5"),
        ([("1000", "1000"), ("0", "1000")], "0"),
        ([("1000", "1000"), ("-50", "1000")], "0"),
    ],
)
def test_the_value_of_a_unit(looks: list[tuple[str | None, str | None]], value: str) -> None:
    assert after(*looks).value == Decimal(value)


@given(st.lists(st.integers(-900, 9000), max_size=20))
def test_money_that_comes_or_goes_alone_changes_nothing(flows: list[int]) -> None:
    total = 1000
    looks = [("1000", "1000")]
    for flow in flows:
        total = max(1, total + flow)
        looks.append((str(total), str(total)))
    assert after(*looks).value == 1


def test_uncertain_once_is_uncertain_for_ever() -> None:
    units = followed(None, Decimal(1), Decimal(1), is_certain=False)
    assert not followed(units, Decimal(1), Decimal(1), is_certain=True).is_certain


figures = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)


@given(st.lists(st.tuples(figures, figures), max_size=20))
def test_no_figure_an_answer_may_hold_is_too_much(looks: list[tuple[Decimal, Decimal]]) -> None:
    units = None
    for equity, put_in in looks:
        units = followed(units, equity, put_in, is_certain=True)
        assert units.value >= 0
