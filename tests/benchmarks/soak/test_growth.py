from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.soak.bounds import of
from benchmarks.soak.growth import Bound, grown, judged, slope

FILES = Bound("files", "", 1.0)
FIGURES = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("values", "by"),
    [
        ([5.0] * 24, 0.0),
        ([float(hour) for hour in range(24)], 23.0),
        ([5.0] * 8 + [9.0] * 16, 0.0),  # a step, as of what is loaded once
        ([5.0] * 12 + [50.0] + [5.0] * 11, 0.0),  # an odd hour
        ([5.0, 9.0] * 12, 0.0),  # every other hour is a busy one
        ([hour + 3.0 * (hour % 2) for hour in range(24)], 23.0),
        ([9.0 - hour for hour in range(24)], -23.0),
        ([5.0], 0.0),
        ([], 0.0),
    ],
)
def test_only_what_goes_on_growing_has_a_trend(values: list[float], by: float) -> None:
    assert grown(values) == pytest.approx(by, abs=0.5)


@given(st.lists(FIGURES, min_size=2, max_size=24), FIGURES)
def test_how_high_it_stands_is_no_growth(values: list[float], higher: float) -> None:
    assert slope([value + higher for value in values]) == pytest.approx(slope(values), abs=1e-6)


@given(st.lists(FIGURES, min_size=2, max_size=24))
def test_what_grows_forwards_shrinks_backwards(values: list[float]) -> None:
    assert slope(values[::-1]) == pytest.approx(-slope(values), abs=1e-6)


def test_a_file_that_is_left_open_every_other_hour_is_found() -> None:
    verdict = judged(FILES, [{"files": 30.0 + hour // 2} for hour in range(24)])
    assert not verdict.is_kept
    assert (verdict.first, verdict.last) == (30.0, 41.0)
    assert judged(FILES, [{"files": 30.0}] * 24).is_kept


def test_a_share_of_the_middle_counts_where_it_is_more() -> None:
    bound = Bound("rows", "", 6.0, share=0.1)
    assert judged(bound, [{"rows": 300.0 + hour} for hour in range(24)]).allowed == pytest.approx(31.15)
    assert judged(bound, [{"rows": 10.0}] * 3).allowed == 6.0


def test_a_table_that_is_new_later_counts_from_nothing() -> None:
    verdict = judged(FILES, [{}, {"files": 3.0}, {"files": 6.0}])
    assert (verdict.first, verdict.grown) == (0.0, 6.0)


def test_without_a_sample_there_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="no samples"):
        judged(FILES, [])


def test_every_table_of_the_store_is_judged() -> None:
    names = [bound.figure for bound in of([{"memory": 1.0, "rows of alerts": 2.0, "rows of facts": 3.0}])]
    assert names[0] == "memory"
    assert names[-2:] == ["rows of alerts", "rows of facts"]
