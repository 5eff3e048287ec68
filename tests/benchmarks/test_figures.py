from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Samples, percentile

_NUMBERS = st.lists(st.floats(min_value=0, max_value=1e9), min_size=1)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 99, 7.0),
        ([4.0, 1.0, 3.0, 2.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 201)], 99, 198.0),
        ([float(n) for n in range(1, 61)], 99, 60.0),
        ([1.0, 2.0], 0, 1.0),
        ([1.0, 2.0], 100, 2.0),
    ],
)
def test_the_value_that_so_many_do_not_exceed(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == expected


def test_of_nothing_there_is_none() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(_NUMBERS, st.integers(1, 100))
def test_at_least_so_many_do_not_exceed_it(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_middle_and_spread() -> None:
    samples = Samples((3.0, 1.0, 8.0))
    assert (samples.middle, samples.low, samples.high) == (3.0, 1.0, 8.0)


def test_a_round_that_disturbed_both_disturbs_no_ratio() -> None:
    assert Samples((8.0, 80.0)).times(Samples((2.0, 20.0))).values == (4.0, 4.0)


def test_rounds_that_do_not_match_are_divided_by_the_others_middle() -> None:
    assert Samples((8.0, 12.0)).times(Samples((1.0, 4.0, 9.0))).values == (2.0, 3.0)


def test_moved_is_told_in_percent() -> None:
    assert Samples((12.0, 9.0)).moved_from(Samples((10.0, 10.0))).values == pytest.approx((20.0, -10.0))
